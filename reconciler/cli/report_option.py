"""`--report KIND=FILE`: what it says, and where a report goes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from reconciler import files
from reconciler.links import refuse_planted_links
from reconciler.render.report_kinds import ReportKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reconciler.cli.options import F

_STDOUT = "-"
_SUMMARY = "GITHUB_STEP_SUMMARY"
_SUMMARY_LIMIT = 1_000_000  # GitHub takes 1 MiB for a step
_NOTE_LIMIT = 1_000_000  # and GitLab as many characters for a note


class Target(Struct, frozen=True):
    """A report that is wanted, and its file; None: standard output."""

    kind: ReportKind
    path: Path | None

    @property
    def limit(self) -> int | None:
        """How many bytes of Markdown it may have; None: as many as any forge takes."""
        if self.path is not None and _is_summary(self.path):
            return _SUMMARY_LIMIT - (self.path.stat().st_size if self.path.exists() else 0)
        return _NOTE_LIMIT if os.environ.get("GITLAB_CI") == "true" else None

    def write(self, text: str) -> None:
        """Put a text into the file: whole or not at all, wherever that can be.

        Raises:
            OSError: it is as it was before.
        """
        if self.path is None:
            raise ValueError(self)
        content = text.encode()
        refuse_planted_links(self.path)
        path = Path(os.path.realpath(self.path))
        # What stands in /dev for an open file leads to that file itself: it must not be replaced.
        if files.is_stream(self.path) or files.is_stream(path):
            with self.path.open("ab") as stream:
                stream.write(content)
            return
        if _is_summary(path):
            # Other commands of the step may have written there as well.
            content = (path.read_bytes() if path.exists() else b"") + content
        files.write_file(path, content)


def report_option(kinds: Sequence[ReportKind]) -> Callable[[F], F]:
    """Add `--report`, for reports of these kinds; the command gets them as `targets`."""

    def read(
        _context: click.Context, _parameter: click.Parameter, texts: tuple[str, ...]
    ) -> tuple[Target, ...]:
        targets = tuple(_target(text, kinds) for text in texts)
        paths = [each.path and same_file(each.path) for each in targets]
        if paths.count(None) > 1:
            raise click.BadParameter("only one report can go to standard output")
        twice = next((path for path in paths if path and paths.count(path) > 1), None)
        if twice:
            raise click.BadParameter(f"two reports cannot go to one file: {twice}")
        return targets

    return click.option(
        "--report",
        "targets",
        metavar="KIND=FILE",
        multiple=True,
        callback=read,
        help=f"Write a report for a pipeline as well; may be given several times. KIND: {', '.join(kinds)}. "
        "FILE: - is standard output; a text then goes to standard error.",
    )


def _target(text: str, kinds: Sequence[ReportKind]) -> Target:
    kind, equals, file = text.partition("=")
    if kind not in [str(each) for each in kinds]:
        raise click.BadParameter(f"{kind!r} is no kind of report; there are: {', '.join(kinds)}")
    if not equals or not file:
        raise click.BadParameter(f"write {kind}=FILE, or {kind}=- for standard output")
    return Target(ReportKind(kind), None if file == _STDOUT else Path(file))


def same_file(path: Path) -> Path:
    """Return what is the same for two paths of one file."""
    return path.absolute() if files.is_stream(path) else Path(os.path.realpath(path))


def _is_summary(path: Path) -> bool:
    summary = os.environ.get(_SUMMARY)
    return bool(summary) and os.path.realpath(str(summary)) == os.path.realpath(path)
