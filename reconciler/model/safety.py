"""How much one run may change."""

from __future__ import annotations

from enum import StrEnum
from typing import assert_never

from msgspec import Struct


class LimitKind(StrEnum):
    """What is limited; each is a field of `safety` in `reconciler.yaml`, and an option that overrides it."""

    MAX_CHANGES = "max_changes"
    MAX_REPLACE = "max_replace"
    MAX_FORGET = "max_forget"


class Limit(Struct, frozen=True):
    """A number of certificates, or a share of those that are known.

    Attributes:
        number: of certificates, or percent.
        is_percent: which of the two.
    """

    number: int
    is_percent: bool = False

    def __str__(self) -> str:
        """Return the limit as it is written: `5`, `10%`."""
        return f"{self.number}%" if self.is_percent else str(self.number)

    def allowed(self, known: int) -> int:
        """Return how many certificates it comes to, of so many that are known; a share is rounded up."""
        return -(-known * self.number // 100) if self.is_percent else self.number


class Safety(Struct, frozen=True):
    """The limits of one run; None: no limit."""

    max_changes: Limit | None = None
    max_replace: Limit | None = None
    max_forget: Limit | None = None

    def limit(self, kind: LimitKind) -> Limit | None:
        """Return the limit of a kind."""
        match kind:
            case LimitKind.MAX_CHANGES:
                return self.max_changes
            case LimitKind.MAX_REPLACE:
                return self.max_replace
            case LimitKind.MAX_FORGET:
                return self.max_forget
            case _:
                assert_never(kind)

    def overridden_by(self, others: Safety) -> Safety:
        """Return these limits with those in the place of some that `others` has; each by itself."""
        return Safety(
            others.max_changes or self.max_changes,
            others.max_replace or self.max_replace,
            others.max_forget or self.max_forget,
        )


class PassedLimit(Struct, frozen=True):
    """A limit that a plan passes: nothing of the plan is done then.

    Attributes:
        kind: which; None: the tree asks for no certificate at all, and everything would be forgotten.
        limit: what is allowed; None where `kind` is.
        allowed: that as a number of certificates.
        counted: how many the plan has.
        known: how many certificates are known.
    """

    kind: LimitKind | None
    limit: Limit | None
    allowed: int
    counted: int
    known: int
