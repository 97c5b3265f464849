"""The shared files as they are on this machine, and bringing them to what was merged."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import TYPE_CHECKING

from reconciler import files
from reconciler.errors import StateError
from reconciler.file_errors import why
from reconciler.model.certificate import PUBLIC_FILES
from reconciler.provenance.objects import object_id
from reconciler.sharing.layout import (
    CLAIMS,
    OUTPUT,
    STATE,
    has_key_in_clear,
    is_key_by_name,
    is_secret,
    is_shared,
)
from reconciler.sharing.records import delivered_files
from reconciler.store.records import unless_absent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from reconciler.sharing.place import Place


def read_state(place: Place) -> dict[str, str]:
    """Return the hashes of the state's files on this machine that are shared, claims not among them.

    Raises:
        StateError: one cannot be read.
    """
    return {path: _hash(place, path, about) for path, about in _paths(place) if is_shared(path)}


def read(place: Place, path: str) -> bytes:
    """Return the content of a shared file on this machine.

    Raises:
        StateError: it cannot be read.
    """
    try:
        # The log grows without a bound: this is not `files.read_file`.
        return place.on_disk(path).read_bytes()
    except OSError as error:
        raise StateError(f"{place.on_disk(path)}: cannot be read: {why(error)}") from error


def read_output(place: Place, records: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the delivered files that are what the record of their certificate says, by their shared names.

    Args:
        place: of the tree.
        records: of the certificates, by their names.
    """
    for name, record in records.items() if place.output else ():
        for file, digest in delivered_files(record).items():
            path = f"{OUTPUT}{name}/{file}"
            if file not in PUBLIC_FILES:  # the private key is never shared
                continue
            try:
                content = files.read_file(place.on_disk(path), follow_links=False)
            except OSError:
                continue  # the plan delivers it again
            if hashlib.sha256(content).hexdigest() == digest:
                yield path, content


def refuse_keys_in_clear(place: Place, contents: Mapping[str, bytes]) -> None:
    """See that no private key in clear is about to be committed: by the names of files, and by their content.

    Args:
        place: of the tree.
        contents: what is to be committed, by shared name.

    Raises:
        StateError: there is one.
    """
    keys = [path for path, each in contents.items() if is_key_by_name(path) or has_key_in_clear(each)]
    if keys:
        shown = ", ".join(str(place.on_disk(path)) for path in keys[:3])
        more = f" and {len(keys) - 3} more" if len(keys) > 3 else ""
        raise StateError(
            f"{shown}{more}: a private key in clear does not go into Git, and nothing was pushed; encrypt it "
            "(`encryption` in reconciler.yaml), or take it away"
        )


def bring(place: Place, before: Mapping[str, str], after: Mapping[str, bytes | None]) -> None:
    """Write, or with None remove, files of the state: keys first, so that no record is without its key.

    Args:
        place: of the tree.
        before: what lies there, as `read_state` has read it.
        after: what is to be there by shared name; None: nothing.

    Raises:
        StateError: something cannot be written, or would be written through a link.
    """

    def turn(path: str) -> tuple[bool, bool, str]:
        return after[path] is None, not is_secret(path), path

    for path in sorted(after, key=turn):
        content, target = after[path], place.on_disk(path)
        if content is not None and before.get(path) == object_id(content):
            continue
        try:
            _refuse_links(place, path)
            if content is None:
                _remove(target, place.git.top / place.state)
            elif is_secret(path):
                files.make_private_folder(target.parent)
                files.write_file(target, content, files.PRIVATE_FILE)
            else:
                files.make_folder(target.parent)
                files.write_file(target, content)
        except OSError as error:
            raise StateError(f"{target}: cannot be written: {why(error)}") from error


def read_claims(place: Place) -> dict[str, str]:
    """Return the hashes of the claims on this machine."""
    return {path: _hash(place, path, about) for path, about in _paths(place) if path.startswith(CLAIMS)}


def _hash(place: Place, path: str, about: os.stat_result) -> str:
    """Return the hash of a file. All that writes puts another file in its place, or adds to it."""
    told = (about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns)
    known = place.seen.get(path)
    if known is None or known[0] != told:
        known = place.seen[path] = told, object_id(read(place, path))
    return known[1]


def _paths(place: Place) -> Iterator[tuple[str, os.stat_result]]:
    top = place.git.top / place.state
    for folder, _, names in os.walk(top, onerror=unless_absent):
        inner = "" if folder == os.fspath(top).rstrip("/") else f"{os.path.relpath(folder, top)}/"
        for name in names:
            about = os.lstat(f"{folder}/{name}")
            if stat.S_ISREG(about.st_mode):
                yield f"{STATE}{inner}{name}", about


def _refuse_links(place: Place, path: str) -> None:
    """What others have pushed must not be written anywhere but below the state."""
    if not files.is_inner_path(path):
        raise StateError(f"{path!r} is no name of a file in a state")
    folder = place.on_disk(path).parent
    while folder != place.git.top:
        if folder.is_symlink():
            raise StateError(f"{folder} is a link: a state that is shared has none")
        folder = folder.parent


def _remove(target: Path, top: Path) -> None:
    target.unlink(missing_ok=True)
    folder = target.parent
    while folder != top and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
    if folder.is_dir():
        files.sync_folder(folder)
