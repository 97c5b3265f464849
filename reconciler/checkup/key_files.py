"""Who can read the private keys, and in which form they are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.checkup.codes import Code
from reconciler.checkup.seen import APPLY
from reconciler.errors import StateError
from reconciler.model.state_finding import Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.checkup.entries import Entry
    from reconciler.checkup.seen import Seen
    from reconciler.model.state_finding import StateFinding

_OTHERS = 0o077


def check_rights(seen: Seen) -> Iterator[StateFinding]:
    """Yield the keys, and the folders of keys, that somebody else can read, or that are somebody else's."""
    keys = [each for each in seen.entries.values() if each.is_key]
    folders = {each.folder for each in keys if each.is_key_in_clear}
    for entry in (*keys, *(seen.entries[each] for each in sorted(folders) if each)):
        # Encrypted keys are for Git as well, and a checkout gives them its own rights.
        if entry.mode & _OTHERS and (entry.is_folder or entry.is_key_in_clear):
            yield _exposed(seen, entry)
        if entry.owner != seen.owner:
            message = f"this belongs to another user (number {entry.owner}) than the state directory"
            advice = "give it to the user who runs apply, whom the state directory belongs to"
            command = f"chown {seen.owner} {seen.quoted(entry.path)}"
            yield seen.found(Code.OTHER_OWNER, entry.path, message, advice, command)
        if entry.links > 1 and not entry.is_folder:
            message = f"this key has {entry.links - 1} more name, in this folder or in another one"
            path = seen.quoted(entry.path)
            advice = (
                "find the other name (`find -samefile`), see who can read it, and make this a file of its own"
            )
            command = f"cp -p {path} {path}.new && mv {path}.new {path}"
            yield seen.found(Code.HARD_LINK, entry.path, message, advice, command)


def _exposed(seen: Seen, entry: Entry) -> StateFinding:
    mode = f"{entry.mode & 0o777:04o}"
    right = "700" if entry.is_folder else "600"
    what = (
        "others can look into this folder of private keys" if entry.is_folder else "others can read this key"
    )
    advice = "see who could read it since: a key that was read is to be replaced; take the rights away"
    command = f"chmod {right} {seen.quoted(entry.path)}"
    return seen.found(Code.READABLE_BY_OTHERS, entry.path, f"{what} (mode {mode})", advice, command)


def check_forms(seen: Seen) -> Iterator[StateFinding]:
    """Yield the keys that are there in two forms, or in clear where they are to be encrypted."""
    known = seen.encryption
    is_unfinished = known.next_recipients is not None
    if is_unfinished:
        message = "keys are being encrypted anew, and a run came to no end"
        yield seen.by_apply(
            Code.ENCRYPTION_UNFINISHED, "encryption.yaml", message, "goes on with it", field="next_recipients"
        )
    for entry in seen.entries.values():
        if not entry.is_key_in_clear or entry.is_temporary or entry.path.startswith("challenges/"):
            continue
        if f"{entry.path}.age" in seen.entries:
            yield _two_forms(seen, entry, is_unfinished=is_unfinished)
        elif known.recipients:
            yield _in_clear(seen, entry, is_unfinished=is_unfinished)


def _in_clear(seen: Seen, entry: Entry, *, is_unfinished: bool) -> StateFinding:
    message = "this key is in clear, and `encryption.yaml` says that keys are encrypted"
    if is_unfinished or not seen.wants_encryption:
        return seen.by_apply(
            Code.KEY_IN_CLEAR, entry.path, message, "brings all keys into the form of the settings"
        )
    if entry.path.startswith("archive/"):
        advice = (
            "encrypt it (`age -r RECIPIENT -o FILE.pem.age FILE.pem`) and remove it, or move it elsewhere"
        )
        return seen.found(Code.KEY_IN_CLEAR, entry.path, message, advice)
    advice = "see who could read it; the next `reconciler apply` encrypts it"
    return seen.found(Code.KEY_IN_CLEAR, entry.path, message, advice, APPLY)


def _two_forms(seen: Seen, entry: Entry, *, is_unfinished: bool) -> StateFinding:
    encrypted = f"{entry.path}.age"
    message = "this key is there encrypted as well"
    one, other = seen.key(entry.path), seen.key(encrypted)
    if one is not None and other is not None and not _is_same(one, other):
        return seen.found(
            Code.KEY_IN_TWO_FORMS,
            entry.path,
            f"{seen.shown(encrypted)} beside this is another key",
            "move away the one that is not used: `reconciler apply` changes neither",
        )
    by_itself = seen.wants_encryption and not entry.path.startswith("archive/")
    if is_unfinished or by_itself:
        return seen.by_apply(
            Code.KEY_IN_TWO_FORMS, entry.path, message, "removes the form that the settings do not want"
        )
    unwanted = entry.path if seen.wants_encryption else encrypted
    advice = "remove the form that the settings do not want, once you have seen that the other can be read"
    command = f"rm {seen.quoted(unwanted)}" if one is not None and other is not None else None
    return seen.found(Code.KEY_IN_TWO_FORMS, entry.path, message, advice, command, level=Level.WARNING)


def _is_same(one: bytes, other: bytes) -> bool:
    from reconciler import pki

    try:
        return one == other or pki.same_key(one, other)
    except StateError:
        return False


def check_looked_at(seen: Seen) -> Iterator[StateFinding]:
    """Yield, once, that there are keys which nobody could look into."""
    if seen.unread_keys:
        path, why = min(seen.unread_keys.items())
        number = len(seen.unread_keys)
        keys = "1 key was" if number == 1 else f"{number} keys were"
        message = f"{keys} not looked into: {why}"
        advice = "to have them checked as well, give the identity in RECONCILER_AGE_IDENTITY_FILE"
        yield seen.found(Code.KEYS_NOT_LOOKED_AT, path, message, advice)
