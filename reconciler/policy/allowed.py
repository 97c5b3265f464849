"""The names that entries allow, looked up by the labels of a name: never by a scan over the entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import InvalidEntryError
from reconciler.model.role import DomainOption
from reconciler.policy.decision import Decision
from reconciler.policy.entries import parse_entry
from reconciler.policy.glob_index import GlobIndex

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.policy.entries import Entry
    from reconciler.policy.globs import Glob


class AllowedIndex:
    """What the entries of a role allow with its options.

    - A plain entry allows itself without options or with `bare_domains`, and all names below it with
      `subdomains`.
    - An entry with `*` allows what it matches with `globs`.
    - No wildcard is allowed without `wildcards`; with it, `*.X` is by an entry `*.X`, by a glob that matches
      it as a text, and with `subdomains` by a plain entry that is `X` or has it below.
    """

    __slots__ = ("_below", "_exact", "_globs", "_options")

    def __init__(self, entries: Iterable[tuple[str, str | None]], options: frozenset[DomainOption]) -> None:
        """Compile entries.

        Args:
            entries: as they are written, and, of each that is a template, what it is filled.
            options: the role's.
        """
        self._options = options
        self._exact: dict[str, Decision] = {}
        self._below: dict[str, Decision] = {}
        self._globs = GlobIndex()
        for text, filled in entries:
            try:
                entry = parse_entry(text if filled is None else filled)
            except InvalidEntryError:
                continue
            if entry.glob is None:
                self._add_plain(entry, text, filled)
            else:
                self._add_glob(entry.glob, text, filled)

    def find(self, value: str) -> Decision | None:
        """Return the decision that allows a canonical name or wildcard; None where no entry does."""
        found = self._exact.get(value)
        if found is not None:
            return found
        if value.startswith("*") and DomainOption.WILDCARDS not in self._options:
            return None
        if self._below and (found := self._walk(value)) is not None:
            return found
        return self._globs.find(value) if self._globs else None

    def _walk(self, value: str) -> Decision | None:
        # The star of a wildcard is a label like any other here: `*.X` is below `X` and what `X` is below.
        below, at = self._below, value.find(".")
        while at >= 0:
            found = below.get(value[at + 1 :])
            if found is not None:
                return found
            at = value.find(".", at + 1)
        return None

    def _add_plain(self, entry: Entry, text: str, filled: str | None) -> None:
        if not self._options:
            self._exact.setdefault(entry.value, _allow(text, filled, None))
        if DomainOption.BARE_DOMAINS in self._options:
            self._exact.setdefault(entry.value, _allow(text, filled, DomainOption.BARE_DOMAINS))
        if DomainOption.SUBDOMAINS in self._options:
            self._below.setdefault(entry.value, _allow(text, filled, DomainOption.SUBDOMAINS))

    def _add_glob(self, glob: Glob, text: str, filled: str | None) -> None:
        if DomainOption.WILDCARDS in self._options and glob.below:
            self._exact.setdefault(glob.value, _allow(text, filled, DomainOption.WILDCARDS))
        if DomainOption.GLOBS not in self._options:
            return
        decision = _allow(text, filled, DomainOption.GLOBS)
        if glob.below:
            self._below.setdefault(glob.below, decision)
        else:
            self._globs.add(glob, decision)


def _allow(text: str, filled: str | None, option: DomainOption | None) -> Decision:
    return Decision(allowed=True, entry=text, option=option, filled=filled)
