"""JSON as a CA may send it: one reading only, and never more of it than fits into a little memory.

What JSON parsers differ in is refused rather than guessed at: a member that is there twice (RFC 8259
section 4), `NaN` and `Infinity` (section 6), another encoding than UTF-8 (section 8.1).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from reconciler.ca.texts import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

# An order for 100 names has some 300 of them. A megabyte of `[[],[],...]` would take 40 of memory.
_MOST_VALUES = 50_000


class JsonError(ValueError):
    """A text that is no JSON of use; the message says why, and goes on after "the answer"."""


def parse(body: bytes) -> Any:  # noqa: ANN401 - as json has it
    """Return the value of a JSON text.

    Raises:
        JsonError: it is none, or an ambiguous one, or one with too many values in it.
    """
    if sum(map(body.count, (b",", b"[", b"{"))) > _MOST_VALUES:
        raise JsonError(f"has more than {_MOST_VALUES} values in its JSON")
    try:
        return json.loads(body.decode("utf-8-sig"), object_pairs_hook=_members, parse_constant=_no_constant)
    except JsonError:
        raise
    except (ValueError, RecursionError):
        raise JsonError("is not JSON") from None


def _members(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise JsonError(f"has the member `{clean(name, 60)}` twice in one object of its JSON")
        members[name] = value
    return members


def _no_constant(_: str) -> NoReturn:
    raise JsonError("is not JSON")
