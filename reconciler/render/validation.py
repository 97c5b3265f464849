"""What `validate` has found, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.finding import Severity
from reconciler.render.documents import Document, document
from reconciler.render.findings import findings_document
from reconciler.render.text import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.desired import Desired
    from reconciler.model.finding import Finding


_NOUNS = {
    "accounts": ("account", "accounts"),
    "roles": ("role", "roles"),
    "certificates": ("certificate", "certificates"),
    "identities": ("identity", "identities"),
    "dns_providers": ("DNS provider", "DNS providers"),
}
_OPTIONAL = ("identities", "dns_providers")


def validation_document(findings: Sequence[Finding], desired: Desired | None = None) -> Document:
    """Return the findings for programs.

    Args:
        findings: all of them, warnings included.
        desired: the tree, where it could be read; its resources are counted.
    """
    return document(
        "validation",
        valid=not any(finding.severity is Severity.ERROR for finding in findings),
        resources=_counts(desired) if desired else None,
        findings=findings_document(findings)["findings"],
    )


def render_valid(desired: Desired) -> str:
    """Return for people that a tree is valid."""
    shown = {kind: number for kind, number in _counts(desired).items() if number or kind not in _OPTIONAL}
    counts = ", ".join(count(number, *_NOUNS[kind]) for kind, number in shown.items())
    return f"The tree is valid: {counts}.\n"


def _counts(desired: Desired) -> dict[str, int]:
    return {
        "accounts": len(desired.accounts),
        "roles": len(desired.roles),
        "certificates": len(desired.certificates),
        "identities": len(desired.identities),
        "dns_providers": len(desired.dns_providers),
    }
