"""TXT record sets as providers hold them, and what becomes of one when values come and go."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.orders.records import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.challenges.dns.port import TxtRecord

# In quotes or without them; a backslash takes away the meaning of the character after it.
_CHARACTER_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"|((?:[^\s"\\]|\\.)+)', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class RecordSet(Struct, frozen=True):
    """All TXT records of one name.

    Attributes:
        values: each as it stands in a zone file (RFC 1035 section 5.1), quotes included.
        ttl: seconds.
    """

    values: tuple[str, ...]
    ttl: int


class ValueChange(Struct, frozen=True):
    """What to do to the record set of one name; the values are plain, without quotes."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


def by_name(add: Sequence[TxtRecord], remove: Sequence[TxtRecord]) -> dict[str, ValueChange]:
    """Return what is to be done to the record set of each name, in the order of the names."""
    added: dict[str, list[str]] = defaultdict(list)
    removed: dict[str, list[str]] = defaultdict(list)
    for record in add:
        added[record.name].append(record.value)
    for record in remove:
        removed[record.name].append(record.value)
    return {
        name: ValueChange(tuple(added[name]), tuple(removed[name])) for name in sorted({*added, *removed})
    }


def changed(present: RecordSet | None, change: ValueChange, ttl: int) -> RecordSet | None:
    """Return the record set that should take the place of `present`.

    Other values stay as they are written, in their order, and so does the time to live of a set that is
    there: it is no less the others'. Nothing to do gives `present` itself.

    Args:
        present: what the provider has now; None: nothing.
        change: values to add and to remove.
        ttl: of a new record set, in seconds.

    Returns:
        The set; None when no value is left.
    """
    values = present.values if present else ()
    kept = [value for value in values if plain(value) not in change.remove]
    there = {plain(value) for value in kept}
    new = [quoted([value]) for value in dict.fromkeys(change.add) if value not in there]
    if not new and len(kept) == len(values):
        return present
    return RecordSet((*kept, *new), present.ttl if present else ttl) if kept or new else None


def character_strings(text: str) -> list[str]:
    r"""Return the character strings of a record in a zone file's writing, which may be anybody's.

    Numbers after a backslash are left as they are: providers do not agree on what they mean, and no value of
    ours has any.

    >>> character_strings('"a" "b\\"c"')
    ['a', 'b"c']
    """
    return [
        _ESCAPED.sub(r"\1", match[1] if match[1] is not None else match[2])
        for match in _CHARACTER_STRING.finditer(text)
    ]


def plain(text: str) -> str:
    """Return the value that a record has: its character strings, one after the other."""
    return "".join(character_strings(text))
