from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from reconciler.cli.session import OutputFormat, Session

if TYPE_CHECKING:
    from pathlib import Path


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


@pytest.mark.parametrize("name", ["GITHUB_ACTIONS", "GITLAB_CI"])
def test_the_log_of_a_pipeline_has_colours(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    reader, writer = os.pipe()
    with open(writer, "w") as stream, open(reader):  # noqa: PTH123 - descriptors
        monkeypatch.setattr(sys, "stdout", stream)
        assert not Session().color
        monkeypatch.setenv(name, "true")
        assert Session().color
        assert not Session(no_color=True).color
        monkeypatch.setenv("NO_COLOR", "1")
        assert not Session().color


def test_a_file_has_no_colours_in_a_pipeline_either(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    with (tmp_path / "plan.txt").open("w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert not Session().color
        monkeypatch.setenv("FORCE_COLOR", "1")
        assert Session().color


@pytest.mark.parametrize("name", ["FORCE_COLOR", "CLICOLOR_FORCE"])
def test_colours_can_be_forced_and_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "1")
    assert Session().color
    assert not Session(no_color=True).color
    monkeypatch.setenv("NO_COLOR", "1")
    assert not Session().color
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv(name, "0")
    assert not Session().color


@pytest.mark.parametrize(("columns", "width"), [("100", 100), ("10", 40), ("500", 120)])
def test_lines_are_as_wide_as_the_terminal(monkeypatch: pytest.MonkeyPatch, columns: str, width: int) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert Session().width == 80
    use_terminal(monkeypatch)
    assert Session().width == width


def test_where_the_output_could_not_go_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with open("/dev/full", "w") as stream:  # noqa: PTH123 - a device
        monkeypatch.setattr(sys, "stdout", stream)
        with pytest.raises(OSError, match="No space left on device: 'standard output'"):
            Session().write("x")
        with suppress(OSError):
            stream.close()
