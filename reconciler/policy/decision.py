"""What the policy answers about one identifier: data, no prose."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from reconciler.model.role import DomainOption


class Denial(StrEnum):
    """Why an identifier is denied."""

    DENIED_DOMAIN = "denied_domain"
    """`denied_domains` has it, or has an entry that nobody can understand."""
    PUBLIC_SUFFIX = "public_suffix"
    """A wildcard over a public suffix: refused whatever the role says."""
    ADDRESS = "address"
    """No range of `allowed_ip_ranges` contains it."""
    WILDCARD = "wildcard"
    """A wildcard, and the role lacks the option `wildcards`."""
    NOT_LISTED = "not_listed"
    """No entry of `allowed_domains` allows it with the role's options."""
    MALFORMED = "malformed"
    """Not in canonical form: no rule can be sure what it means."""


class Decision(Struct, frozen=True):
    """Whether a role allows an identifier, and by what.

    Attributes:
        entry: the entry that decided, as it is written (a template unfilled): of `allowed_domains` or
            `allowed_ip_ranges`; for a denial of `denied_domains`, or None where no entry decided.
        option: the option that made the entry match; None where it counts without any, and for ranges.
        denial: why not; None when it is allowed.
        filled: what a templated entry was once it was filled.
    """

    allowed: bool
    entry: str | None = None
    option: DomainOption | None = None
    denial: Denial | None = None
    filled: str | None = None
