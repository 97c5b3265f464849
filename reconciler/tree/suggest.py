"""Did you mean ...?"""

from __future__ import annotations

from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_MAX_WORD = 64
_MAX_CANDIDATES = 200
_MAX_LISTED = 6


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """Return a question that names the candidate nearest to the word, if one is near."""
    if len(word) > _MAX_WORD:
        return None
    # The comparison is slow; with thousands of candidates only those of a similar length are worth it.
    near = (name for name in candidates if abs(len(name) - len(word)) <= len(word) // 2 + 1)
    found = _closest(word, tuple(islice(near, _MAX_CANDIDATES)))
    return f"did you mean `{found}`?" if found else None


def listed(names: Iterable[str]) -> str:
    """Return a few of the names, and how many more there are."""
    names = sorted(names)
    shown = ", ".join(f"`{name}`" for name in names[:_MAX_LISTED])
    return f"{shown} and {len(names) - _MAX_LISTED} more" if len(names) > _MAX_LISTED else shown


@lru_cache(maxsize=1024)
def _closest(word: str, candidates: tuple[str, ...]) -> str | None:
    import difflib  # only what is wrong needs it

    by_lower = {name.lower(): name for name in candidates}
    found = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None
