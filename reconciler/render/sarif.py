"""Findings as SARIF 2.1.0, for code scanning (OASIS, Static Analysis Results Interchange Format)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from reconciler import __version__
from reconciler.render.reported import Level
from reconciler.render.wording.reports import HELP, more_results, rule_text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.render.documents import Document
    from reconciler.render.reported import Reported

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTICE: "note"}
_TOP = "%SRCROOT%"

MOST = 25_000
"""Results of a run: GitHub refuses a file with more."""


def sarif_document(items: Sequence[Reported], command: str) -> Document:
    """Return a log of one run (section 3.13).

    Args:
        items: what was found.
        command: what has found it: the results of two commands do not replace each other.
    """
    items, left = items[:MOST], len(items) - MOST
    codes = sorted({each.code for each in items})
    driver = {
        "name": "reconciler",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(code) for code in codes],
    }
    run: Document = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"reconciler/{command}/"},
        "originalUriBaseIds": {_TOP: {"description": {"text": "The top of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, codes.index(each.code)) for each in items],
    }
    if left > 0:
        notice = {"level": "warning", "message": {"text": more_results(left)}}
        run["invocations"] = [{"executionSuccessful": True, "toolExecutionNotifications": [notice]}]
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> Document:
    text = {"text": rule_text_of(code)}
    return {"id": code, "shortDescription": text, "fullDescription": text, "help": {"text": HELP}}


def _result(item: Reported, rule: int) -> Document:
    artifact = {"uri": quote(item.path), "uriBaseId": _TOP}
    return {
        "ruleId": item.code,
        "ruleIndex": rule,
        "level": _LEVELS[item.level],
        "message": {"text": _message(item.text)},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": _region(item)}}],
        "partialFingerprints": {"reconcilerFinding/v1": item.fingerprint},
    }


def _message(text: str) -> str:
    """Return a text in which nothing is a placeholder (section 3.11.5) or a link (3.11.6)."""
    return text.replace("{", "{{").replace("}", "}}").replace("](", "] (")


def _region(item: Reported) -> Document:
    """Return the place; a file as a whole is shown at its first line, as there has to be one."""
    if not item.line:
        return {"startLine": 1}
    if not item.column:
        return {"startLine": item.line}
    return {"startLine": item.line, "startColumn": item.column, "endColumn": item.column + item.length}
