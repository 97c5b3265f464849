"""Reading one file of the tree: bytes that nobody has vouched for in, text or a finding out."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from reconciler.files import read_regular
from reconciler.tree.nodes import Place
from reconciler.tree.source import LINE_BREAK

if TYPE_CHECKING:
    from reconciler.tree.source import Source

MAX_BYTES = 1 << 20

# Besides C0 and C1: what YAML 1.1 alone takes for a line break, what reorders the line on a reviewer's screen
# (CVE-2021-42574), and surrogates and noncharacters, which are no text.
_CONTROL = (
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
    "\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
# The part of it that a text in ASCII can have: to compile the whole takes as long as to read twenty files.
_CONTROL_IN_ASCII = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

_PLAIN = bytes((*b"\t\n\r", *range(0x20, 0x7F)))


def read_text(source: Source, path: str) -> bool:
    """Read the file at `path` into `source.text`.

    Never blocks, follows no link, and reads no more than 1 MiB.

    Returns:
        Whether there is a text; if not, a finding says why.
    """
    try:
        data = read_regular(path, MAX_BYTES, follow_links=False)
    except OSError as error:
        source.error("unreadable", f"the file cannot be read: {error.strerror or error}")
        return False
    if data is None:
        source.error(
            "not-a-file", "not a regular file", hint="a resource is a file, not a pipe, device or socket"
        )
        return False
    return decode_text(source, data)


def decode_text(source: Source, data: bytes) -> bool:
    """Take the content of a file as `source.text`.

    Returns:
        Whether it is a text; if not, a finding says why.
    """
    if len(data) > MAX_BYTES:
        source.error("too-large", "the file is larger than 1 MiB and was not read", hint="split it")
        return False
    if not data.translate(None, _PLAIN):  # nearly every file; what follows takes ten times as long
        source.text = data.decode("ascii")
        return True
    return _decode(source, data) and _has_no_control_characters(source)


def _decode(source: Source, data: bytes) -> bool:
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        source.text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = LINE_BREAK.split(data[: error.start].decode("utf-8"))
        source.text = data.decode("utf-8", errors="replace")
        utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        source.error(
            "not-utf-8",
            f"the file is not UTF-8: byte 0x{data[error.start]:02x} at offset {error.start}",
            Place(len(before), len(before[-1]) + 1),
            hint="it looks like UTF-16; save it as UTF-8" if utf16 else "save the file as UTF-8",
        )
        return False
    return True


def _has_no_control_characters(source: Source) -> bool:
    match = control_character(source.text)
    if match is None:
        return True
    before = LINE_BREAK.split(source.text[: match.start()])
    source.error(
        "control-character",
        f"the control character U+{ord(match[0]):04X}",
        Place(len(before), len(before[-1]) + 1),
        hint="remove it; nothing in this file needs it",
    )
    return False


def control_character(text: str) -> re.Match[str] | None:
    """Return where the first character is that has no place in a text; None if there is none."""
    return _CONTROL_IN_ASCII.search(text) if text.isascii() else re.search(_CONTROL, text)
