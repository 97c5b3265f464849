"""Shows what a command has found out: on standard output, and as reports for pipelines."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from msgspec import Struct, field

from reconciler.cli.report_option import Target
from reconciler.cli.session import OutputFormat
from reconciler.errors import InvalidTreeError, ReportError
from reconciler.render.report_kinds import ReportKind
from reconciler.render.reports import Report, failure_finding, render_report

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from reconciler.cli.session import Session
    from reconciler.model.finding import Finding
    from reconciler.render.shown import ShownPlan


class Reporter(Struct, frozen=True):
    """What one run shows, and where.

    Attributes:
        command: its name.
        targets: the reports that are wanted.
        form: the output that is wanted.
        beside: whether something else goes to standard output, so that people are told beside it.
        done: what was reported.
    """

    session: Session
    command: str
    targets: tuple[Target, ...]
    form: str
    beside: bool = False
    done: list[Report] = field(default_factory=list)

    def plan(self, root: Path, shown: ShownPlan, certificates: Iterable[str]) -> None:
        """Show a plan.

        Args:
            root: of the tree.
            shown: the plan.
            certificates: the names of those in the tree.

        Raises:
            ReportError: some report could not be written; all else was done.
        """
        report = Report(self.command, (), shown, tuple(certificates), _prefix(root))
        problems = self._write(report)
        if self.takes_stdout:
            self._print(report)
            if self.form == ReportKind.TEXT:
                self._show_text(shown, beside=True)
        elif self.form == ReportKind.TEXT:
            self._show_text(shown, beside=False)
        else:
            self.session.write(render_report(report, ReportKind(self.form), limit=_default_limit()))
        _raise(problems)

    def findings(self, root: Path, findings: Iterable[Finding], certificates: Iterable[str] = ()) -> None:
        """Show findings in the reports; the normal output of them is left to the command.

        Raises:
            ReportError: likewise.
        """
        self._show(Report(self.command, tuple(findings), None, tuple(certificates), _prefix(root)))

    def failure(self, root: Path, message: str, hint: str | None) -> None:
        """Show in the reports that the run has failed, so that none of an earlier one stays there.

        Raises:
            ReportError: likewise.
        """
        self._show(Report(self.command, (failure_finding(message, hint),), prefix=_prefix(root), failed=True))

    def _show(self, report: Report) -> None:
        problems = self._write(report)
        if self.takes_stdout:
            self._print(report)
        elif self.form == ReportKind.MARKDOWN:
            self.session.write(render_report(report, ReportKind.MARKDOWN, limit=_default_limit()))
        _raise(problems)

    @property
    def takes_stdout(self) -> bool:
        """Whether a report, or something else, goes to standard output, so that nothing else may."""
        return self.beside or any(target.path is None for target in self.targets)

    def _write(self, report: Report) -> list[str]:
        """Write all files; return what went wrong."""
        self.done.append(report)
        problems = []
        for target in self.targets:
            if target.path is None:
                continue
            try:
                target.write(render_report(report, target.kind, limit=target.limit))
            except OSError as error:
                problems.append(f"{target.path}: the report cannot be written: {error.strerror or error}")
        return problems

    def _print(self, report: Report) -> None:
        for target in self.targets:
            if target.path is None:
                self.session.write(render_report(report, target.kind, limit=target.limit))

    def _show_text(self, shown: ShownPlan, *, beside: bool) -> None:
        """Show a plan to people; `beside`: as a message, for standard output has something else."""
        from reconciler.render.plan_text import render_plan

        session = self.session
        if shown.warnings:
            from reconciler.render.findings import render_findings

            session.say(render_findings(shown.warnings, color=session.message_color))
        if beside:
            session.say(render_plan(shown, color=session.message_color))
        else:
            session.write(render_plan(shown, color=session.color, width=session.width))


@contextmanager
def reporting(
    session: Session,
    command: str,
    targets: Sequence[Target],
    form: str = ReportKind.TEXT,
    *,
    beside: bool = False,
) -> Iterator[Reporter]:
    """Give what shows the outcome; an invalid tree, and a failure of the run, are reported all the same.

    Raises:
        ReportError: a report could not be written; all else was done.
    """
    reporter = Reporter(session, command, tuple(targets), form, beside)
    if any(target.path is None for target in targets):
        # What is printed besides must not get into it.
        session.output_format = OutputFormat.TEXT
    try:
        yield reporter
    except InvalidTreeError as error:
        try:
            reporter.findings(_root(session), error.findings)
        except ReportError:
            from reconciler.cli.failures import show_findings

            show_findings(session, error)
            raise
        raise
    except (click.ClickException, BrokenPipeError):
        raise
    except Exception as error:
        if reporter.done:
            raise
        from reconciler.cli.failures import explained

        try:
            reporter.failure(_root(session), *explained(error))
        except ReportError as unwritten:
            raise ReportError(f"{explained(error)[0]}; {unwritten}") from error
        raise


def _raise(problems: Sequence[str]) -> None:
    if problems:
        raise ReportError("; ".join(problems))


def _default_limit() -> int | None:
    return Target(ReportKind.MARKDOWN, None).limit


def _root(session: Session) -> Path:
    from reconciler.tree import find_root

    try:
        return find_root(session.folder)
    except InvalidTreeError:
        return session.folder


def _prefix(root: Path) -> str:
    """Return the path from the top of the repository to the tree; without one, the tree is the top."""
    from reconciler.provenance.git import find_top, prefix_of

    top = find_top(root)
    return prefix_of(top, root) if top else ""
