"""The words for what is left out of a document that would become too long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render.text import count

if TYPE_CHECKING:
    from collections.abc import Mapping

MORE = "the reports `text` and `json` have all of them"


def cut_text(missing: Mapping[str, int], shortened: Mapping[str, int]) -> str:
    """Return how many entries are not shown, and of how many only a part, by their nouns."""
    says = (("not shown", missing), ("shortened", shortened))
    parts = [f"{word}: {_counted(numbers)}" for word, numbers in says if numbers]
    return f"Cut, as this would be too long for a comment; {'; '.join(parts)}. {MORE.capitalize()}."


def _counted(numbers: Mapping[str, int]) -> str:
    return ", ".join(count(number, noun) for noun, number in numbers.items())
