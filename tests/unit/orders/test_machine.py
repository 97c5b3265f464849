"""The table itself."""

from __future__ import annotations

import pytest

from reconciler.engine.steps import STEPS
from reconciler.model.order import CLOSED_STAGES, Stage
from reconciler.orders.machine import TABLE, Outcome, Step, advance, step_of

# Revoking is the one way there that a command takes, not the machine.
BY_COMMAND = {Stage.REVOKED}


def reachable() -> set[Stage]:
    found, left = {Stage.NEW}, [Stage.NEW]
    while left:
        row = TABLE.get(left.pop())
        new = set(row.leads_to.values()) - found if row else set()
        found |= new
        left += new
    return found


def test_every_stage_can_be_reached() -> None:
    assert reachable() == set(Stage) - BY_COMMAND


def test_every_open_stage_has_a_row_and_no_closed_one_has() -> None:
    assert set(TABLE) == set(Stage) - CLOSED_STAGES


def test_from_every_open_stage_the_end_can_be_reached() -> None:
    for stage in TABLE:
        found, left = {stage}, [stage]
        while left:
            row = TABLE.get(left.pop())
            new = set(row.leads_to.values()) - found if row else set()
            found |= new
            left += new
        assert Stage.COMPLETED in found, stage


def test_every_step_is_taken_somewhere_and_performed_by_the_engine() -> None:
    assert {row.step for row in TABLE.values()} == set(Step) == set(STEPS)


def test_an_outcome_that_the_table_does_not_have_moves_nothing() -> None:
    with pytest.raises(LookupError, match="no transition from new by authorized"):
        advance(Stage.NEW, Outcome.AUTHORIZED)
    with pytest.raises(LookupError, match="no transition from completed"):
        advance(Stage.COMPLETED, Outcome.DONE)


def test_waiting_stays_and_failures_end_everywhere() -> None:
    for stage in TABLE:
        assert advance(stage, Outcome.WAITING) is stage
        assert advance(stage, Outcome.FAILED) is Stage.ERROR
        assert advance(stage, Outcome.EXPIRED) is Stage.EXPIRED


def test_an_order_that_has_ended_has_no_step() -> None:
    assert [step_of(stage) for stage in CLOSED_STAGES] == [None] * len(CLOSED_STAGES)
