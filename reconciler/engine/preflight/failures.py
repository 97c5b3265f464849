"""What a check comes to that ended in an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import CAUnavailableError, NoAnswerError
from reconciler.model.preflight import Outcome
from reconciler.model.preflight_facts import Failed

if TYPE_CHECKING:
    from reconciler.engine.preflight.subjects import Subject
    from reconciler.model.preflight import Check, PreflightFinding

_LONGEST = 1000


def outcome_of(error: Exception) -> Outcome:
    """Return whether an error says that something is wrong, or that nothing was found out."""
    silent = isinstance(error, NoAnswerError | CAUnavailableError)
    return Outcome.UNKNOWN if silent else Outcome.WARNING


def words_of(error: Exception) -> str:
    """Return what an error says is wrong, within bounds: parts of it come from others."""
    # One server that is away keeps many questions from being answered: that is one thing to be said.
    text = error.fault if isinstance(error, NoAnswerError) else str(error)
    return text[:_LONGEST]


def failed(subject: Subject, check: Check, error: Exception) -> PreflightFinding:
    """Return the finding that an error comes to."""
    return subject.finding(check, outcome_of(error), Failed(words_of(error)))
