from __future__ import annotations

from reconciler.model.events import ApplyResult
from reconciler.render.result_text import render_result
from tests.unit.render.golden_files import golden
from tests.unit.render.samples import AWAITING, RESULT
from tests.unit.values import NOW

GOLDEN = golden("result")


def test_a_result_with_everything_in_it() -> None:
    assert render_result(RESULT, now=NOW, instructions_folder="state/challenges") == GOLDEN


def test_several_orders_are_said_to_be_fulfilled_at_once() -> None:
    result = ApplyResult(awaiting_people=(AWAITING, AWAITING))
    text = render_result(result, now=NOW, instructions_folder="state/challenges")
    assert "6 challenges of 2 orders" in text
    assert text.count("CHALLENGE ") == 1
    assert "Then: reconciler order fulfilled --all --continue" in text


def test_a_stopped_run_says_so() -> None:
    text = render_result(ApplyResult(stopped=True), now=NOW, instructions_folder="state/challenges")
    assert text == (
        "Apply: nothing done. Stopped before the end; everything is saved, and "
        "`reconciler apply` goes on with it.\n"
    )
