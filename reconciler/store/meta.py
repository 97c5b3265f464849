"""`meta.yaml`: what form the state has, and which one it is."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from reconciler.errors import NewerFormatError
from reconciler.store.records import parse_record, read_record, write_record

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.store.fields import Fields

FORMAT_VERSION = 1


def check_format(path: Path) -> None:
    """See whether this program knows the form of the state.

    Raises:
        NewerFormatError: it was written by a newer one.
    """
    try:
        version = read_record(path, _version)
    except FileNotFoundError:
        return
    _refuse_newer(version, str(path))


def check_format_of(content: bytes, where: str) -> None:
    """See whether this program knows the form of a state that is elsewhere.

    Args:
        content: of its `meta.yaml`.
        where: that is, for messages.

    Raises:
        NewerFormatError: it was written by a newer one.
    """
    _refuse_newer(parse_record(content, where, _version), where)


def _version(fields: Fields) -> int:
    return fields.whole("format_version")


def _refuse_newer(version: int, where: str) -> None:
    if version > FORMAT_VERSION:
        raise NewerFormatError(
            f"{where}: the state has format {version}, written by a newer reconciler; "
            f"this one knows formats up to {FORMAT_VERSION}: update it"
        )


def read_lineage(path: Path) -> str:
    """Return which state it is; nothing where it was never written.

    Raises:
        StateError: the file cannot be read.
    """
    try:
        return read_record(path, lambda fields: fields.text("lineage"))
    except FileNotFoundError:
        return ""


def write_once(path: Path) -> None:
    """Write form and lineage of a new state; that of an old one is left."""
    if not path.exists():
        write_record(path, {"format_version": FORMAT_VERSION, "lineage": str(uuid.uuid4())})
