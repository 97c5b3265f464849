"""The output folder: is what was delivered still there, and does it fit together?"""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from typing import TYPE_CHECKING

from reconciler import files, pki
from reconciler.checkup.codes import Code
from reconciler.checkup.seen import APPLY
from reconciler.deliver.certificates import file_changes
from reconciler.deliver.rules import PRIVATE_KEY
from reconciler.errors import DeliveryError, StateError
from reconciler.model.certificate import CERTIFICATE_FILES
from reconciler.model.state_finding import Level, StateFinding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reconciler.checkup.seen import Seen
    from reconciler.model.certificate import Certificate
    from reconciler.model.permissions import WrongPermission

_AGAIN = "writes it again"


def check_delivered(seen: Seen, certificate: Certificate) -> Iterator[StateFinding]:
    """Yield how the delivered files of a certificate differ from what was delivered."""
    if certificate.revocation is not None:
        return  # it is not delivered again
    folder = seen.output / certificate.name
    try:
        changes = file_changes(folder, certificate.files, certificate.superseded_files, seen.rules)
    except DeliveryError as error:
        message = str(error).removeprefix(f"{folder}/")
        yield _found(Code.NOT_AS_DELIVERED, folder, message, "see to it that it can be read")
        return
    # In a clone of a state that lives in Git the key alone is never there.
    missing = () if seen.wants_encryption and changes.missing == (PRIVATE_KEY,) else changes.missing
    for name in missing:
        yield _by_apply(Code.NOT_AS_DELIVERED, folder / name, "this file is missing", _AGAIN)
    for name in changes.altered:
        message = "this is not what was delivered"
        yield _by_apply(Code.NOT_AS_DELIVERED, folder / name, message, _AGAIN)
    for wrong in changes.permissions:
        yield _wrong_permission(folder, wrong)
    for name in changes.superseded:
        message = "this is of a certificate before, and the one in force has no such file"
        yield _by_apply(Code.NOT_AS_DELIVERED, folder / name, message, "removes it")
    if changes.altered and not _fit(folder):
        message = "this key does not fit cert.pem beside it: a server cannot start with them"
        yield _by_apply(Code.DELIVERED_DO_NOT_FIT, folder / PRIVATE_KEY, message, _AGAIN)


def check_output(seen: Seen) -> Iterator[StateFinding]:
    """Yield the folders of certificates that nothing knows."""
    known = {*seen.certificates, *(order.certificate_name for order in seen.orders.values())}
    top = os.fspath(seen.output)
    for path, folders, names in os.walk(top):
        folders.sort()
        for name in sorted(names):
            if name.startswith(".") and name.removeprefix(".").removesuffix(".tmp") in CERTIFICATE_FILES:
                file = seen.output / os.path.relpath(path, top) / name
                message = "a run that was killed has left this file"
                advice = "remove it, while no run is under way"
                command = f"rm {shlex.quote(str(file))}"
                yield _found(Code.TEMPORARY_FILE, file, message, advice, command)
        name = os.path.relpath(path, top)
        if name in known or seen.is_flawed(f"certificates/{name}.yaml"):
            continue
        if {"cert.pem", "fullchain.pem"} & set(names):
            message = "the state knows no certificate of this name: it was forgotten, or never issued here"
            advice = "move the folder away once no server reads it"
            yield _found(Code.UNKNOWN_DELIVERY, seen.output / name, message, advice)


def _found(
    code: Code, path: Path, message: str, advice: str, command: str | None = None, level: Level = Level.NOTE
) -> StateFinding:
    return StateFinding(code, level, str(path), 0, message, advice, command)


def _by_apply(code: Code, path: Path, message: str, does: str) -> StateFinding:
    return _found(code, path, message, f"the next `{APPLY}` {does}", APPLY)


def _wrong_permission(folder: Path, wrong: WrongPermission) -> StateFinding:
    message = f"its {wrong.what} is {wrong.found}, and {wrong.wanted} is wanted"
    if (wrong.file, wrong.what) == (PRIVATE_KEY, "mode"):
        advice = f"see who could read it since; the next `{APPLY}` {_AGAIN}, with the right mode"
        path = folder / wrong.file
        return _found(Code.DELIVERED_KEY_EXPOSED, path, message, advice, APPLY, Level.WARNING)
    return _by_apply(Code.NOT_AS_DELIVERED, folder / wrong.file, message, "sets it")


def _fit(folder: Path) -> bool:
    """Say whether the delivered key is that of the delivered certificate; so it is where one is not there."""
    with suppress(OSError):
        try:
            key = pki.load_key(files.read_file(folder / PRIVATE_KEY)).public_key()
            return pki.is_certificate_of(files.read_file(folder / "cert.pem"), key)
        except StateError:
            return False
    return True
