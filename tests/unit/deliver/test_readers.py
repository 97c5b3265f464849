"""A reader at any moment finds no certificate without its key, and no file that is not whole."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

import pytest

from reconciler.deliver.certificates import deliver
from reconciler.model.certificate import CERTIFICATE_FILES, PUBLIC_FILES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import RecordFigure

SIZE = 5000


def contents(number: int) -> dict[str, bytes]:
    return dict.fromkeys(CERTIFICATE_FILES, b"%08d" % number * SIZE)


def number_in(path: Path) -> int | None:
    """Return which delivery a file is from; None where it is not there."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    assert content == content[:8] * SIZE, "not whole"
    return int(content[:8])


class Reader(threading.Thread):
    """Reads the certificates first, then the key, over and over, as a server does that is started."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self.folder = folder
        self.ended = threading.Event()
        self.seen: set[tuple[bool, bool]] = set()
        self.wrong: list[object] = []
        self.count = 0

    def run(self) -> None:
        try:
            while not self.ended.is_set():
                folder = self.folder
                for name in PUBLIC_FILES:
                    certificate, key = number_in(folder / name), number_in(folder / "privkey.pem")
                    self.seen.add((certificate is not None, key is not None))
                    if certificate is not None and (key is None or key < certificate):
                        self.wrong.append((name, certificate, key))
                    self.count += 1
        except AssertionError as error:
            self.wrong.append(error)


def watched(folder: Path, act: Callable[[Reader], None]) -> Reader:
    reader = Reader(folder)
    reader.start()
    try:
        act(reader)
    finally:
        reader.ended.set()
        reader.join()
    assert not reader.wrong
    return reader


@pytest.mark.parametrize("times", [30, pytest.param(200, marks=pytest.mark.chaos)])
def test_no_reader_sees_a_certificate_before_its_key(
    tmp_path: Path, times: int, record_figure: RecordFigure
) -> None:
    def act(reader: Reader) -> None:
        for number in range(1, times + 1):
            # Of three deliveries to a folder one is the first.
            reader.folder = tmp_path / str(number // 3)
            deliver(reader.folder, contents(number))

    reader = watched(tmp_path, act)
    record_figure(
        "a certificate never before its key", f"{times} deliveries, {reader.count:,} reads, 0 wrong"
    )


def test_a_key_is_durable_before_its_first_certificate_appears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a power loss leaves is what was there at one of the syncs of the folder, or more."""
    folder = tmp_path / "www"
    at_syncs: list[set[str]] = []
    sync = os.fsync

    def watched_sync(descriptor: int) -> None:
        if os.path.isdir(f"/proc/self/fd/{descriptor}") and os.path.samefile(  # noqa: PTH112, PTH121
            f"/proc/self/fd/{descriptor}", folder
        ):
            at_syncs.append({path.name for path in folder.iterdir() if not path.name.startswith(".")})
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", watched_sync)
    deliver(folder, contents(1))
    assert at_syncs == [{"privkey.pem"}, set(CERTIFICATE_FILES)]
    at_syncs.clear()
    # What is replaced is replaced at once: a wait would only be a longer time in which they do not fit.
    deliver(folder, contents(2))
    assert at_syncs == [set(CERTIFICATE_FILES)]


@pytest.mark.chaos
def test_how_long_key_and_certificate_do_not_fit_at_a_renewal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_figure: RecordFigure
) -> None:
    folder = tmp_path / "www"
    moments: list[float] = []
    rename = os.replace

    def timed(source: str, target: str) -> None:
        rename(source, target)
        moments.append(time.perf_counter())

    monkeypatch.setattr(os, "replace", timed)
    windows = []
    for number in range(60):
        moments.clear()
        deliver(folder, contents(number))
        assert len(moments) == len(CERTIFICATE_FILES)
        windows.append(moments[-1] - moments[0])
    windows = sorted(windows[1:])
    middle, most = windows[len(windows) // 2], windows[-1]
    record_figure(
        "key and certificate do not fit at a renewal", f"{middle * 1e6:.0f} µs, at most {most * 1e3:.1f} ms"
    )
