"""The decision about one identifier. What no rule allows is denied."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from reconciler.errors import InvalidIdentifierError
from reconciler.model.identifier import parse_identifier
from reconciler.model.role import DomainOption

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.identifier import Identifier
    from reconciler.model.role import Role


class Denial(StrEnum):
    """Why an identifier is denied."""

    NOT_LISTED = "not_listed"
    OPTION_MISSING = "option_missing"
    WILDCARD = "wildcard"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a role allows an identifier, and by what.

    Attributes:
        entry: the entry of `allowed_domains` that decided, as it is written there.
        option: the option that decided; None where an entry counts without any.
        denial: why not; None when it is allowed.
        reason: the same for people, in one sentence.
    """

    allowed: bool
    reason: str
    entry: str | None = None
    option: DomainOption | None = None
    denial: Denial | None = None


def decide(role: Role, identifier: Identifier) -> Decision:
    """Decide whether a role allows an identifier.

    An entry allows exactly itself, when the role has no options or has `bare_domains`. The other options,
    templates and entries with `*` grant nothing yet; wildcards and addresses are always denied.
    """
    if identifier.type == "ip":
        return _deny(Denial.ADDRESS, "no role allows addresses yet")
    if identifier.is_wildcard:
        return _deny(Denial.WILDCARD, "no role allows wildcards yet")
    entry = _entries(_ByIdentity(role)).get(identifier.value)
    options = role.allowed_domain_options
    if entry is None:
        return _deny(
            Denial.NOT_LISTED, f"no entry of the role `{role.name}` is this name{_of_no_avail(options)}"
        )
    if not options:
        return Decision(allowed=True, reason=f"`{entry}` is listed", entry=entry)
    if DomainOption.BARE_DOMAINS in options:
        option = DomainOption.BARE_DOMAINS
        return Decision(
            allowed=True, reason=f"`{entry}` is listed, with {option}", entry=entry, option=option
        )
    reason = (
        f"`{entry}` is listed, but without the option {DomainOption.BARE_DOMAINS} it does not allow itself"
    )
    return Decision(allowed=False, reason=reason, entry=entry, denial=Denial.OPTION_MISSING)


def _deny(denial: Denial, reason: str) -> Decision:
    return Decision(allowed=False, reason=reason, denial=denial)


def _of_no_avail(options: frozenset[DomainOption]) -> str:
    idle = sorted(options - {DomainOption.BARE_DOMAINS})
    if not idle:
        return ""
    return f" ({', '.join(idle)}: not supported yet, {'grants' if len(idle) == 1 else 'grant'} nothing)"


class _ByIdentity:
    """A role as a key of a cache: hashing thousands of entries at each question would be dear."""

    __slots__ = ("role",)

    def __init__(self, role: Role) -> None:
        self.role = role

    def __hash__(self) -> int:
        return id(self.role)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and self.role is other.role


@lru_cache(maxsize=1024)
def _entries(key: _ByIdentity) -> Mapping[str, str]:
    """Return the entries that are plain names: how they are written, by their canonical form."""
    entries: dict[str, str] = {}
    for entry in key.role.allowed_domains:
        if "*" in entry or "{{" in entry:
            continue
        try:
            identifier = parse_identifier(entry)
        except InvalidIdentifierError:
            continue
        if identifier.type == "dns":
            entries.setdefault(identifier.value, entry)
    return entries
