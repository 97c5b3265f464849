"""Something wrong with an entry of a role, and what that depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.model.finding import Severity
from reconciler.model.role import ChallengeType, DomainOption

if TYPE_CHECKING:
    from collections.abc import Collection

    from reconciler.policy.denied import DeniedIndex


class EntryProblem(Struct, frozen=True):
    """Something wrong with an entry.

    Attributes:
        severity: an error where it is not sure what is meant, a warning where it surely grants too much or
            nothing.
        code: a stable word for programs.
        message: what is wrong, in one sentence.
        hint: what to do about it.
    """

    severity: Severity
    code: str
    message: str
    hint: str | None = None


class EntryRules(Struct, frozen=True):
    """What a role says beside an entry of `allowed_domains`, as far as the entry's worth depends on it.

    Attributes:
        denied: what `denied_domains` has; None where that is empty, or not known.
    """

    options: frozenset[DomainOption] = frozenset()
    denied: DeniedIndex | None = None
    challenge_types: Collection[ChallengeType] = tuple(ChallengeType)


def unusable(message: str, hint: str | None = None) -> EntryProblem:
    """Return the problem of an entry that is no name and no pattern of names."""
    return _warning("unusable-entry", message, hint)


def idle(text: str, reason: str) -> EntryProblem:
    """Return the problem of an entry that could never match, or only what other rules deny."""
    return _warning("idle-entry", f"`{text}` never allows anything: {reason}")


def broad(message: str, hint: str | None = None) -> EntryProblem:
    """Return the problem of an entry that grants what its author can hardly have meant."""
    return _warning("broad-entry", message, hint)


def _warning(code: str, message: str, hint: str | None = None) -> EntryProblem:
    return EntryProblem(Severity.WARNING, code, message, hint)
