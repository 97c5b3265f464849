from __future__ import annotations

import os
import signal
import threading

import pytest

from reconciler.forked import Forked


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be forked, whatever threads other tests have left here: none of them is needed by the work."""
    monkeypatch.setattr("reconciler.forked.threading.active_count", lambda: 1)


@pytest.mark.usefixtures("alone")
def test_what_comes_out_beside() -> None:
    here = os.getpid()
    told = Forked(lambda: f"{os.getpid() != here}".encode() * 100_000).result()
    assert told == b"True" * 100_000


@pytest.mark.usefixtures("alone")
def test_who_fails_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> bytes:
        raise ValueError("no word of this")

    assert Forked(fail).result() == b""
    assert capfd.readouterr() == ("", "")


def test_nothing_is_started_beside_threads() -> None:
    wait = threading.Event()
    thread = threading.Thread(target=wait.wait)
    thread.start()
    try:
        assert Forked(lambda: b"done").result() == b""
    finally:
        wait.set()
        thread.join()


@pytest.mark.usefixtures("alone")
def test_nor_where_there_can_be_no_more_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise BlockingIOError

    monkeypatch.setattr(os, "fork", refuse)
    assert Forked(lambda: b"done").result() == b""


@pytest.mark.usefixtures("alone")
def test_nobody_is_left_behind() -> None:
    def sleep() -> bytes:
        signal.pause()
        return b"woken"

    with Forked(sleep) as beside:
        process = beside._process
        assert process is not None
    with pytest.raises(ChildProcessError):
        os.waitpid(process, os.WNOHANG)
    assert beside.result() == b""


@pytest.mark.usefixtures("alone")
def test_an_end_that_nobody_hears_of_is_no_failure() -> None:
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert Forked(lambda: b"done").result() == b"done"
    finally:
        signal.signal(signal.SIGCHLD, before)
