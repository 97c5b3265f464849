"""`trusted_ref`: the name of a protected branch, and nothing that a pull request could turn elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconciler.tree.document import Document

_HINT = "name a protected branch: `origin/main`, or `refs/remotes/origin/main`"
_HASH = r"(?i)[0-9a-f]{40}|[0-9a-f]{64}"
_PSEUDO_REF = r"(?:[A-Z]+_)*HEAD|@"
_REVISION = r"\.\.|@\{|[~^:]"
# What Git allows in no ref (git-check-ref-format).
_NO_REF = r"[\x00-\x20\x7f\s*?\[\\]|//|(?:^|/)\.|\.lock(?:/|$)|^[-/]|[/.]$"


def trusted_ref_problem(ref: str) -> tuple[str, str] | None:
    """Return what is wrong with a trusted ref, and what to do; None if it can be the name of a branch."""
    if re.fullmatch(_PSEUDO_REF, ref):
        reason = "is whatever is checked out: a pull request would be trusted to judge itself"
    elif re.fullmatch(_HASH, ref):
        reason = "is a commit, not a branch: it would never see a change of the policy"
    elif re.search(_REVISION, ref):
        reason = "is an expression for commits, not the name of a branch"
    elif ref.startswith("refs/") and not ref.startswith(("refs/heads/", "refs/remotes/")):
        reason = "is no branch, and more people may be able to make it"
    elif not ref or re.search(_NO_REF, ref):
        reason = "cannot be the name of a branch"
    else:
        return None
    return f"`{ref[:60]}` {reason}", _HINT


def check_trusted_ref(document: Document) -> str | None:
    """Return the trusted ref of the settings; None, with a finding where it is wrong, if there is none."""
    ref: str | None = document.value.get("trusted_ref")
    problem = None if ref is None else trusted_ref_problem(ref)
    if problem is None:
        return ref
    message, hint = problem
    document.source.error("bad-trusted-ref", f"`trusted_ref`: {message}", document.node("trusted_ref"), hint)
    return None


def trusted_ref_of(path: str, data: bytes) -> str | None:
    """Return the trusted ref in a reconciler.yaml or .json as it was at some time; never raises.

    Args:
        path: of the file; its suffix says how it is read.
        data: its content.

    Returns:
        The text as it stands there, right or wrong; None if there is none, or the file cannot be read.
    """
    from reconciler.tree.coerce import to_value  # what they need is slow to import
    from reconciler.tree.document import parse
    from reconciler.tree.files import decode_text
    from reconciler.tree.schema import Kind, schema_of
    from reconciler.tree.source import Source

    source = Source(path)
    root = parse(source) if decode_text(source, data) else None
    fields: dict[str, Any] = to_value(root, schema_of(Kind.SETTINGS).wanted) if root else {}
    ref = fields.get("trusted_ref")
    return ref if isinstance(ref, str) and ref else None
