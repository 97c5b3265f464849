"""The CA of the tutorial."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tools import playground

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_makes_a_tree_and_ends_at_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    folder = tmp_path / "inner" / "first"
    with subprocess.Popen(
        [sys.executable, "-m", "tools.playground", str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline() + process.stdout.readline()
        account = yaml.safe_load((folder / "accounts" / "pebble.yaml").read_text())
        process.send_signal(number)
        try:
            assert process.wait(timeout=20) == 0
        finally:
            process.kill()
    assert account["directory_url"] in said
    assert account["trusted_ca"].startswith("-----BEGIN CERTIFICATE-----")
    assert (folder / "root.pem").read_text().startswith("-----BEGIN CERTIFICATE-----")
    assert (folder / "webroot").is_dir()


def test_it_leaves_a_tree_alone_that_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        assert playground.main([str(tmp_path)]) == 1
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert "is there already" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("arguments", [[], ["--help"], ["a", "b"]])
def test_it_says_how_to_use_it(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert playground.main(arguments) == 64
    assert "python -m tools.playground DIR" in capsys.readouterr().err
