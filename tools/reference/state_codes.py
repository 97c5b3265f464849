"""What `reconciler state check` can find, read from its table of codes."""

from __future__ import annotations

from reconciler.checkup.codes import MEANINGS
from tools.reference.tables import table


def code_table() -> str:
    """Return a row for each code."""
    rows = [
        (f"`{code}`", ", ".join(str(level) for level in levels), meaning)
        for code, (levels, meaning) in MEANINGS.items()
    ]
    return table(("Code", "Severity", "Meaning"), rows)
