"""http-01 by a file in a folder that a web server serves (RFC 8555 section 8.3)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from reconciler import files
from reconciler.challenges.port import Fulfiller
from reconciler.challenges.tokens import check_instruction, each_of
from reconciler.errors import ChallengeError
from reconciler.orders.instructions import WELL_KNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reconciler.model.instruction import Instruction


class Webroot(Fulfiller):
    """Files in `folder/.well-known/acme-challenge`, readable by the web server."""

    lives_here = False

    def __init__(self, folder: Path) -> None:
        """Use `folder`, which has to exist: who mistypes it should hear of it, not serve another."""
        self._folder = folder

    def present(self, instruction: Instruction) -> None:
        """Write the file."""
        if not self._folder.is_dir():
            raise ChallengeError(
                f"the webroot {self._folder} is no folder; set `challenges: {{http-01: {{webroot: ...}}}}`"
            )
        path = self._path(instruction)
        try:
            files.make_folder(path.parent)
            # Orders may share a token, and so this file; it is whole before the CA is told to look.
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC)
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(file.fileno(), files.PUBLIC_FILE)
                file.write(instruction.key_authorization.encode())
        except OSError as error:
            raise ChallengeError(f"{path}: cannot be written: {error.strerror}") from error

    def missing(self, instruction: Instruction) -> str | None:
        """Say whether the file is in its place: what the web server makes of it, only the CA can see."""
        path = self._path(instruction)
        return None if path.is_file() else f"the file {path} is not there"

    def clean_up(self, instructions: Sequence[Instruction]) -> None:
        """Remove the files."""
        each_of(instructions, self._remove)

    def close(self) -> None:
        """Do nothing: the web server is somebody else's."""

    def _remove(self, instruction: Instruction) -> None:
        path = self._path(instruction)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise ChallengeError(f"{path}: cannot be removed: {error.strerror}") from error

    def _path(self, instruction: Instruction) -> Path:
        check_instruction(instruction)
        return self._folder / WELL_KNOWN / instruction.token
