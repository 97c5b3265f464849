from __future__ import annotations

import os
import signal
import threading

import pytest

from reconciler.cli.signals import stop_on_signals


class Ended(BaseException):
    """Stands for the end of the process."""


def send(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_asks_for_a_stop(number: signal.Signals, code: int) -> None:
    notices: list[str] = []
    before = signal.getsignal(number)
    with stop_on_signals(notices.append) as stop:
        assert not stop.event.is_set()
        send(number)
        assert stop.event.wait(5)
        assert stop.exit_code == code
    assert notices == [f"{number.name}: saving what is under way; once more ends it at once"]
    assert signal.getsignal(number) == before


def test_the_second_signal_ends_the_process(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def end(code: int) -> None:
        raise Ended(code)

    monkeypatch.setattr("reconciler.cli.signals.os._exit", end)

    def both() -> None:
        with stop_on_signals(lambda _: None):
            send(signal.SIGTERM)
            send(signal.SIGTERM)

    with pytest.raises(Ended) as ended:
        both()
    assert ended.value.args == (143,)
    assert "what is on disk is whole" in capfd.readouterr().err


def test_a_stop_that_takes_too_long_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    codes: list[int] = []
    ended = threading.Event()

    def end(code: int) -> None:
        codes.append(code)
        ended.set()

    monkeypatch.setattr("reconciler.cli.signals.os._exit", end)
    with stop_on_signals(lambda _: None, grace=0.01):
        send(signal.SIGINT)
        assert ended.wait(5)
    assert codes == [130]


def test_a_run_that_stops_in_time_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    codes: list[int] = []
    monkeypatch.setattr("reconciler.cli.signals.os._exit", codes.append)
    with stop_on_signals(lambda _: None, grace=0.05):
        send(signal.SIGINT)
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join(5)
    assert codes == []
