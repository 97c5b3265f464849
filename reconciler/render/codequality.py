"""Findings for GitLab's Code Quality: its subset of Code Climate's form.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render.reported import Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.render.documents import Document
    from reconciler.render.reported import Reported

_SEVERITIES = {Level.ERROR: "critical", Level.WARNING: "minor", Level.NOTICE: "info"}


def codequality_documents(items: Sequence[Reported]) -> list[Document]:
    """Return an entry for each; a file as a whole is shown at its first line."""
    return [
        {
            "description": f"{item.message}; {item.hint}" if item.hint else item.message,
            "check_name": item.code,
            "fingerprint": item.fingerprint,
            "severity": _SEVERITIES[item.level],
            "location": {"path": item.path, "lines": {"begin": item.line or 1}},
        }
        for item in items
    ]
