from __future__ import annotations

from dataclasses import replace

from reconciler.model.account import KeyType
from reconciler.model.evidence import Evidence, Grant
from reconciler.model.role import DomainOption
from reconciler.plan.actions import CreateOrder, Plan, ResumeOrder
from reconciler.plan.reasons import NewCertificate
from reconciler.render.plan_text import render_plan
from tests.unit.render.golden_files import golden
from tests.unit.render.samples import PLAN
from tests.unit.values import NOW, names, role, spec

GOLDEN = golden("plan")


def test_a_plan_with_everything_in_it() -> None:
    assert render_plan(PLAN) == GOLDEN


def test_a_plan_with_nothing_in_it() -> None:
    assert render_plan(Plan(NOW, unchanged=12)) == "No changes. 12 certificates are as the tree wants them.\n"


def test_a_plan_that_only_has_to_wait_is_not_called_unchanged() -> None:
    text = render_plan(replace(PLAN, actions=(), denied=()))
    assert "! held back: certificate flaky" in text
    assert text.endswith("Plan: nothing to do; 12 unchanged, 1 held back.\n")


def test_colours_add_nothing_but_colours() -> None:
    import re

    coloured = render_plan(PLAN, color=True)
    assert coloured != GOLDEN
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == GOLDEN


def test_names_are_never_cut() -> None:
    wanted = [f"{'n' * 40}{number}.example.com" for number in range(30)]
    text = render_plan(Plan(NOW, (CreateOrder(spec("many", *wanted), (NewCertificate(),)),)))
    assert all(name in text for name in wanted)
    assert max(map(len, text.splitlines())) <= 100


def test_many_rules_take_few_lines_and_are_counted() -> None:
    wanted = [f"www{number}.example{number % 9}.com" for number in range(90)]
    grants = tuple(
        Grant(each, each.value.partition(".")[2], DomainOption.SUBDOMAINS) for each in names(*wanted)
    )
    order = CreateOrder(spec("many", *wanted), (NewCertificate(),), evidence=Evidence(grants))
    text = " ".join(render_plan(Plan(NOW, (order,))).split("allowed by role web: ")[1].split())
    assert text.startswith(
        "www0.example0.com, www9.example0.com, www18.example0.com, www27.example0.com and 6 more "
        "by `example0.com` (subdomains); www1.example1.com"
    )
    assert "; and 60 more identifiers by 6 more rules Plan:" in text


def test_an_order_that_goes_on_shows_no_rules() -> None:
    resumed = tuple(action for action in PLAN.actions if isinstance(action, ResumeOrder))
    assert resumed[0].evidence
    assert "allowed by" not in render_plan(Plan(NOW, resumed))


def test_a_request_and_a_profile_of_its_own_are_shown() -> None:
    wanted = replace(
        spec("hsm", of=replace(role(), allowed_profiles=("classic", "shortlived"))),
        csr="-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
        csr_key_type=KeyType.RSA_3072,
    )
    text = render_plan(Plan(NOW, (CreateOrder(wanted, (NewCertificate(),)),)))
    assert "account ca, key rsa-3072 with the requester (CSR), profile classic\n" in text
