"""Where the parts of a request stand in its file, for findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.finding import Location


class Places(Protocol):
    """The places of a certificate's parts. Nearly nobody asks for them, so they may be found only then."""

    @property
    def identifiers(self) -> tuple[Location, ...]:
        """The place of each of the identifiers."""

    @property
    def fields(self) -> Mapping[str, Location]:
        """The places of those fields that a role may deny, where they are there."""


class Place(Protocol):
    """One place, likewise."""

    @property
    def location(self) -> Location:
        """The place."""


class KnownPlaces(Struct, frozen=True):
    """Places that are known beforehand."""

    identifiers: tuple[Location, ...] = ()
    fields: Mapping[str, Location] = field(default_factory=dict)
