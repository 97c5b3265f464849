"""The DNS records that people, or other programs, are to make."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from reconciler.orders.instructions import DnsInstruction, explain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.instruction import Instruction

_LONGEST_STRING = 255


class ResourceRecord(Struct, frozen=True, order=True):
    """A TXT record (RFC 1035 section 3.3.14) or a CAA record without flags (RFC 8659 section 4).

    Attributes:
        name: absolute, in lower case, without the dot at its end.
        ttl: seconds.
        value: the text, or the value of the CAA property; ASCII without control characters.
        tag: of the CAA property; empty for TXT.
    """

    name: str
    type: Literal["TXT", "CAA"]
    ttl: int
    value: str
    tag: str = ""

    @property
    def zone_line(self) -> str:
        """The record as a line of a zone file (RFC 1035 section 5.1)."""
        # A CAA value is in one piece, however long: RFC 8659 section 4.1 knows no parts.
        data = quoted(_parts(self.value)) if self.type == "TXT" else f"0 {self.tag} {quoted([self.value])}"
        return f"{self.name}. {self.ttl} IN {self.type} {data}"


def challenge_records(instructions: Iterable[Instruction]) -> tuple[ResourceRecord, ...]:
    """Return the records that DNS challenges take, sorted; other types of challenges take none.

    A name and its wildcard have two values at one name. A record that several orders want is one.
    """
    explained = (explain(each) for each in instructions)
    records = {
        ResourceRecord(each.name, "TXT", each.ttl, each.value)
        for each in explained
        if isinstance(each, DnsInstruction)
    }
    return tuple(sorted(records))


def quoted(strings: Iterable[str]) -> str:
    r"""Return character strings as a zone file has them (RFC 1035 section 5.1).

    Args:
        strings: each at most 255 bytes in a TXT record; ASCII without control characters.

    >>> quoted(["a", 'b"c'])
    '"a" "b\\"c"'
    """
    return " ".join('"' + re.sub(r'(["\\])', r"\\\1", string) + '"' for string in strings)


def _parts(value: str) -> list[str]:
    """Return the character strings that a TXT value consists of (RFC 1035 section 3.3)."""
    return [value[start : start + _LONGEST_STRING] for start in range(0, len(value), _LONGEST_STRING)] or [""]
