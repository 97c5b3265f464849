"""http-01 by a file in a folder that a web server serves (RFC 8555 section 8.3)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from reconciler import files
from reconciler.challenges.one_by_one import failures_of
from reconciler.challenges.port import Fulfiller
from reconciler.challenges.tokens import check_instruction
from reconciler.errors import ChallengeError
from reconciler.file_errors import why
from reconciler.links import refuse_links, top_of
from reconciler.orders.instructions import WELL_KNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reconciler.model.instruction import Instruction


class Webroot(Fulfiller):
    """Files in `folder/.well-known/acme-challenge`, readable by the web server."""

    def __init__(self, folder: Path, top: Path | None = None) -> None:
        """Use `folder`, which has to exist: who mistypes it should hear of it, not serve another.

        Args:
            folder: of the web server.
            top: the folder below which no link is followed; None: links are followed.
        """
        self._folder = folder
        self._top = top

    def present(self, instruction: Instruction) -> None:
        """Write the file."""
        _check_is_folder(self._folder)
        path = self._path(instruction)
        _refuse_links(path.parent, self._top)
        try:
            files.make_folder(path.parent)
            # Orders may share a token, and so this file; whoever looks must find it whole.
            _write(path, instruction.key_authorization.encode(), path.with_name(_temporary(instruction)))
        except OSError as error:
            raise ChallengeError(f"{path}: cannot be written: {why(error)}") from error

    def missing(self, instruction: Instruction) -> str | None:
        """Say whether the file is in its place: what the web server makes of it, only the CA can see."""
        path = self._path(instruction)
        try:
            is_there = files.read_file(path) == instruction.key_authorization.encode()
        except OSError:
            is_there = False
        return None if is_there else f"the file {path} is not there, or is another"

    def lives_here(self, instruction: Instruction) -> bool:  # noqa: ARG002 - the port has it
        """It outlives this process."""
        return False

    def clean_up(self, instructions: Sequence[Instruction]) -> dict[Instruction, ChallengeError]:
        """Remove the files."""
        return failures_of(instructions, self._remove)

    def close(self) -> None:
        """Do nothing: the web server is somebody else's."""

    def _remove(self, instruction: Instruction) -> None:
        path = self._path(instruction)
        _refuse_links(path.parent, self._top)
        try:
            path.unlink(missing_ok=True)
            path.with_name(_temporary(instruction)).unlink(missing_ok=True)
        except OSError as error:
            raise ChallengeError(f"{path}: cannot be removed: {why(error)}") from error

    def _path(self, instruction: Instruction) -> Path:
        check_instruction(instruction)
        return self._folder / WELL_KNOWN / instruction.token


def top_of_webroot(root: Path, setting: str) -> Path | None:
    """Return the folder below which no link is followed; None where they are followed.

    Git may put links into a tree; those of a webroot elsewhere are its administrator's.
    """
    top = top_of(root, setting)
    return None if top == root / setting else top


def check_webroot(folder: Path, top: Path | None = None) -> None:
    """See whether files can be put into a webroot, without doing it.

    Args:
        folder: of the web server.
        top: the folder below which no link is followed; None: links are followed.

    Raises:
        ChallengeError: they cannot; says where and why.
    """
    _check_is_folder(folder)
    _refuse_links(folder / WELL_KNOWN, top)
    place = folder / WELL_KNOWN
    while not (place.exists() or place.is_symlink()):  # what is not there would be made
        place = place.parent
    if not place.is_dir():
        raise ChallengeError(f"{place}: is no folder; take it away, or use another webroot")
    if not os.access(place, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        raise ChallengeError(f"{place}: cannot be written by the user that this program runs as")


def _refuse_links(path: Path, top: Path | None) -> None:
    try:
        if top is not None:
            refuse_links(path, top)
    except OSError as error:
        raise ChallengeError(f"{path}: cannot be written: {why(error)}") from error


def _check_is_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise ChallengeError(
            f"the webroot {folder} is no folder; make it, or correct "
            "`challenges: {http-01: {webroot: ...}}`"
        )


def _temporary(instruction: Instruction) -> str:
    # What a killed run has left is written over by the next.
    return f".{instruction.order_id}"


def _write(path: Path, content: bytes, temporary: Path) -> None:
    """Put a file in its place, in one go; what the power takes away is written again by the next run."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(temporary, flags), "wb") as file:
        os.fchmod(file.fileno(), files.PUBLIC_FILE)
        file.write(content)
    temporary.replace(path)
