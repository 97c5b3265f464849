"""One thing that was found out, in each of the forms that a pipeline reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from msgspec import Struct

from reconciler.render.report_kinds import ReportKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.model.finding import Finding
    from reconciler.render.reported import Reported
    from reconciler.render.shown import ShownPlan


class Report(Struct, frozen=True):
    """What is to be reported.

    Attributes:
        command: what has found it out.
        findings: what is wrong in the tree, where there is no plan.
        shown: the plan; None where the tree cannot be planned.
        certificates: the names of those in the tree, as far as they are known.
        prefix: the path from the top of the repository to the tree: empty, or ending in a slash.
        failed: whether there is no plan for another reason than that the tree is invalid.
    """

    command: str
    findings: tuple[Finding, ...] = ()
    shown: ShownPlan | None = None
    certificates: tuple[str, ...] = ()
    prefix: str = ""
    failed: bool = False

    @property
    def items(self) -> tuple[Reported, ...]:
        """All that was found, for programs."""
        from reconciler.render.reported import reported_findings, reported_plan

        if self.shown is not None:
            return reported_plan(self.shown, self.prefix)
        return reported_findings(self.findings, self.prefix)


def failure_finding(message: str, hint: str | None) -> Finding:
    """Return what stands in reports for a run that has failed; it is about no file."""
    from reconciler.model.finding import Finding, Location
    from reconciler.render.reported import SETTINGS

    return Finding("run-failed", message, Location(SETTINGS), hint=hint)


def render_report(report: Report, kind: ReportKind, *, limit: int | None = None) -> str:
    """Return a report in one form; what is not needed for it is not loaded.

    Args:
        report: what to show.
        kind: the form.
        limit: how many bytes of Markdown somebody takes; None: as many as any forge does.
    """
    match kind:
        case ReportKind.TEXT:
            return _text(report)
        case ReportKind.JSON | ReportKind.SARIF | ReportKind.CODEQUALITY | ReportKind.GITLAB_TERRAFORM:
            from reconciler.render.documents import dump

            return dump(_document(report, kind))
        case ReportKind.MARKDOWN:
            return _markdown(report, limit)
        case ReportKind.GITHUB:
            from reconciler.render.github import render_github

            return render_github(report.items)
        case ReportKind.JUNIT:
            from reconciler.render.junit import render_junit

            plan = report.shown.plan if report.shown else None
            # Of a part of a tree, what is not in the plan was not looked at.
            names = () if plan and plan.selection.is_partial else report.certificates
            return render_junit(report.items, names, report.command, plan)
        case _:
            assert_never(kind)


def _text(report: Report) -> str:
    from reconciler.render.findings import render_findings
    from reconciler.render.plan_text import render_plan

    if report.shown is None:
        return render_findings(report.findings, limit=None)
    warnings = render_findings(report.shown.warnings, limit=None)
    plan = render_plan(report.shown, limit=None)
    return f"{warnings}\n{plan}" if warnings else plan


def _document(report: Report, kind: ReportKind) -> Mapping[str, Any] | Sequence[Any]:
    match kind:
        case ReportKind.SARIF:
            from reconciler.render.sarif import sarif_document

            return sarif_document(report.items, report.command)
        case ReportKind.CODEQUALITY:
            from reconciler.render.codequality import codequality_documents

            return codequality_documents(report.items)
        case ReportKind.GITLAB_TERRAFORM:
            from reconciler.render.gitlab_terraform import terraform_document

            return terraform_document(report.shown.plan if report.shown else None)
        case _:
            from reconciler.render.plan_json import plan_document
            from reconciler.render.validation import validation_document

            return plan_document(report.shown) if report.shown else validation_document(report.findings)


def _markdown(report: Report, limit: int | None) -> str:
    from reconciler.render.plan_markdown import LIMIT, render_findings_markdown, render_markdown

    # No room at all is another thing than no limit.
    limit = LIMIT if limit is None else limit
    if report.shown is None:
        return render_findings_markdown(report.findings, limit=limit, failed=report.failed)
    return render_markdown(report.shown, limit=limit)
