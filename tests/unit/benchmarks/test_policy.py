from __future__ import annotations

import dataclasses

import pytest

from benchmarks import deciding
from benchmarks.deciding import measure_case, measure_decisions, measure_scan, measure_search
from benchmarks.measure import MeasurementError
from benchmarks.mixes import MIXES, Mix
from benchmarks.policy import benchmark_policy, measure_mix
from benchmarks.roles import Case, Size, make_case
from reconciler.policy import Decision, Judgement

SIZE = Size(certificates=12, names=3, roles=4, entries=6)
NOTHING = Decision(allowed=False)
ANYTHING = Decision(allowed=True, entry="*")
EVERY_MIX = pytest.mark.parametrize("mix", MIXES, ids=lambda mix: mix.name)


def case_of(mix: Mix = MIXES[0], *, is_allowed: bool = True) -> Case:
    return make_case(mix, SIZE, is_allowed=is_allowed)


@EVERY_MIX
def test_cases_are_as_large_as_they_are_said_to_be(mix: Mix) -> None:
    case = case_of(mix)
    assert [len(spec.identifiers) for spec in case.certificates] == [3] * 12
    roles = {spec.role.name: spec.role for spec in case.certificates}
    assert [len(set(role.allowed_domains)) for role in roles.values()] == [6] * 4
    assert roles == case.view.roles


def test_entities_are_few_or_all_different() -> None:
    numbers = [len({entity.id for entity in case_of(mix).entities}) for mix in MIXES if mix.is_anew]
    assert numbers == [12, 12]
    assert len({entity.id for entity in case_of(MIXES[0]).entities}) == 3


@EVERY_MIX
@pytest.mark.parametrize("is_allowed", [True, False])
def test_all_decide_alike_and_everything_takes_time(mix: Mix, is_allowed: bool) -> None:
    times = measure_case(case_of(mix, is_allowed=is_allowed))
    assert all(value > 0 for value in dataclasses.astuple(times))


@pytest.mark.parametrize("wrong", [NOTHING, ANYTHING])
def test_a_wrong_decision_fails_the_benchmark(monkeypatch: pytest.MonkeyPatch, wrong: Decision) -> None:
    monkeypatch.setattr(deciding, "decide", lambda *_: wrong)
    with pytest.raises(MeasurementError, match="exact names: a name is to be allowed by a-"):
        measure_decisions(case_of())


def test_a_name_that_is_allowed_and_should_not_be_fails_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "decide", lambda *_: ANYTHING)
    with pytest.raises(MeasurementError, match="is to be denied, and there is"):
        measure_decisions(case_of(is_allowed=False))


def test_a_judgement_must_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "judge", lambda *_: Judgement(None, ()))
    with pytest.raises(MeasurementError, match="not all agree that all names are allowed"):
        measure_case(case_of())


@pytest.mark.parametrize("peer", [measure_scan, measure_search])
def test_peers_must_agree(peer: object) -> None:
    other = dataclasses.replace(case_of(MIXES[1]), mix=MIXES[3])
    assert callable(peer)
    with pytest.raises(MeasurementError, match="not all agree"):
        peer(other)


def test_growth_is_measured_at_each_size() -> None:
    measured = measure_mix(MIXES[0], SIZE, (2, 3, 4))
    assert len(measured.growth) == 3
    assert min(measured.scanned, measured.searched, *measured.growth) > 0


def test_the_tables_have_a_row_for_each_mix() -> None:
    deciding_table, growth = benchmark_policy(SIZE, (2, 4), runs=2, mixes=MIXES[:1])
    assert deciding_table.title == "Deciding 12 certificates of 3 names against 4 roles of 6 entries"
    assert [row.name for row in deciding_table.rows] == ["exact names: allowed", "exact names: denied"]
    assert [row.name for row in growth.rows] == ["exact names"]
    for table in (deciding_table, growth):
        for row in table.rows:
            assert [len(series.values) for series in row.figures if series] == [2] * len(table.columns)
