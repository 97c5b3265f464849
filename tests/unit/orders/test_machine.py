"""The table itself."""

from __future__ import annotations

import pytest

from reconciler.engine.steps import STEPS
from reconciler.model.order import CLOSED_STAGES, Stage
from reconciler.orders.machine import TABLE, WORDS, Outcome, Step, Word, advance, resumed, step_of, told


def reachable(*, by_words: bool) -> set[Stage]:
    found, left = {Stage.NEW}, [Stage.NEW]
    while left:
        stage = left.pop()
        row = TABLE.get(stage)
        new = set(row.leads_to.values()) if row else set()
        if by_words:
            new |= {target for stages, target in WORDS.values() if stage in stages}
        new -= found
        found |= new
        left += new
    return found


def test_every_stage_can_be_reached_and_only_one_by_words_alone() -> None:
    assert reachable(by_words=True) == set(Stage)
    assert set(Stage) - reachable(by_words=False) == {Stage.REVOKED}


def test_every_word_that_people_say_leads_to_an_end_of_its_own() -> None:
    assert set(WORDS) == set(Word)
    assert {word: target for word, (_, target) in WORDS.items()} == {
        Word.CANCELLED: Stage.ERROR,
        Word.REVOKED: Stage.REVOKED,
    }
    assert all(stages and target not in stages for stages, target in WORDS.values())


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("word", list(Word))
def test_a_word_is_legal_in_its_stages_and_moves_nothing_in_others(stage: Stage, word: Word) -> None:
    legal = stage is Stage.COMPLETED if word is Word.REVOKED else stage not in CLOSED_STAGES
    if legal:
        assert told(stage, word) is WORDS[word][1]
    else:
        with pytest.raises(LookupError, match=f"an order that is {stage} cannot be {word}"):
            told(stage, word)


def test_no_word_leads_from_one_end_to_another_but_a_certificate_can_be_revoked() -> None:
    led = {(stage, target) for stages, target in WORDS.values() for stage in stages & CLOSED_STAGES}
    assert led == {(Stage.COMPLETED, Stage.REVOKED)}


def test_a_new_run_goes_on_in_an_open_stage_that_leads_back_to_where_it_was() -> None:
    for stage in Stage:
        begins = resumed(stage)
        assert (begins in TABLE) == (stage in TABLE)
        assert resumed(begins) is begins


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
