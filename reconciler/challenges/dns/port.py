"""What is asked of whoever publishes records in a zone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence


class TxtRecord(Struct, frozen=True, order=True):
    """A TXT record (RFC 1035 section 3.3.14) of one value.

    Attributes:
        name: absolute, in lower case, without the dot at its end: `_acme-challenge.example.com`.
        value: at most 255 bytes of ASCII.
    """

    name: str
    value: str


class RecordPublisher(Protocol):
    """Changes TXT records through one provider. Safe for threads; each call may be repeated.

    Every call may raise `ChallengeError`, with a message that says what to do, and no secret.
    """

    def change(self, zone: str, add: Sequence[TxtRecord], remove: Sequence[TxtRecord]) -> None:
        """Add and remove values in one go, as far as the provider can.

        Other values of the same names stay. A value that is there already is not added twice, one that is not
        there is removed all the same.

        Args:
            zone: the name of the zone, in the form of a record's.
            add: records in that zone.
            remove: likewise, none of those.
        """

    def check_access(self, zone: str) -> None:
        """See whether the provider would let us change the zone, as far as that shows without a change."""
