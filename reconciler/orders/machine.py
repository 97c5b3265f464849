"""The order machine on one screen.

A row says the one thing to do in a stage, and the stage that each outcome leads to. The engine performs the
step, advances, saves, and repeats, or says what the order waits for. A transition that is not here is a bug,
and raises. Every step is safe to repeat: a run that was killed after it did a step and before it saved does
the step again.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.model.order import CLOSED_STAGES, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping


class Step(StrEnum):
    """The one thing to do in a stage."""

    SUBMIT_ORDER = "submit_order"
    READ_AUTHORIZATIONS = "read_authorizations"
    AWAIT_FULFILLMENT = "await_fulfillment"
    PRESENT_CHALLENGES = "present_challenges"
    CHECK_CHALLENGES = "check_challenges"
    ANSWER_CHALLENGES = "answer_challenges"
    READ_ORDER = "read_order"
    FETCH_CERTIFICATE = "fetch_certificate"


class Outcome(StrEnum):
    """How a step ended."""

    DONE = "done"
    WAITING = "waiting"  # for the CA or for a person: the same step again, later
    AGAIN = "again"  # the same step has more to do, at once
    AUTHORIZED = "authorized"  # every authorization is valid already (RFC 8555 section 7.1.3)
    BY_HAND = "by_hand"  # at least one challenge is for a person
    AUTOMATIC = "automatic"  # challenges are left that the program fulfils
    NOT_READY = "not_ready"  # finalize came too early (RFC 8555 section 7.4)
    EXPIRED = "expired"  # the CA has given the order up
    FAILED = "failed"  # for good; a new order may be tried later


class Row(Struct, frozen=True):
    """What to do in a stage, and where each outcome leads."""

    step: Step
    leads_to: Mapping[Outcome, Stage]


def _row(stage: Stage, step: Step, **leads_to: Stage) -> tuple[Stage, Row]:
    ends = {"waiting": stage, "expired": Stage.EXPIRED, "failed": Stage.ERROR} | leads_to
    return stage, Row(step, MappingProxyType({Outcome(outcome): target for outcome, target in ends.items()}))


_S = Stage
_AWAITING, _NOTIFY = _S.AWAITING_CHALLENGE_FULFILLMENT, _S.NOTIFY_ACME_SERVER_CHALLENGES_COMPLETED
_PROCESSING = _S.PROCESSING_CHALLENGE
_FULFILLING, _PROPAGATING, _FETCHING = (
    _S.FULFILLING_CHALLENGES,
    _S.PROPAGATING_CHALLENGES,
    _S.FETCHING_CERTIFICATE,
)

# In every row: waiting stays, expired and failed end. fmt keeps the columns.
# fmt: off
TABLE: Mapping[Stage, Row] = MappingProxyType(dict([
    _row(_S.NEW,                  Step.SUBMIT_ORDER,        done=_S.SUBMITTED),
    _row(_S.SUBMITTED,            Step.READ_AUTHORIZATIONS, by_hand=_AWAITING, automatic=_FULFILLING,
                                                            authorized=_FETCHING, done=_PROCESSING),
    _row(_AWAITING,               Step.AWAIT_FULFILLMENT,   automatic=_FULFILLING, done=_NOTIFY),
    _row(_FULFILLING,             Step.PRESENT_CHALLENGES,  done=_PROPAGATING, again=_FULFILLING,
                                                            by_hand=_AWAITING),
    _row(_PROPAGATING,            Step.CHECK_CHALLENGES,    done=_NOTIFY),
    _row(_NOTIFY,                 Step.ANSWER_CHALLENGES,   done=_PROCESSING),
    _row(_PROCESSING,             Step.READ_ORDER,          done=_FETCHING),
    _row(_FETCHING,               Step.FETCH_CERTIFICATE,   done=_S.COMPLETED, again=_FETCHING,
                                                            not_ready=_PROCESSING),
]))
# fmt: on


class Word(StrEnum):
    """What a person says of an order, and the engine then sees to."""

    CANCELLED = "cancelled"  # it is not wanted any more: its authorizations are given up
    REVOKED = "revoked"  # its certificate is not to be trusted any more (RFC 8555 section 7.6)


WORDS: Mapping[Word, tuple[frozenset[Stage], Stage]] = MappingProxyType(
    {
        Word.CANCELLED: (frozenset(Stage) - CLOSED_STAGES, Stage.ERROR),
        Word.REVOKED: (frozenset({Stage.COMPLETED}), Stage.REVOKED),
    }
)
"""In which stages each word can be said, and where it leads."""


def told(stage: Stage, word: Word) -> Stage:
    """Return the stage that `word` leads to from `stage`.

    Raises:
        LookupError: it cannot be said in that stage; nothing has moved.
    """
    stages, target = WORDS[word]
    if stage not in stages:
        raise LookupError(f"an order that is {stage} cannot be {word}")
    return target


# What was presented may have gone with the machine that presented it: another run presents it again.
_RESUMES_AT = MappingProxyType({_PROPAGATING: _FULFILLING, _NOTIFY: _FULFILLING})


def resumed(stage: Stage) -> Stage:
    """Return the stage from which a new run goes on with an order that was left in `stage`."""
    return _RESUMES_AT.get(stage, stage)


def step_of(stage: Stage) -> Step | None:
    """Return the step to do in `stage`, None in a stage that an order ends in."""
    row = TABLE.get(stage)
    return row.step if row else None


def advance(stage: Stage, outcome: Outcome) -> Stage:
    """Return the stage that `outcome` leads to from `stage`.

    Raises:
        LookupError: for a transition that the table does not have; nothing has moved.
    """
    try:
        return TABLE[stage].leads_to[outcome]
    except KeyError:
        raise LookupError(f"no transition from {stage} by {outcome}") from None
