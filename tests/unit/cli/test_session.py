from __future__ import annotations

import io
import sys

import pytest

from reconciler.cli.session import OutputFormat, Session


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def use_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm-256color")


def test_a_terminal_has_colours_and_live_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    use_terminal(monkeypatch)
    assert Session().color
    assert Session().message_color
    assert Session().is_live


def test_a_file_has_neither() -> None:
    assert not Session().color
    assert not Session().message_color
    assert not Session().is_live


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_the_environment_can_refuse_colours(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    use_terminal(monkeypatch)
    monkeypatch.setenv(name, value)
    assert not Session().color
    assert not Session().message_color


def test_an_empty_no_color_refuses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    use_terminal(monkeypatch)
    monkeypatch.setenv("NO_COLOR", "")
    assert Session().color


def test_an_option_can_refuse_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    use_terminal(monkeypatch)
    assert not Session(no_color=True).color


def test_programs_and_the_curious_get_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    use_terminal(monkeypatch)
    assert not Session(output_format=OutputFormat.JSON).is_live
    assert not Session(verbose=True).is_live
