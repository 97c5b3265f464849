"""Of a name that no entry allows: which entry came nearest, and what it lacks."""

from __future__ import annotations

from enum import IntEnum
from itertools import takewhile
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.model.role import DomainOption

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.identifier import Identifier
    from reconciler.policy.entries import Entry
    from reconciler.policy.globs import Glob


class Rank(IntEnum):
    """How near an entry came."""

    SHARES_LABELS = 1
    LOOKS_ALIKE = 2
    DEPENDS_ON_WHO_ASKS = 3
    LACKS_OPTION = 4


class Near(Struct, frozen=True):
    """An entry that does not allow a name.

    Attributes:
        labels: how many labels both have in common, from the right.
        reason: why it does not, in one sentence about `it`, the name.
        missing: the options with which it would.
        hint: what to do about it, where that is something else than to have the role changed.
    """

    rank: Rank
    labels: int
    reason: str
    entry: str
    missing: tuple[DomainOption, ...] = ()
    hint: str | None = None


def near(
    text: str,
    entry: Entry,
    options: frozenset[DomainOption],
    identifier: Identifier,
    filled: str | None = None,
) -> Near | None:
    """Return how an entry comes near an identifier that it does not allow; None if they share no label.

    Args:
        text: the entry as it is written.
        entry: the same, parsed.
        options: the role's.
        identifier: what is asked for; a name.
        filled: what the entry is once it is filled, if it is a template.
    """
    shown = f"`{text}`" if filled is None else f"`{text}` (here `{filled}`)"
    labels = shared_labels(entry.value, identifier.value)
    if entry.glob is None:
        missing, reason = _near_name(shown, entry.value, options, identifier)
    else:
        missing, reason = _near_glob(shown, entry.glob, options, identifier)
    if missing:
        lacks = f"{'option' if len(missing) == 1 else 'options'} {' and '.join(missing)}"
        return Near(Rank.LACKS_OPTION, labels, f"{reason}, but the role lacks the {lacks}", text, missing)
    if reason:
        return Near(Rank.LOOKS_ALIKE, labels, reason, text)
    return Near(Rank.SHARES_LABELS, labels, _unlike(shown, entry, options), text) if labels else None


def nearest(candidates: Iterable[Near | None]) -> Near | None:
    """Return the one that came nearest; of equals the first."""
    found = (each for each in candidates if each is not None)
    return max(found, key=lambda each: (each.rank, each.labels), default=None)


def shared_labels(entry: str, value: str) -> int:
    """Return how many whole labels two names have in common, from the right."""
    pairs = zip(reversed(entry.split(".")), reversed(value.split(".")), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _near_name(
    shown: str, name: str, options: frozenset[DomainOption], identifier: Identifier
) -> tuple[tuple[DomainOption, ...], str]:
    base = identifier.base
    if base == name and not identifier.is_wildcard:
        return (DomainOption.BARE_DOMAINS,), f"{shown} is this name"
    if base == name or base.endswith(f".{name}"):
        return _lacking(DomainOption.SUBDOMAINS, options, identifier), f"it is under {shown}"
    return (), _lookalike(name, base)


def _near_glob(
    shown: str, glob: Glob, options: frozenset[DomainOption], identifier: Identifier
) -> tuple[tuple[DomainOption, ...], str]:
    if glob.below and glob.value == identifier.value:
        return (DomainOption.WILDCARDS,), f"{shown} is this wildcard"
    if glob.matches(identifier.value):
        itself_only = glob.below and not identifier.is_wildcard and DomainOption.WILDCARDS in options
        only = " (wildcards allows that wildcard itself only)" if itself_only else ""
        return _lacking(DomainOption.GLOBS, options, identifier), f"it matches {shown}{only}"
    if glob.below == identifier.value:
        return (), f"{shown} is for names under it, not for the name itself"
    return (), _lookalike(glob.below, identifier.base) if glob.below else ""


def _lacking(
    option: DomainOption, options: frozenset[DomainOption], identifier: Identifier
) -> tuple[DomainOption, ...]:
    needed = (option, DomainOption.WILDCARDS) if identifier.is_wildcard else (option,)
    return tuple(each for each in needed if each not in options)


def _lookalike(name: str, base: str) -> str:
    if not base.endswith(name):
        return ""
    return f"it is not under `{name}`, but only ends with the same text: labels are compared whole"


def _unlike(shown: str, entry: Entry, options: frozenset[DomainOption]) -> str:
    if entry.glob is not None:
        return f"it does not match {shown}, the nearest entry"
    if DomainOption.SUBDOMAINS in options:
        return f"it is not under {shown}, the nearest entry"
    return f"no entry is this name; the nearest is {shown}"
