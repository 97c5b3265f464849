from __future__ import annotations

import datetime as dt

import pytest
from msgspec.structs import replace

from reconciler.model.account import KeyType
from reconciler.model.evidence import Evidence, Grant
from reconciler.model.requested_end import RequestedEnd
from reconciler.model.role import DomainOption
from reconciler.model.selection import Selection
from reconciler.plan.actions import CreateOrder, Plan, ResumeOrder
from reconciler.plan.comparison import Comparison
from reconciler.plan.reasons import NewCertificate
from reconciler.render.plan_text import render_plan
from reconciler.render.rows import Operation
from reconciler.render.sections import SYMBOLS
from reconciler.render.shown import ShownPlan
from tests.unit.render.golden_files import check_golden, golden
from tests.unit.render.review_samples import DIGEST, EMPTY, LIMITS, PREFLIGHT, RICH, WHOLE
from tests.unit.render.samples import PLAN
from tests.unit.values import NOW, certificate, names, role, spec

GOLDEN = golden("plan")


def text_of(plan: Plan, *, color: bool = False) -> str:
    return render_plan(ShownPlan(plan), color=color)


def test_a_plan_with_everything_in_it() -> None:
    check_golden("plan.txt", text_of(PLAN))


def test_a_plan_with_nothing_in_it() -> None:
    assert text_of(Plan(NOW, unchanged=12)) == "No changes. 12 certificates are as the tree wants them.\n"


def test_a_plan_that_only_has_to_wait_is_not_called_unchanged() -> None:
    text = text_of(replace(PLAN, actions=(), denied=(), denied_certificates=()))
    assert "! held back: certificate flaky" in text
    assert text.endswith("Plan: nothing to do; 12 unchanged, 4 held back.\n")
    text = text_of(Plan(NOW, held_keys=PLAN.held_keys))
    assert text.startswith("  ! held back: the key of account busy until its orders are done\n")
    assert text.endswith("Plan: nothing to do; 0 unchanged, 1 held back.\n")


def test_colours_add_nothing_but_colours() -> None:
    import re

    coloured = text_of(PLAN, color=True)
    assert coloured != GOLDEN
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == GOLDEN


def test_the_parts_of_a_comparison_stand_apart() -> None:
    text = render_plan(RICH)
    parts = (
        "This branch changes, against origin/main (9f8e7d6c5b4a):\n",
        "\nDue anyway:\n",
        "\nNo longer, with",
    )
    places = [text.index(each) for each in (*parts, "\nPlan: private keys")]
    assert places == sorted(places)
    assert places[0] == 0
    assert text.count("\n  - forget certificate kept (records") == 1
    assert "renew certificate old" in text[places[1] : places[2]]
    # Each action is there once.
    assert text.count("\n      at https://ca.test/directory, key ec-256") == 1


def test_a_branch_that_changes_nothing_says_so() -> None:
    bare = Plan(NOW)
    due = ShownPlan(PLAN, Comparison("origin/main", "9f8e", bare, PLAN))
    assert render_plan(due).startswith(
        "This branch changes, against origin/main (9f8e):\n\n  nothing\n\nDue anyway:\n\n  + register"
    )
    undone = ShownPlan(bare, Comparison("origin/main", "9f8e", bare, bare, PLAN.actions[:1]))
    assert render_plan(undone) == (
        "This branch changes, against origin/main (9f8e):\n\n  nothing\n\n"
        "No longer, with this branch:\n\n  + register account ca\n\n"
        "No changes. 0 certificates are as the tree wants them.\n"
    )
    nothing = ShownPlan(bare, Comparison("origin/main", "9f8e", bare, bare))
    assert render_plan(nothing) == "No changes. 0 certificates are as the tree wants them.\n"


def test_that_a_plan_is_partial_is_said_even_of_an_empty_one() -> None:
    text = text_of(Plan(NOW, selection=Selection(roles=("web",))))
    assert text == (
        "  ! this plan is partial: only certificates of role `web`; the rest is left as\n      it is\n\n"
        "No changes. 0 certificates are as the tree wants them.\n"
    )


def test_a_passed_limit_says_by_how_much_and_what_to_do() -> None:
    text = " ".join(text_of(replace(PLAN, passed_limits=LIMITS)).split())
    assert (
        "! a safety limit is passed: nothing of this plan is done 5 certificates would be forgotten;" in text
    )
    assert "max_forget allows 2 (10% of 20) if it is meant: `--max-forget 5` for one run" in text
    assert "asks for no certificate at all" in text_of(replace(PLAN, passed_limits=(EMPTY,)))


def test_the_digest_is_the_last_line() -> None:
    for shown in (RICH, ShownPlan(Plan(NOW), digest=DIGEST)):
        assert render_plan(shown).splitlines()[-1] == f"Digest: {DIGEST}"


@pytest.mark.parametrize("width", [40, 80, 120])
def test_lines_fit_the_width_but_for_the_summary(width: int) -> None:
    shown = ShownPlan(replace(WHOLE, denied=()), preflight=PREFLIGHT)
    text = render_plan(shown, width=width).splitlines()
    lines = [line for line in text if not line.startswith(("Plan: ", "Preflight: "))]
    # Names, orders and keys are never broken.
    assert [line for line in lines if len(line) > width and " " in line.strip(" !?")] == []
    assert max(map(len, lines)) > width * 0.8


def test_names_are_never_cut() -> None:
    wanted = [f"{'n' * 40}{number}.example.com" for number in range(30)]
    text = text_of(Plan(NOW, (CreateOrder(spec("many", *wanted), (NewCertificate(),)),)))
    assert all(name in text for name in wanted)
    assert max(map(len, text.splitlines())) <= 80


def test_what_one_rule_allows_is_not_listed_again() -> None:
    wanted = [f"www{number}.example.com" for number in range(30)]
    grants = tuple(Grant(each, "example.com", DomainOption.SUBDOMAINS) for each in names(*wanted))
    assert _allowed_by(grants) == ["allowed by role web, by `example.com` (subdomains)"]


def test_names_that_are_listed_themselves_are_one_rule() -> None:
    listed = names("a.example.com", "b.example.com")
    grants = tuple(Grant(each, each.value, DomainOption.BARE_DOMAINS) for each in listed)
    assert _allowed_by(grants) == ["allowed by role web, by name (bare_domains)"]
    assert _allowed_by((*grants, Grant(names("10.0.0.1")[0], "10.0.0.0/8"))) == [
        "allowed by role web:",
        "  by name (bare_domains): a.example.com, b.example.com",
        "  by `10.0.0.0/8`: 10.0.0.1",
    ]


def test_many_rules_take_few_lines_and_are_counted() -> None:
    wanted = [f"www{number}.example{number % 9}.com" for number in range(90)]
    lines = _allowed_by(
        tuple(Grant(each, each.value.partition(".")[2], DomainOption.SUBDOMAINS) for each in names(*wanted))
    )
    assert lines[:4] == [
        "allowed by role web:",
        "  by `example0.com` (subdomains): www0.example0.com, www9.example0.com,",
        "    www18.example0.com, www27.example0.com and 6 more",
        "  by `example1.com` (subdomains): www1.example1.com, www10.example1.com,",
    ]
    assert lines[-1] == "  by 6 more rules: 60 more identifiers"


def test_an_order_that_goes_on_shows_what_allows_it_today() -> None:
    resumed = tuple(action for action in PLAN.actions if isinstance(action, ResumeOrder))
    assert resumed[0].evidence
    assert "      allowed by role web, by `example.com` (subdomains)\n" in text_of(Plan(NOW, resumed))
    without = tuple(replace(action, evidence=None) for action in resumed)
    assert "allowed by" not in text_of(Plan(NOW, without))


def _allowed_by(grants: tuple[Grant, ...]) -> list[str]:
    wanted = spec("many", *(each.identifier.value for each in grants))
    order = CreateOrder(wanted, (NewCertificate(),), evidence=Evidence(grants))
    lines = [line[6:] for line in text_of(Plan(NOW, (order,))).splitlines()]
    first = next(number for number, line in enumerate(lines) if line.startswith("allowed by"))
    return lines[first : lines.index("", first)]


def test_a_request_and_a_profile_of_its_own_are_shown() -> None:
    wanted = replace(
        spec("hsm", of=replace(role(), allowed_profiles=("classic", "shortlived"))),
        csr="-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
        csr_key_type=KeyType.RSA_3072,
    )
    text = " ".join(text_of(Plan(NOW, (CreateOrder(wanted, (NewCertificate(),)),))).split())
    assert "account ca, key rsa-3072 with the requester (CSR), profile classic Plan:" in text


def test_what_else_a_certificate_may_ask_for_is_shown() -> None:
    moment = dt.datetime(2027, 1, 31, tzinfo=dt.UTC)
    asked = {
        "until 2027-01-31T00:00:00Z": replace(spec(), not_after=RequestedEnd(moment=moment)),
        "for 36h": replace(spec(), not_after=RequestedEnd(after=dt.timedelta(hours=36))),
        "must-staple": replace(spec(), must_staple=True),
        "key rsa-4096": replace(spec(), wanted_key_type=KeyType.RSA_4096),
    }
    kept = replace(spec(), reuse_key=True)
    for current in (certificate(), None):
        plan = Plan(NOW, (CreateOrder(kept, (NewCertificate(),), current),))
        assert (", the key it has" in text_of(plan)) == (current is not None)
    for words, wanted in asked.items():
        shown = {
            each: f", {each}" in text_of(Plan(NOW, (CreateOrder(wanted, (NewCertificate(),)),)))
            for each in asked
        }
        assert shown == {each: each == words for each in asked}


def test_every_operation_has_a_sign() -> None:
    assert set(SYMBOLS) == set(Operation)
