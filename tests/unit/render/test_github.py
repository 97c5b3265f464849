"""Workflow commands, read back by the rules of GitHub's runner (src/Runner.Common/ActionCommand.cs)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.model.finding import Finding, Location, Severity
from reconciler.render.github import render_github
from reconciler.render.reported import reported_findings, reported_plan
from reconciler.render.text import clean
from tests.unit.render.hostile_names import HOSTILE, hostile_plan
from tests.unit.render.review_samples import RICH
from tests.unit.render.samples import DENIED


@dataclass(frozen=True)
class Command:
    name: str
    properties: dict[str, str]
    data: str


def parse(line: str) -> Command:
    """Read a line as the runner does."""
    message = line.lstrip()
    assert message.startswith("::")
    about, separator, data = message[2:].partition("::")
    assert separator
    name, _, listed = about.partition(" ")
    pairs = [each.split("=", 1) for each in listed.strip().split(",") if each]
    properties = {pair[0]: _unescaped(pair[1], _PROPERTY) for pair in pairs if len(pair) == 2}
    return Command(name, properties, _unescaped(data, _DATA))


_DATA = {"%0D": "\r", "%0A": "\n", "%25": "%"}
_PROPERTY = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}


def _unescaped(text: str, tokens: dict[str, str]) -> str:
    for escaped, token in tokens.items():
        text = text.replace(escaped, token)
    return text


def commands(text: str) -> list[Command]:
    return [parse(line) for line in text.splitlines()]


def test_each_finding_is_an_annotation_of_its_place() -> None:
    [command] = commands(render_github(reported_findings([DENIED], "pki/")))
    assert command == Command(
        "error",
        {
            "file": "pki/certificates/x.yaml",
            "line": "2",
            "endLine": "2",
            "col": "15",
            "endColumn": "28",
            "title": "reconciler: denied",
        },
        "the role `web` does not allow `x.example.com`\nhave it added",
    )


def test_a_file_as_a_whole_has_no_line() -> None:
    [command] = commands(render_github(reported_findings([replace(DENIED, location=Location("a.yaml"))], "")))
    assert command.properties == {"file": "a.yaml", "title": "reconciler: denied"}


def test_levels_are_commands() -> None:
    found = [each.name for each in commands(render_github(reported_plan(RICH, "")))]
    assert found == ["error"] * 5 + ["warning"] * 2 + ["notice"]


def test_no_more_than_github_shows_and_the_rest_is_counted() -> None:
    findings = [
        replace(DENIED, message=f"{severity} {number}", severity=severity)
        for number in range(12)
        for severity in (Severity.WARNING, Severity.ERROR)
    ]
    *shown, last = commands(render_github(reported_findings(findings, "")))
    assert [each.name for each in shown] == ["error"] * 10 + ["warning"] * 10
    assert shown[0].data.startswith("error 0\n")
    assert last.name == "notice"
    assert last.data.startswith("2 more errors, 2 more warnings: a step shows no more than 10 of each")


def test_ten_of_each_need_no_count() -> None:
    text = render_github(
        reported_findings([replace(DENIED, message=str(number)) for number in range(10)], "")
    )
    assert text.count("::error ") == 10
    assert "more error" not in text


def test_nothing_is_found() -> None:
    assert render_github(()) == ""


def test_a_message_is_no_longer_than_the_runner_takes() -> None:
    shown = commands(render_github(reported_plan(hostile_plan("x" * 10_000), "")))
    assert max(len(each.data) for each in shown) < 4096
    assert any(each.data.endswith(" more characters)") for each in shown)


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_hostile_is_a_command_or_a_property(name: str) -> None:
    _check(name)


@given(st.text(alphabet=st.sampled_from("a:,=%0AD25\r\n #[]\u202e\x00;"), max_size=60) | st.text(max_size=80))
def test_nothing_at_all_is_a_command_or_a_property(name: str) -> None:
    _check(name)


def _check(name: str) -> None:
    finding = Finding(f"c{name}", f"message {name}", Location(f"certificates/a{name}", 3, 4, 5), hint=name)
    text = render_github(reported_findings([finding], ""))
    assert text.count("\n") == 1
    [command] = commands(text)
    assert command.name == "error"
    expected = {"file", "line", "endLine", "col", "endColumn", "title"}
    assert set(command.properties) == expected
    assert command.properties["line"] == "3"
    assert command.properties["file"] == clean(f"certificates/a{name}")
    assert command.properties["title"].rstrip() == f"reconciler: {clean(f'c{name}')}".rstrip()
    if len(name) < 1000:
        assert command.data == clean(f"message {name}") + (f"\n{clean(name)}" if name else "")
