"""A document that must not be longer than somebody takes: whole entries are left out, and counted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.render.markdown import size

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_ROOM_FOR_NOTE = 500
_SHARE = 16


class Block(Struct, frozen=True):
    """A part of a document.

    Attributes:
        noun: what an entry is, in the singular.
        entries: each in one or several forms, the longest first. Where there is another one, a form that
            takes more than a sixteenth of the document is not used: one name must not crowd out all others.
        opening: stands before the first entry that is shown; left out where none is.
        closing: stands after the last one.
    """

    noun: str
    entries: Sequence[tuple[str, ...]]
    opening: str = ""
    closing: str = ""


def fit(
    head: str,
    blocks: Sequence[Block],
    tail: str,
    limit: int,
    note: Callable[[Mapping[str, int], Mapping[str, int]], str],
) -> str:
    """Return a document of at most `limit` bytes.

    Args:
        head: its beginning, which is always there.
        blocks: what comes then; each may take half of what is left, and more where the later ones leave it.
        tail: its end, which is always there.
        limit: how long it may become.
        note: says, in at most 500 bytes, how many entries are not shown, and how many not in their longest
            form, by their nouns; it comes before the tail.
    """
    room = limit - size(head) - size(tail) - _ROOM_FOR_NOTE
    parts, missing, shortened = [head], Counter[str](), Counter[str]()
    later = sum(map(_longest, blocks))
    for block in blocks:
        later -= _longest(block)
        share = max(room // 2, room - later)
        rest = share - size(block.opening) - size(block.closing)
        shown: list[str] = []
        for forms in block.entries:
            form = _fitting(forms, rest, limit // _SHARE)
            if form is None:
                missing[block.noun] += 1
                continue
            rest -= size(form)
            shown.append(form)
            shortened[block.noun] += form is not forms[0]
        if shown:
            room -= share - rest
            parts += [block.opening, *shown, block.closing]
    if missing or any(shortened.values()):
        parts.append(note(missing, +shortened))
    return "".join([*parts, tail])


def _longest(block: Block) -> int:
    return size(block.opening) + size(block.closing) + sum(size(forms[0]) for forms in block.entries)


def _fitting(forms: tuple[str, ...], room: int, share: int) -> str | None:
    *longer, shortest = forms
    for form in longer:
        if size(form) <= min(room, share):
            return form
    return shortest if size(shortest) <= room else None
