"""Who a run is to the others, and what it waits with."""

from __future__ import annotations

import hashlib
import secrets
import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.errors import RepositoryError
from reconciler.model.claim import Claim
from reconciler.sharing.records import plain
from reconciler.store.lock import user_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from reconciler.plan.claimed import Subject
    from reconciler.sharing.git import Git

_CLONE_FILE = "reconciler-clone"


class Waiting(Struct, frozen=True):
    """The time, and how to let some of it go by.

    Attributes:
        draw: returns a random number from 0 to 1.
    """

    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    draw: Callable[[], float]


class Run(Struct, frozen=True):
    """One run of a command.

    Attributes:
        run_id: a UUIDv7.
        clone: see `clone_id`.
        lasts: how long it may work on what it claims.
    """

    run_id: str
    clone: str
    command: str
    holder: str
    lasts: timedelta
    run_url: str | None = None

    def claim(self, subject: Subject, now: datetime) -> Claim:
        """Return the claim for something that this run is about to work on."""
        return Claim(
            subject.kind,
            subject.name,
            self.run_id,
            self.clone,
            self.command,
            self.holder,
            now,
            now + self.lasts,
            subject.account_name,
            self.run_url,
        )

    def owns(self, claim: Claim) -> bool:
        """Say whether a claim is this run's, or of one before it in the same working tree.

        That one is dead, for this run holds the lock of the state there.
        """
        return claim.run_id == self.run_id or claim.clone == self.clone


def clone_id(git: Git) -> str:
    """Return what tells this working tree from all others, copies of it on the same machine among them.

    It is a random number in Git's folder, which no clone has from another, together with where that lies.

    Raises:
        RepositoryError: it cannot be kept.
    """
    path = Path(git.output("rev-parse", "--git-path", _CLONE_FILE))
    path = path if path.is_absolute() else git.top / path
    try:
        with suppress(FileExistsError), path.open("x", encoding="ascii") as file:
            file.write(secrets.token_hex(16))
        number = path.read_text("ascii")
        place = path.stat()
    except (OSError, UnicodeDecodeError) as error:
        raise RepositoryError(f"{path}: cannot be kept: {error}") from error
    about = (number, str(path.resolve()), socket.gethostname(), str(place.st_dev), str(place.st_ino))
    return hashlib.sha256("\0".join(about).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def holder() -> str:
    """Return who runs this, and where: `ci@runner`."""
    return plain(f"{user_name()}@{socket.gethostname()}")
