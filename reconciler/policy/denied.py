"""`denied_domains`: what is denied whatever else allows it. In doubt, it is denied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import InvalidEntryError
from reconciler.policy.decision import Decision, Denial
from reconciler.policy.entries import parse_denied_entry
from reconciler.policy.glob_index import GlobIndex

if TYPE_CHECKING:
    from collections.abc import Iterable


class DeniedIndex:
    """The denied names of one role, looked up by the labels of a name.

    An entry denies the name itself, all names below it, and each wildcard that stands for such a name. An
    entry with `*` denies in the same way whatever it matches; and `*.X` denies the wildcard that stands for
    `X`, too, though `X` itself is not denied. An entry that cannot be understood denies every name.
    """

    __slots__ = ("_broken", "_covering", "_globs", "_names")

    def __init__(self, entries: Iterable[str]) -> None:
        self._broken: Decision | None = None
        self._names: dict[str, Decision] = {}
        self._covering: dict[str, Decision] = {}
        self._globs = GlobIndex()
        for text in entries:
            decision = Decision(allowed=False, entry=text, denial=Denial.DENIED_DOMAIN)
            try:
                entry = parse_denied_entry(text)
            except InvalidEntryError:
                self._broken = self._broken or decision
                continue
            if entry.glob is None:
                self._names.setdefault(entry.value, decision)
                self._covering.setdefault(entry.value.partition(".")[2], decision)
                continue
            if entry.glob.below is not None:
                self._covering.setdefault(entry.glob.below.partition(".")[2], decision)
            self._globs.add(entry.glob, decision)

    def find(self, value: str) -> Decision | None:
        """Return the decision that denies a canonical name or wildcard; None where no entry does."""
        if self._broken is not None:
            return self._broken
        wildcard = value.startswith("*.")
        base = value[2:] if wildcard else value
        if wildcard and base in self._covering:
            return self._covering[base]
        found = self._find_above(base)
        if found is None and wildcard and self._globs:
            found = self._globs.find_covering(base)
        return found

    def find_all_of(self, pattern: str) -> Decision | None:
        """Return a decision that denies all names that a pattern stands for; None if none is known to.

        Args:
            pattern: canonical, a name or with `*`, which stands for one or more characters. A star is taken
                for a character that only stars match: so what matches the pattern matches all of it.
        """
        return self._find_above(pattern)

    def _find_above(self, name: str) -> Decision | None:
        """Return the decision that denies a name itself, or a name that it is below."""
        names = [name]
        while rest := names[-1].partition(".")[2]:
            names.append(rest)
        for each in names:
            if each in self._names:
                return self._names[each]
        return next(filter(None, map(self._globs.find, names)), None) if self._globs else None
