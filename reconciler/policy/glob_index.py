"""Many globs at once: only those are tried that a name's labels and its start or end lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.policy.decision import Decision
    from reconciler.policy.globs import Glob

    # A part of a text, as in text[start:stop].
    Part = tuple[int, int | None]
    Filed = list[tuple[Glob, Decision]]


class GlobIndex:
    """Globs and what they decide, filed under the whole labels that end them, and there under their start.

    A glob that starts with `*` is filed under its end instead. So what is left to be tried one by one is what
    neither starts nor ends with a text of its own: `*a*.example.com`, `*b*.example.com`.
    """

    __slots__ = ("_filed",)

    def __init__(self) -> None:
        self._filed: dict[str, dict[Part, dict[str, Filed]]] = {}

    def __bool__(self) -> bool:
        return bool(self._filed)

    def add(self, glob: Glob, decision: Decision) -> None:
        """File a glob; of two that match and are filed in one place, the one that came first decides."""
        start, end = glob.pieces[0], glob.pieces[-1]
        part: Part = (0, len(start)) if start or not end else (-len(end), None)
        filed = self._filed.setdefault(glob.tail, {}).setdefault(part, {})
        filed.setdefault(start or end, []).append((glob, decision))

    def find(self, value: str) -> Decision | None:
        """Return the decision of a glob that matches a name; None where none does."""
        tail = value
        while tail:
            tail = tail.partition(".")[2]
            for (start, stop), filed in self._filed.get(tail, {}).items():
                for glob, decision in filed.get(value[start:stop], ()):
                    if glob.matches(value):
                        return decision
        return None

    def find_covering(self, base: str) -> Decision | None:
        """Return the decision of a glob that matches `x.base` for some label `x`; None where none does."""
        tail, more = base, True
        while more:
            for glob, decision in self._all_with(tail):
                if glob.covers(base):
                    return decision
            more = bool(tail)
            tail = tail.partition(".")[2]
        return None

    def _all_with(self, tail: str) -> Iterator[tuple[Glob, Decision]]:
        for by_text in self._filed.get(tail, {}).values():
            for filed in by_text.values():
                yield from filed
