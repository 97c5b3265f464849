"""Workflow commands, by which GitHub Actions annotates the lines of files in a pull request.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from reconciler.render.reported import Level
from reconciler.render.wording.reports import annotation_title, more_annotations, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.render.reported import Reported

MOST = 10
"""Of errors, of warnings and of notices: GitHub shows no more of a step."""

_LONGEST = 3000  # of a message; the runner cuts at 4096


def render_github(items: Sequence[Reported]) -> str:
    """Return a command a line, the worst first; a last one counts those for which there is no room."""
    counted = Counter(each.level for each in items)
    room = dict.fromkeys(Level, MOST)
    if any(counted[level] > MOST for level in Level):
        room[Level.NOTICE] -= 1  # for the count
    shown: list[Reported] = []
    for each in items:
        if room[each.level]:
            room[each.level] -= 1
            shown.append(each)
    left = Counter(each.level for each in items) - Counter(each.level for each in shown)
    lines = [_command(each) for each in shown]
    if left:
        said = more_annotations({str(level): left[level] for level in Level if left[level]})
        lines.append(f"::{Level.NOTICE} title=reconciler::{_data(said)}")
    return "".join(f"{line}\n" for line in lines)


def _command(item: Reported) -> str:
    properties = {"file": item.path}
    if item.line:
        properties |= {"line": str(item.line), "endLine": str(item.line)}
        if item.column:
            end = item.column + item.length
            properties |= {"col": str(item.column), "endColumn": str(end)}
    properties["title"] = annotation_title(item.code)
    said = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{item.level} {said}::{_data(shortened(item.text, _LONGEST))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
