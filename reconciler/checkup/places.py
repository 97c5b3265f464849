"""The state as a whole: its format, files that have no place in it, links, and what runs have left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.checkup.codes import Code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.checkup.entries import Entry
    from reconciler.checkup.seen import Seen
    from reconciler.model.state_finding import StateFinding

_RECORDS = ("accounts/", "archive/", "certificates/", "orders/")


def check_meta(seen: Seen) -> Iterator[StateFinding]:
    """Yield that nothing says which state this is, though there is one."""
    if not seen.lineage and any(path.startswith(_RECORDS) or path == "events.jsonl" for path in seen.entries):
        message = "nothing says which state this is: `meta.yaml` is missing, or has no `lineage`"
        advice = "put it back from a backup, or from Git: the log begins with it"
        yield seen.found(Code.NO_META, "meta.yaml", message, advice)


def check_files(seen: Seen) -> Iterator[StateFinding]:
    """Yield what has no place in a state."""
    for entry in seen.entries.values():
        if entry.is_link:
            yield _link(seen, entry)
        elif entry.is_temporary:
            message = "a run that was killed has left this file, or one that is under way is just writing it"
            advice = "the next `reconciler apply` removes it; or do it now, if no run is under way"
            yield seen.found(
                Code.TEMPORARY_FILE, entry.path, message, advice, f"rm {seen.quoted(entry.path)}"
            )
        elif not entry.is_folder and not entry.has_a_place:
            message = "no file of this name has a place in a state"
            advice = "look what it is, and move it out of the state"
            yield seen.found(Code.STRAY_FILE, entry.path, message, advice)


def _link(seen: Seen, entry: Entry) -> StateFinding:
    message = "this is a symbolic link: what is written to it may come to lie anywhere, or take its place"
    path = seen.quoted(entry.path)
    is_file = (seen.root / entry.path).is_file()
    command = f"cp -pL {path} {path}.new && mv {path}.new {path}" if is_file else None
    advice = "put what it leads to in its place" if is_file else "put what it leads to in its place, by hand"
    return seen.found(Code.LINK, entry.path, message, advice, command)
