"""The words for a plan that holds nothing."""

from __future__ import annotations


def no_changes(unchanged: int) -> str:
    """Return the whole of a plan that holds nothing."""
    certificates, them = ("certificate is", "it") if unchanged == 1 else ("certificates are", "them")
    return f"No changes. {unchanged} {certificates} as the tree wants {them}."
