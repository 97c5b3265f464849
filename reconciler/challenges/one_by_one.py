"""Many things to be tried one by one, of which those that are near each other are likely to share a fate."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, TypeVar

from reconciler.errors import ChallengeError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_T = TypeVar("_T")
_H = TypeVar("_H", bound=Hashable)

_MOST_FAILURES_FROM_THE_START = 3


def failures_of(items: Sequence[_H], act: Callable[[_H], None]) -> dict[_H, ChallengeError]:
    """Call `act` for every item, also after one has failed; return those for which it has, and why.

    Where three that are far apart fail, the others are not tried: what hangs would hang for each, and what is
    refused is often alike.
    """
    failures: dict[_H, ChallengeError] = {}
    items = far_apart_first(items)
    for number, item in enumerate(items):
        try:
            act(item)
        except ChallengeError as error:
            failures[item] = error
            if len(failures) == number + 1 >= _MOST_FAILURES_FROM_THE_START:
                return failures | dict.fromkeys(items[number + 1 :], error)
    return failures


def far_apart_first(items: Sequence[_T]) -> list[_T]:
    """Return all items, the first, the last and the one in the middle ahead of the others.

    >>> far_apart_first("abcdefg")
    ['a', 'g', 'd', 'b', 'c', 'e', 'f']
    """
    ahead = dict.fromkeys((0, len(items) - 1, len(items) // 2)) if items else {}
    rest = (each for number, each in enumerate(items) if number not in ahead)
    return [*(items[number] for number in ahead), *rest]
