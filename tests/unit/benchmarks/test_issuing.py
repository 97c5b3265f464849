from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from benchmarks.clients import lego_version
from benchmarks.issuing import Task

if TYPE_CHECKING:
    from pathlib import Path


def test_one_certificate_more_than_is_measured_and_no_name_twice() -> None:
    names = Task(certificates=5, names=3, retry_after=1).all_names()
    assert [len(each) for each in names] == [3] * 6
    assert len({name for each in names for name in each}) == 18


def program(folder: Path, name: str, output: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{output}'\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("package", "own", "version"),
    [
        ("4.9.1-1", "lego version dev linux/amd64", "4.9.1-1"),
        ("", "lego version 4.20.2 linux/amd64", "4.20.2"),
        ("", "lego version dev linux/amd64", "of unknown version"),
    ],
)
def test_the_version_of_lego(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, own: str, version: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path) + os.pathsep + "/bin")
    program(tmp_path, "lego", own)
    program(tmp_path, "dpkg-query", package)
    assert lego_version() == version


def test_there_may_be_no_lego(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert lego_version() is None
