from __future__ import annotations

from msgspec.structs import replace

from reconciler.model.finding import Finding, Location
from reconciler.render.reported import Level, reported_findings, reported_plan
from reconciler.render.shown import ShownPlan
from tests.unit.render.review_samples import EMPTY, OTHER_TREE, RICH, WARNING, WHOLE
from tests.unit.render.samples import DENIED


def test_the_worst_comes_first_and_nothing_is_lost() -> None:
    found = reported_plan(RICH, "")
    assert [each.level for each in found] == sorted((each.level for each in found), key=list(Level).index)
    assert [each.code for each in found] == [
        "limit-max-forget",
        "limit-max-changes",
        "denied",
        "denied",
        "account-changed",
        "never-used",
        "preflight-no-address",
        "preflight-out-of-time",
    ]


def test_paths_begin_at_the_top_of_the_repository() -> None:
    assert reported_findings([DENIED], "pki/a/")[0].path == "pki/a/certificates/x.yaml"
    assert reported_findings([DENIED], "")[0].path == "certificates/x.yaml"


def test_what_is_in_no_file_here_is_shown_at_the_settings_and_says_where_it_is() -> None:
    [other] = reported_findings([OTHER_TREE], "pki/")
    assert (other.path, other.line) == ("pki/reconciler.yaml", 0)
    assert other.message.startswith("origin/main:roles/web.yaml:1:20: the role")
    [nowhere] = reported_findings([Finding("no-tree", "there is no tree", Location("."))], "")
    assert (nowhere.path, nowhere.message) == ("reconciler.yaml", ".: there is no tree")


def test_fingerprints_stay_when_lines_move() -> None:
    moved = replace(
        DENIED, location=Location("certificates/x.yaml", 40, 3, 13), source="- x.example.com", hint="else"
    )
    assert _fingerprints(DENIED) == _fingerprints(moved)
    first = replace(DENIED, message="is there twice; the first is in line 3, see identities/a.yaml:2:19")
    assert _fingerprints(first) == _fingerprints(
        replace(first, message="is there twice; the first is in line 12, see identities/a.yaml:7:1")
    )


def test_fingerprints_tell_things_apart() -> None:
    below = replace(DENIED, location=Location("certificates/x.yaml", 9, 3))
    elsewhere = replace(DENIED, location=Location("certificates/y.yaml", 2, 15))
    found = _fingerprints(
        DENIED, below, elsewhere, replace(DENIED, code="other"), replace(DENIED, message="x")
    )
    assert len(set(found)) == 5
    # The same thing twice is one.
    assert len(_fingerprints(DENIED, DENIED)) == 1
    assert reported_findings([DENIED], "a/")[0].fingerprint != reported_findings([DENIED], "")[0].fingerprint


def test_a_finding_knows_its_certificate() -> None:
    deep = replace(DENIED, location=Location("certificates/shop/a.b.yaml", 1, 1))
    assert [each.certificate for each in reported_findings([deep, WARNING], "pki/")] == ["shop/a.b", None]


def test_an_empty_tree_is_an_error_of_its_own() -> None:
    [first, *_] = reported_plan(ShownPlan(replace(WHOLE, passed_limits=(EMPTY,))), "")
    assert first.code == "limit-empty-tree"
    assert "20 certificates would be forgotten" in first.message


def _fingerprints(*findings: Finding) -> list[str]:
    return [each.fingerprint for each in reported_findings(findings, "")]
