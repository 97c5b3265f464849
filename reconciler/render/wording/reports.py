"""The words of reports for programs, beside those of the findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render.text import count

if TYPE_CHECKING:
    from collections.abc import Mapping

_RULES = {
    "account-changed": "A role would order through another account; that has to be said explicitly.",
    "account-moved": "An account is registered at one CA, and cannot move to another.",
    "challenge-not-allowed": "The role does not allow this challenge type.",
    "denied": "The role does not allow this name or address.",
    "key-type-not-allowed": "The role does not allow this kind of key.",
    "limit-empty-tree": "The tree asks for no certificate, and all would be forgotten.",
    "limit-max-changes": "The plan changes more certificates than max_changes allows.",
    "limit-max-forget": "The plan forgets more certificates than max_forget allows.",
    "limit-max-replace": "The plan replaces more certificates than max_replace allows.",
    "no-tree": "There is no tree here.",
    "private-key": "A private key stands in the tree.",
    "profile-not-allowed": "The role does not allow this profile.",
    "record-flawed": "A record of the state cannot be read.",
    "role-in-use": "A role is gone while orders of it are under way.",
    "role-not-merged": "The protected branch does not have this role yet.",
    "run-failed": "The run has ended in an error: there is no plan.",
    "too-many-identifiers": "The role allows fewer identifiers a certificate.",
}

HELP = "`reconciler plan` and `reconciler validate` show the line, and what to do about it."


def rule_text_of(code: str) -> str:
    """Return what findings of a code say in general."""
    words = code.removeprefix("preflight-").replace("-", " ")
    general = (
        "What was looked at before an order" if code.startswith("preflight-") else "The tree is not right"
    )
    return _RULES.get(code, f"{general}: {words}.")


def annotation_title(code: str) -> str:
    """Return what stands above an annotation."""
    return f"reconciler: {code}"


def more_annotations(left: Mapping[str, int]) -> str:
    """Return how many annotations there was no room for, by level."""
    counted = ", ".join(count(number, f"more {level}") for level, number in left.items())
    return f"{counted}: a step shows no more than 10 of each; another report has all of them"


def more_results(number: int) -> str:
    """Return how many findings a file for code scanning does not have."""
    more = count(number, "more finding")
    return f"{more}: GitHub takes no file with more results; another report has all of them"


def shortened(text: str, length: int) -> str:
    """Return a text of at most about that length, which says how much of it is missing."""
    return text if len(text) <= length else f"{text[:length]}... ({len(text) - length} more characters)"


def failure_text(number: int) -> str:
    """Return in short what is wrong with a certificate."""
    return count(number, "error")
