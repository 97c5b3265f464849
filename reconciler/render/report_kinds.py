"""The forms in which a pipeline reads what was found out."""

from __future__ import annotations

from enum import StrEnum


class ReportKind(StrEnum):
    """The forms."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    GITHUB = "github"
    SARIF = "sarif"
    CODEQUALITY = "codequality"
    GITLAB_TERRAFORM = "gitlab-terraform"
    JUNIT = "junit"


OF_FINDINGS = (ReportKind.GITHUB, ReportKind.SARIF, ReportKind.CODEQUALITY, ReportKind.JUNIT)
"""Those that are about findings alone, and need no plan."""
