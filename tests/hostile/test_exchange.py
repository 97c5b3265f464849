"""A whole exchange, in which any answer of the CA may be any other: nothing breaks, nothing is touched."""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.hostile.mutations import Mutation, mutations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.conftest import RecordFigure
    from tests.hostile.in_process import Here
    from tests.unit.ca.whole_ca import Draft

_SAMPLE = 30
_PARTS = 4
_MANY = int(os.environ.get("RECONCILER_EXCHANGES", "3000"))
_DAY = dt.timedelta(days=1)

lists = st.lists(mutations(), min_size=1, max_size=3)
quietly = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


def carry_out(here: Here, changes: Sequence[Mutation]) -> str:
    """Apply against the changed CA and then against the honest one; return what became of it."""
    here.forget()

    def change(step: str, number: int, draft: Draft) -> Draft:
        for each in changes:
            draft = each.apply(step, number, draft)
        return draft

    here.ca.change = change
    code, said = here.run("apply", "--no-wait")
    assert code == 0 or said
    here.run("status")
    here.ca.be_honest()
    outcome = "at once" if code == 0 else "failed first"
    for _ in range(4):
        here.now += 2 * _DAY
        code, said = here.run("apply", "--no-wait")
        if code == 0 and (here.folder / "certs/www/cert.pem").exists():
            return outcome
    assert code != 0, said
    return "needs a person"


@given(changes=lists)
@settings(max_examples=_SAMPLE, suppress_health_check=quietly)
def test_whatever_the_ca_answers_the_run_ends_with_a_report(here: Here, changes: list[Mutation]) -> None:
    carry_out(here, changes)


@pytest.mark.chaos
@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(_PARTS))
def test_thousands_of_hostile_exchanges(here: Here, part: int, record_figure: RecordFigure) -> None:
    outcomes: dict[str, int] = {}

    @seed(part)
    @given(changes=lists)
    @settings(max_examples=_MANY // _PARTS, suppress_health_check=quietly, database=None)
    def many(changes: list[Mutation]) -> None:
        outcome = carry_out(here, changes)
        outcomes[outcome] = outcomes.get(outcome, 0) + 1

    many()
    told = ", ".join(f"{number} {outcome}" for outcome, number in sorted(outcomes.items()))
    record_figure(
        f"hostile exchanges, part {part + 1} of {_PARTS}",
        f"{sum(outcomes.values())} applies with changed answers: {told}; then honest",
    )
