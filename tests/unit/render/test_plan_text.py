from __future__ import annotations

import datetime as dt
from dataclasses import replace

from reconciler.model.account import KeyType
from reconciler.model.evidence import Evidence, Grant
from reconciler.model.requested_end import RequestedEnd
from reconciler.model.role import DomainOption
from reconciler.plan.actions import CreateOrder, Plan, ResumeOrder
from reconciler.plan.reasons import NewCertificate
from reconciler.render.plan_text import render_plan
from tests.unit.render.golden_files import golden
from tests.unit.render.samples import PLAN
from tests.unit.values import NOW, certificate, names, role, spec

GOLDEN = golden("plan")


def test_a_plan_with_everything_in_it() -> None:
    assert render_plan(PLAN) == GOLDEN


def test_a_plan_with_nothing_in_it() -> None:
    assert render_plan(Plan(NOW, unchanged=12)) == "No changes. 12 certificates are as the tree wants them.\n"


def test_a_plan_that_only_has_to_wait_is_not_called_unchanged() -> None:
    text = render_plan(replace(PLAN, actions=(), denied=(), denied_certificates=()))
    assert "! held back: certificate flaky" in text
    assert text.endswith("Plan: nothing to do; 12 unchanged, 4 held back.\n")
    text = render_plan(Plan(NOW, held_keys=PLAN.held_keys))
    assert text.startswith("  ! held back: the key of account busy until its orders are done\n")
    assert text.endswith("Plan: nothing to do; 0 unchanged, 1 held back.\n")


def test_colours_add_nothing_but_colours() -> None:
    import re

    coloured = render_plan(PLAN, color=True)
    assert coloured != GOLDEN
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == GOLDEN


def test_names_are_never_cut() -> None:
    wanted = [f"{'n' * 40}{number}.example.com" for number in range(30)]
    text = render_plan(Plan(NOW, (CreateOrder(spec("many", *wanted), (NewCertificate(),)),)))
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
    assert "      allowed by role web, by `example.com` (subdomains)\n" in render_plan(Plan(NOW, resumed))
    without = tuple(replace(action, evidence=None) for action in resumed)
    assert "allowed by" not in render_plan(Plan(NOW, without))


def _allowed_by(grants: tuple[Grant, ...]) -> list[str]:
    wanted = spec("many", *(each.identifier.value for each in grants))
    order = CreateOrder(wanted, (NewCertificate(),), evidence=Evidence(grants))
    lines = [line[6:] for line in render_plan(Plan(NOW, (order,))).splitlines()]
    first = next(number for number, line in enumerate(lines) if line.startswith("allowed by"))
    return lines[first : lines.index("", first)]


def test_a_request_and_a_profile_of_its_own_are_shown() -> None:
    wanted = replace(
        spec("hsm", of=replace(role(), allowed_profiles=("classic", "shortlived"))),
        csr="-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
        csr_key_type=KeyType.RSA_3072,
    )
    text = " ".join(render_plan(Plan(NOW, (CreateOrder(wanted, (NewCertificate(),)),))).split())
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
        assert (", the key it has" in render_plan(plan)) == (current is not None)
    for words, wanted in asked.items():
        shown = {
            each: f", {each}" in render_plan(Plan(NOW, (CreateOrder(wanted, (NewCertificate(),)),)))
            for each in asked
        }
        assert shown == {each: each == words for each in asked}
