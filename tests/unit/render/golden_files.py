"""Texts as they are meant to be, each in a file: their lines are longer than those of a program."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent / "golden"


def golden(name: str) -> str:
    """Return the text that a renderer is to return."""
    return (_FOLDER / f"{name}.txt").read_text(encoding="utf-8")
