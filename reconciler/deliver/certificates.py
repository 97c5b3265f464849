"""Writing certificates where servers read them, and seeing whether they are still what was issued."""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from reconciler import files
from reconciler.deliver.rules import DEFAULT_RULES, PRIVATE_KEY, Rules
from reconciler.errors import DeliveryError
from reconciler.file_errors import why
from reconciler.links import find_link, refuse_links
from reconciler.model.certificate import CERTIFICATE_FILES
from reconciler.model.observed import NO_CHANGES, FileChanges

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping
    from pathlib import Path

    from reconciler.model.permissions import WrongPermission


def deliver(
    folder: Path,
    contents: Mapping[str, bytes],
    superseded: Mapping[str, str] | None = None,
    rules: Rules = DEFAULT_RULES,
) -> None:
    """Write the files of one certificate into `folder`, the key before the certificates that need it.

    Nothing is written through a link; and one that is in the place of a file stays there: it is somebody's.

    Args:
        folder: made where it is not there.
        contents: by name; those out of `CERTIFICATE_FILES` that the certificate has.
        superseded: files that were written here before and that the certificate does not have, and the
            SHA-256 (hex) of each. They are removed once the others are in their places: a private key must
            not lie beside a certificate that it does not fit. What is no longer what was written is somebody
            else's, and is left alone.
        rules: who may read them, and where no link may be.

    Raises:
        DeliveryError: a file could not be written or removed; those whose turn had not come are as they were.
            Or all are written, and the file system has not kept who may read them.
    """
    names = [name for name in CERTIFICATE_FILES if name in contents]
    owner, group = rules.numbers
    try:
        refuse_links(folder, rules.top or folder.parent)
        for name in names:
            refuse_links(folder / name, folder)
        rules.prepare(folder)
        written = {name: (contents[name], rules.mode(name)) for name in names}
        files.write_files(folder, written, owner=owner, group=group)
        for name in _still_there(folder, superseded or {}):
            files.remove_file(folder / name)
        wrong = next(_not_kept(folder, names, rules), None)
    except OSError as error:
        raise DeliveryError(f"{error.filename or folder}: cannot be written: {_why(error, rules)}") from error
    if wrong is not None:
        raise DeliveryError(
            f"{folder / wrong.file}: its {wrong.what} is {wrong.found}, though {wrong.wanted} was set: this "
            "file system does not keep it; deliver to another, or let `output_permissions` say what it has"
        )


def _not_kept(folder: Path, names: Iterable[str], rules: Rules) -> Iterator[WrongPermission]:
    """Yield what files have otherwise than they were given: some file systems know no owners and no modes."""
    is_strict = rules.permissions != DEFAULT_RULES.permissions
    for name in names:
        if is_strict or name == PRIVATE_KEY:
            yield from rules.wrong(name, (folder / name).lstat())
    if is_strict:
        yield from rules.wrong_folder(folder)


def _why(error: OSError, rules: Rules) -> str:
    said = rules.permissions
    if error.errno == errno.EPERM and (said.owner, said.group) != (None, None):
        whom = ":".join(each or "" for each in (said.owner, said.group))
        return (
            f"it cannot be given to {whom} (`output_permissions`): only root may give files away, and others "
            "only to a group that they are in"
        )
    return why(error)


def find_links(
    output: Path, names: Iterable[str], rules: Rules = DEFAULT_RULES, read: Container[str] = ()
) -> dict[str, str]:
    """Return the link that is in the way of each certificate that cannot be delivered for that.

    Args:
        output: the folder for certificates.
        names: of the certificates.
        rules: where no link may be.
        read: the certificates whose files have been read, so that none of these is a link.
    """
    found: dict[str, str] = {}
    above: dict[str, str | None] = {}
    for name in names:
        outer = name.rpartition("/")[0]
        if outer not in above:
            with suppress(OSError):
                above[outer] = find_link(output / outer, rules.top or output)
        link = above.get(outer) or _link_in(f"{output}/{name}", with_files=name not in read)
        if link is not None:
            found[name] = link
    return found


def _link_in(folder: str, *, with_files: bool) -> str | None:
    """Return a link that is the folder of a certificate, or in the place of one of its files."""
    if os.path.islink(folder):  # noqa: PTH114 - there are many
        return folder
    if not with_files:
        return None
    try:
        entries = os.scandir(folder)
    except OSError:
        return None
    with entries:
        return next(
            (each.path for each in entries if each.name in CERTIFICATE_FILES and each.is_symlink()), None
        )


def digests(contents: Mapping[str, bytes]) -> dict[str, str]:
    """Return the SHA-256 (hex) of each file, as records have it."""
    return {
        name: hashlib.sha256(contents[name]).hexdigest() for name in CERTIFICATE_FILES if name in contents
    }


def file_changes(
    folder: str | Path,
    expected: Mapping[str, str],
    superseded: Mapping[str, str] | None = None,
    rules: Rules = DEFAULT_RULES,
) -> FileChanges:
    """Return how the files in `folder` differ from what they should be.

    Args:
        folder: need not exist.
        expected: the SHA-256 (hex) of each file, by name.
        superseded: likewise of files that should be there no more, see `deliver`.
        rules: who may read them; a private key that others may read without any is wrong as well.

    Raises:
        DeliveryError: a file may not be read, so that nobody can say whether it is right.
    """
    missing: list[str] = []
    altered: list[str] = []
    wrong: list[WrongPermission] = []
    is_strict = rules.permissions != DEFAULT_RULES.permissions
    for name, digest in expected.items():
        path = f"{folder}/{name}"
        try:
            content, about = files.look_at(path)
        except FileNotFoundError:
            missing.append(name)
        except PermissionError as error:
            raise DeliveryError(
                f"{path}: cannot be read: {error.strerror}; run this as the user who runs apply"
            ) from error
        except OSError:
            altered.append(name)
        else:
            if is_strict or name == PRIVATE_KEY:
                wrong += rules.wrong(name, about)
            if hashlib.sha256(content).hexdigest() != digest:
                altered.append(name)
    if is_strict and len(missing) < len(expected):
        with suppress(OSError):
            wrong += rules.wrong_folder(folder)
    left = tuple(_still_there(folder, superseded)) if superseded else ()
    if not (missing or altered or left or wrong):
        return NO_CHANGES
    return FileChanges(tuple(missing), tuple(altered), left, tuple(wrong))


def _still_there(folder: str | Path, superseded: Mapping[str, str]) -> Iterator[str]:
    """Yield the names of those that are what was once written."""
    for name in CERTIFICATE_FILES:
        with suppress(OSError):
            if name in superseded:
                digest = hashlib.sha256(files.look_at(f"{folder}/{name}")[0]).hexdigest()
                if digest == superseded[name]:
                    yield name
