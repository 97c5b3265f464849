"""Patterns of certificates' names, as in `.gitignore`: `*` stays within a folder, `**` does not."""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ANY_DEPTH = "**"


def matcher(pattern: str) -> Callable[[str], bool]:
    """Return what says of a name whether a pattern is for it.

    `*`, `?` and `[...]` stand for characters within a folder, `**` for any number of folders (none, too);
    a pattern that ends in `**` or in `/` is for everything below. The whole name has to match, in its own
    case. The time it takes never explodes, whatever the pattern: patterns may come from strangers.

    >>> matcher("shop/*")("shop/www"), matcher("shop/*")("shop/eu/www"), matcher("**/www")("shop/eu/www")
    (True, False, True)
    """
    steps = [_ANY_DEPTH if part == _ANY_DEPTH else _compiled(part) for part in _parts(pattern)]

    def matches(name: str) -> bool:
        reached = _with_skipped({0}, steps)
        for part in name.split("/"):
            reached = _with_skipped(_after(part, reached, steps), steps)
        return len(steps) in reached

    return matches


def _parts(pattern: str) -> list[str]:
    parts = pattern.removeprefix("/").split("/")
    if len(parts) > 1 and not parts[-1]:
        parts[-1] = _ANY_DEPTH
    return [*parts, "*"] if parts[-1] == _ANY_DEPTH else parts


def _compiled(part: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(part))


def _after(part: str, reached: set[int], steps: Sequence[str | re.Pattern[str]]) -> set[int]:
    """Return the steps that are reached when one more part of the name is read."""
    following = set()
    for number in reached:
        step = steps[number] if number < len(steps) else None
        if isinstance(step, str):
            following.add(number)
        elif step is not None and step.match(part):
            following.add(number + 1)
    return following


def _with_skipped(reached: set[int], steps: Sequence[str | re.Pattern[str]]) -> set[int]:
    """Add the steps that are reached because `**` may stand for nothing."""
    for number in tuple(reached):
        while number < len(steps) and isinstance(steps[number], str):
            number += 1
            reached.add(number)
    return reached
