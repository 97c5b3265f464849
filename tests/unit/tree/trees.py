"""Small trees to test with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import InvalidTreeError
from reconciler.tree import load_tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from reconciler.model.finding import Finding

VALID: Mapping[str, str] = {
    "reconciler.yaml": "",
    "accounts/le.yaml": "directory_url: https://ca.example/directory\n",
    "roles/web.yaml": "acme_account_name: le\nallowed_domains: [www.example.com]\n",
    "certificates/www.yaml": "role: web\nidentifiers: [www.example.com]\n",
}


def make_tree(root: Path, changes: Mapping[str, str | bytes] | None = None) -> Path:
    """Write the valid tree with some files changed or added."""
    for path, content in {**VALID, **(changes or {})}.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def findings_of(root: Path) -> tuple[Finding, ...]:
    """Return all findings about a tree, warnings included."""
    try:
        return load_tree(root).warnings
    except InvalidTreeError as error:
        return error.findings


def found(root: Path) -> list[str]:
    """Return place and code of all findings."""
    return [f"{finding.location} {finding.code}" for finding in findings_of(root)]
