"""Which part of a tree a run is about."""

from __future__ import annotations

from msgspec import Struct


class Selection(Struct, frozen=True):
    """What the user has chosen; nothing chosen means everything.

    Attributes:
        select: patterns of certificates' names (see `plan.name_patterns`); one of them has to match.
        exclude: patterns of certificates' names; none of them may match.
        roles, accounts: names; the certificate's has to be one of them.
    """

    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()

    @property
    def is_partial(self) -> bool:
        """Whether anything is chosen, so that something may be left out."""
        return bool(self.select or self.exclude or self.roles or self.accounts)


EVERYTHING = Selection()
"""Nothing is left out."""
