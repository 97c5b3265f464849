"""Texts as they are meant to be, each in a file: their lines are longer than those of a program.

What has changed on purpose is written anew with `RENEW_GOLDEN=1` in the environment; then look at the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

_FOLDER = Path(__file__).parent / "golden"


def golden(name: str) -> str:
    """Return the text that a renderer is to return."""
    return (_FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def check_golden(name: str, text: str) -> None:
    """Fail unless a text is, byte for byte, the one in the file of this name (with suffix)."""
    path = _FOLDER / name
    if os.environ.get("RENEW_GOLDEN"):
        path.write_bytes(text.encode())
    assert text.encode() == path.read_bytes()
