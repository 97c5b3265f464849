from __future__ import annotations

from dataclasses import replace

from reconciler.plan.actions import CreateOrder, Plan
from reconciler.plan.reasons import NewCertificate
from reconciler.render.plan_text import render_plan
from tests.unit.render.golden_files import golden
from tests.unit.render.samples import PLAN
from tests.unit.values import NOW, spec

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
    names = [f"{'n' * 40}{number}.example.com" for number in range(30)]
    text = render_plan(Plan(NOW, (CreateOrder(spec("many", *names), (NewCertificate(),)),)))
    assert all(name in text for name in names)
    assert max(map(len, text.splitlines())) <= 100
