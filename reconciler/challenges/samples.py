"""Where to try first, if what is near each other is likely to share its fate."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

_T = TypeVar("_T")


def far_apart_first(items: Sequence[_T]) -> list[_T]:
    """Return all items, the first, the last and the one in the middle ahead of the others.

    >>> far_apart_first("abcdefg")
    ['a', 'g', 'd', 'b', 'c', 'e', 'f']
    """
    ahead = dict.fromkeys((0, len(items) - 1, len(items) // 2)) if items else {}
    rest = (each for number, each in enumerate(items) if number not in ahead)
    return [*(items[number] for number in ahead), *rest]
