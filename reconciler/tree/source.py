"""The text of one file of the tree, and what was found wrong in it."""

from __future__ import annotations

import re

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.model.finding import Finding, Location, Severity
from reconciler.tree.nodes import Place

LINE_BREAK = re.compile(r"\r\n|\n|\r")
_FIELD = re.compile(r"""\s*["']?(?P<name>[\w-]+)["']?\s*:(?P<rest>(?:\s.*)?)""")


class Source(Struct):
    """One file: its path in the tree, its text, and its findings.

    Attributes:
        shown_fields: the fields whose lines may be shown; None shows every line. It is set for files that can
            hold a secret: there a line is shown only if it is plainly that of a harmless field, for a secret
            may stand beside a misspelt name too, on a line of its own, or in a file that is no YAML at all.
    """

    path: str
    text: str = ""
    shown_fields: frozenset[str] | None = None
    findings: list[Finding] = field(default_factory=list)
    _lines: list[str] = field(default_factory=list)
    _hidden: set[int] = field(default_factory=set)
    _harmless: dict[int, bool] = field(default_factory=dict)

    def error(self, code: str, message: str, place: Place | None = None, hint: str | None = None) -> None:
        """Note an error; without a place it is one of the whole file."""
        self.findings.append(self._finding(Severity.ERROR, code, message, place, hint))

    def warning(self, code: str, message: str, place: Place | None = None, hint: str | None = None) -> None:
        """Note a warning."""
        self.findings.append(self._finding(Severity.WARNING, code, message, place, hint))

    def hide_lines(self) -> None:
        """Show no line of this file any more, in the findings that are there neither."""
        self.shown_fields = frozenset()
        self._harmless.clear()
        self.findings = [replace(finding, source=None) for finding in self.findings]

    def hide_line(self, place: Place) -> None:
        """Do not show the line of a place: a secret may stand on it."""
        self._hidden.add(self._within(place).line)

    def location(self, place: Place) -> Location:
        """Return a place of this file as a location in the tree."""
        return Location(self.path, place.line, place.column, max(place.length, 1))

    @property
    def lines(self) -> list[str]:
        """The text's lines; at least one."""
        if not self._lines:
            self._lines = LINE_BREAK.split(self.text)
        return self._lines

    def shown_line(self, number: int) -> str | None:
        """Return a line, counted from 1; None where there is none, or none that may be shown."""
        if not 0 < number <= len(self.lines) or number in self._hidden:
            return None
        line = self.lines[number - 1]
        if self.shown_fields is None:
            return line
        # A whole file may stand on one line, and have a finding for each of its values.
        if number not in self._harmless:
            self._harmless[number] = self._is_harmless(line, self.shown_fields)
        return line if self._harmless[number] else None

    @staticmethod
    def _is_harmless(line: str, shown_fields: frozenset[str]) -> bool:
        match = _FIELD.fullmatch(line)
        if match is None or match["name"] not in shown_fields:
            return False
        # A second key on the line may be a misspelt secret.
        return not re.search(r"[\"']?:(?:\s|$|[\"'])", match["rest"])

    def _within(self, place: Place) -> Place:
        # A file that ends too early is at fault on a line after its last, as libyaml sees it.
        line = min(place.line, len(self.lines))
        end = len(self.lines[line - 1]) + 1
        column = min(place.column, end) if line == place.line else end
        return Place(line, column, place.length)

    def _finding(
        self, severity: Severity, code: str, message: str, place: Place | None, hint: str | None
    ) -> Finding:
        if place is None:
            return Finding(code, message, Location(self.path), severity, None, hint)
        location = self.location(self._within(place))
        return Finding(code, message, location, severity, self.shown_line(location.line), hint)
