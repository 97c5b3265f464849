"""Hostile names in each report: it can be parsed, and they are in it, as text."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from hypothesis import given
from jsonschema import Draft4Validator

from reconciler.render.report_kinds import ReportKind
from reconciler.render.reports import Report, render_report
from reconciler.render.text import clean
from tests.unit.render.hostile_names import HOSTILE, TEXTS, hostile_plan
from tests.unit.render.output_schemas import check

PUBLISHED = Path(__file__).parents[2] / "published"


@cache
def sarif() -> Draft4Validator:
    return Draft4Validator(json.loads((PUBLISHED / "sarif-schema-2.1.0.json").read_text("utf-8")))


@cache
def junit() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(PUBLISHED / "junit-10.xsd")


def render(name: str, kind: ReportKind) -> str:
    return render_report(Report("plan", shown=hostile_plan(name), certificates=(name,)), kind)


def found(name: str) -> Report:
    return Report("validate", hostile_plan(name).warnings)


@pytest.mark.parametrize("name", HOSTILE)
def test_the_forms_stay_what_their_schemas_say(name: str) -> None:
    sarif().validate(json.loads(render(name, ReportKind.SARIF)))
    junit().validate(render(name, ReportKind.JUNIT))
    check(json.loads(render(name, ReportKind.JSON)))
    sarif().validate(json.loads(render_report(found(name), ReportKind.SARIF)))
    junit().validate(render_report(found(name), ReportKind.JUNIT))


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_hostile_is_lost_or_acts(name: str) -> None:
    _check(name)


@given(TEXTS)
def test_nothing_at_all_is_lost_or_acts(name: str) -> None:
    _check(name)


def _check(name: str) -> None:
    shown = clean(name)
    suite = ET.fromstring(render(name, ReportKind.JUNIT))[0]  # noqa: S314 - our own
    assert shown in [case.get("name") for case in suite]
    for kind in (ReportKind.SARIF, ReportKind.CODEQUALITY, ReportKind.JSON):
        text = render(name, kind)
        assert text.isascii()
        assert text.replace("\n", "").isprintable()
    texts = _texts(json.loads(render(name, ReportKind.SARIF)))
    message = shown.replace("{", "{{").replace("}", "}}").replace("](", "] (")
    assert any(message in each for each in texts)
    entries = json.loads(render(name, ReportKind.CODEQUALITY))
    assert len({each["fingerprint"] for each in entries}) == len(entries)
    denied = [each["description"] for each in entries if each["check_name"] == "denied"]
    # Of a finding the middle is left out: the beginning of a long name is there.
    assert all(shown[:600] in each for each in denied)
    lines = render(name, ReportKind.GITHUB).splitlines()
    assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in lines)
    text = render(name, ReportKind.TEXT)
    assert not any(line.lstrip().startswith(("::error", "::add-mask")) for line in text.splitlines())
    assert "##[" not in text
    assert text.replace("\n", "").isprintable()


def _texts(each: Any) -> set[str]:  # noqa: ANN401 - what JSON can be
    if isinstance(each, dict):
        return set().union(*map(_texts, each.values()))
    if isinstance(each, list):
        return set().union(*map(_texts, each))
    return {each} if isinstance(each, str) else set()
