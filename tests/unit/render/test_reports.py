"""Each report byte for byte, and by what others have published about its form."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from jsonschema import Draft4Validator, Draft202012Validator

from reconciler.model.finding import Finding, Location, Severity
from reconciler.render import sarif
from reconciler.render.report_kinds import ReportKind
from reconciler.render.reported import reported_findings
from tests.unit.render.golden_files import check_golden
from tests.unit.render.output_schemas import check
from tests.unit.render.review_samples import RENDERED, REPORTS, SUFFIXES

PUBLISHED = Path(__file__).parents[2] / "published"
NAMES = sorted(REPORTS)


@cache
def published(name: str) -> Any:  # noqa: ANN401 - a schema
    return json.loads((PUBLISHED / name).read_text("utf-8"))


@pytest.mark.parametrize("kind", ReportKind)
@pytest.mark.parametrize("name", ["rich", "invalid"])
def test_a_report_is_as_it_was(name: str, kind: ReportKind) -> None:
    check_golden(f"report-{name}.{SUFFIXES[kind]}", RENDERED[name, kind])


@pytest.mark.parametrize("name", NAMES)
def test_sarif_is_what_oasis_has_published(name: str) -> None:
    log = json.loads(RENDERED[name, ReportKind.SARIF])
    Draft4Validator(published("sarif-schema-2.1.0.json")).validate(log)
    [run] = log["runs"]
    rules = [each["id"] for each in run["tool"]["driver"]["rules"]]
    assert len(set(rules)) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        [location] = result["locations"]
        place = location["physicalLocation"]
        assert place["artifactLocation"]["uriBaseId"] in run["originalUriBaseIds"]
        assert not place["artifactLocation"]["uri"].startswith(("/", "."))
        assert place["region"]["startLine"] >= 1
    # What GitHub asks for beside the schema.
    assert all(
        rule["help"]["text"] and rule["fullDescription"]["text"] for rule in run["tool"]["driver"]["rules"]
    )


def test_code_scanning_gets_no_more_results_than_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MOST", 3)
    findings = [Finding("x", f"no {number}", Location("roles/a.yaml")) for number in range(5)]
    warning = Finding("y", "odd", Location("roles/a.yaml"), Severity.WARNING)
    log = sarif.sarif_document(reported_findings([warning, *findings], ""), "plan")
    Draft4Validator(published("sarif-schema-2.1.0.json")).validate(log)
    [run] = log["runs"]
    assert [each["ruleId"] for each in run["results"]] == ["x", "x", "x"]
    [notice] = run["invocations"][0]["toolExecutionNotifications"]
    assert notice["message"]["text"].startswith("3 more findings: ")


def test_the_schema_of_sarif_refuses_what_is_none() -> None:
    log = json.loads(RENDERED["rich", ReportKind.SARIF])
    log["runs"][0]["results"][0]["surprise"] = 1
    assert not Draft4Validator(published("sarif-schema-2.1.0.json")).is_valid(log)


@pytest.mark.parametrize("name", NAMES)
def test_code_quality_is_what_gitlab_reads(name: str) -> None:
    entries = json.loads(RENDERED[name, ReportKind.CODEQUALITY])
    for entry in entries:
        Draft202012Validator(published("codeclimate.json")).validate(entry)
        # What its documentation asks for beside that.
        assert entry["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert not entry["location"]["path"].startswith(("/", "."))
        assert entry["location"]["lines"]["begin"] >= 1
        assert entry["check_name"]
    fingerprints = [entry["fingerprint"] for entry in entries]
    assert len(set(fingerprints)) == len(fingerprints)


@pytest.mark.parametrize("name", NAMES)
def test_junit_is_what_jenkins_reads(name: str) -> None:
    xmlschema.XMLSchema(PUBLISHED / "junit-10.xsd").validate(RENDERED[name, ReportKind.JUNIT])


@pytest.mark.parametrize("name", NAMES)
def test_numbers_are_what_gitlab_reads(name: str) -> None:
    numbers = json.loads(RENDERED[name, ReportKind.GITLAB_TERRAFORM])
    # lib/gitlab/ci/parsers/terraform: without all three the report has failed.
    assert set(numbers) == (set() if name == "invalid" else {"create", "update", "delete"})
    assert all(type(number) is int for number in numbers.values())


@pytest.mark.parametrize("name", NAMES)
def test_json_is_what_our_own_schema_says(name: str) -> None:
    document = json.loads(RENDERED[name, ReportKind.JSON])
    check(document)
    assert document["kind"] == ("validation" if name == "invalid" else "plan")


def test_a_compared_plan_names_its_parts() -> None:
    document = json.loads(RENDERED["rich", ReportKind.JSON])
    compared = document["comparison"]
    parts = (compared["changed"], compared["due"])
    named = [each for part in parts for each in part["actions"]]
    key = lambda each: (each["action"], each["name"])  # noqa: E731 - twice, in one line each
    assert sorted(map(key, named)) == sorted(map(key, document["actions"]))
    assert [each["name"] for each in compared["undone"]] == ["kept"]
    assert document["selection"]["is_partial"]
    assert [each["limit"] for each in document["passed_limits"]] == ["10%", "3"]


def test_numbers_are_those_of_the_signs() -> None:
    assert json.loads(RENDERED["plain", ReportKind.GITLAB_TERRAFORM]) == {
        "create": 3,
        "update": 8,
        "delete": 5,
    }
