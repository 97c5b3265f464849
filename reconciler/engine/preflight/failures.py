"""What a check comes to that ended in an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import CAUnavailableError, NoAnswerError
from reconciler.model.preflight import Failed, Outcome

if TYPE_CHECKING:
    from reconciler.engine.preflight.subjects import Subject
    from reconciler.model.preflight import Check, PreflightFinding

_LONGEST = 1000


def outcome_of(error: Exception) -> Outcome:
    """Return whether an error says that something is wrong, or that nothing was found out."""
    silent = isinstance(error, NoAnswerError | CAUnavailableError)
    return Outcome.UNKNOWN if silent else Outcome.WARNING


def words_of(error: Exception) -> str:
    """Return what an error says, within bounds: parts of it come from others."""
    return str(error)[:_LONGEST]


def failed(subject: Subject, check: Check, error: Exception) -> PreflightFinding:
    """Return the finding that an error comes to."""
    return subject.finding(check, outcome_of(error), Failed(words_of(error)))
