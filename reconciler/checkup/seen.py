"""A state directory and its output folder, as the checks see them: read once, without a lock."""

from __future__ import annotations

import os
import re
import shlex
from functools import cached_property
from typing import TYPE_CHECKING

from reconciler import files, pki
from reconciler.checkup.codes import MEANINGS, Code
from reconciler.checkup.entries import entries_below
from reconciler.errors import EncryptionError, SecretError, StateError
from reconciler.model.state_finding import Level, StateFinding
from reconciler.store.age import DamagedError
from reconciler.store.meta import read_lineage

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from reconciler.deliver.rules import Rules
    from reconciler.model.flaw import FlawedRecord
    from reconciler.pki.requests import PublicKey
    from reconciler.store import Store
    from reconciler.store.cipher import Cipher

APPLY = "reconciler apply"

_WITHOUT_BACKUP = {
    "accounts": (
        f"move it out of the state, and leave its keys there: the next `{APPLY}` that needs the account asks "
        "the CA which one they are of"
    ),
    "certificates": (
        f"move it out of the state: the next `{APPLY}` makes it anew from its order, or orders anew"
    ),
    "orders": (
        "move it out of the state, and keep it: if its certificate is not in force, it is ordered anew; the "
        "CA may have issued it, and its key is in the folder of the order"
    ),
    "cleanup": (
        "take away what it names (records in the DNS, files of a webroot), then move it out of the state"
    ),
    "claims": "remove it once nobody works on what it names, and commit that where the state is in Git",
    "encryption.yaml": (
        f"move it out of the state: the next `{APPLY}` writes all keys anew, as the settings say"
    ),
}
"""What to do about a record that is lost, by its folder."""


class Seen:
    """What is there. Records that cannot be read are in `flawed`, and in no other place.

    Attributes:
        root, output: the state directory and the folder of certificates, as the reader would write them.
        now: the time.
        rules: how certificates are delivered.
        entries: all files and folders of the state, by their paths in it.
        flawed: a finding for each record that cannot be read.
        unread_keys: why nobody could look into keys, by their paths: for want of an identity.
    """

    def __init__(self, store: Store, output: Path, cipher: Cipher, now: datetime, rules: Rules) -> None:
        """Read all records.

        Raises:
            StateError: a folder cannot be read.
        """
        root = store.root
        self.root, self.output, self.now, self.rules = root, output, now, rules
        self.flawed: list[StateFinding] = []
        self._flawed_paths: set[str] = set()
        self.unread_keys: dict[str, str] = {}
        self._cipher = cipher
        self.wants_encryption = bool(cipher.recipients)
        self.entries = {each.path: each for each in entries_below(os.fspath(root))}
        flawed: list[FlawedRecord] = []
        self.accounts = store.accounts(flawed)
        self.certificates = store.certificates(flawed)
        self.orders = store.orders(flawed)
        self.archived = store.archived_orders(flawed)
        self.leftovers = store.leftovers(flawed)
        self.claims = store.claims(flawed)
        self.encryption = store.keys.look(flawed)
        for each in flawed:
            path = os.path.relpath(each.path, root)
            if path in self.entries and self.entries[path].is_link:
                self._flawed_paths.add(self.shown(path))  # that it is a link is told by another check
            else:
                self.tell(self._flaw(path, each))

    @cached_property
    def owner(self) -> int | None:
        """Who the state belongs to; None where there is none."""
        try:
            return self.root.stat().st_uid
        except OSError:
            return None

    @cached_property
    def lineage(self) -> str:
        """Which state it is; nothing where nothing says so."""
        try:
            return read_lineage(self.root / "meta.yaml")
        except StateError:
            return ""

    def shown(self, path: str) -> str:
        """Return the path of a file of the state as the reader would write it."""
        return str(self.root / path)

    def quoted(self, path: str) -> str:
        """Return the same for a shell."""
        return shlex.quote(self.shown(path))

    def has(self, path: str) -> bool:
        """Say whether a file of the state is there."""
        return path in self.entries

    def has_key(self, path: str) -> bool:
        """Say whether a key is there, in either form, by its path in clear."""
        return path in self.entries or f"{path}.age" in self.entries

    def tell(self, finding: StateFinding) -> None:
        """Keep a finding about what cannot be read."""
        self.flawed.append(finding)
        self._flawed_paths.add(finding.path)

    def is_flawed(self, path: str) -> bool:
        """Say whether a file of the state was found to be unreadable."""
        return self.shown(path) in self._flawed_paths

    def read(self, path: str) -> bytes | None:
        """Return a file of the state; None where it is not there or cannot be read, which is told."""
        if path not in self.entries:
            return None
        try:
            return files.read_file(self.root / path)
        except FileNotFoundError:
            return None
        except OSError as error:
            self.unreadable(path, error.strerror or "")
            return None

    def form_of(self, path: str) -> str:
        """Return the path of the form of a key that counts, by its path in clear."""
        forms = (f"{path}.age", path) if self.wants_encryption else (path, f"{path}.age")
        return next((each for each in forms if each in self.entries), path)

    def key(self, path: str) -> bytes | None:
        """Return the file of a key (PEM), decrypted; None where it is not there or nobody can tell."""
        content = self.read(path)
        if content is None or not path.endswith(".age"):
            return content
        try:
            return self._cipher.decrypt(content)
        except DamagedError as error:
            self.unreadable(path, str(error))
        except (EncryptionError, SecretError) as error:
            self.unread_keys[path] = str(error)
        return None

    def public_key(self, path: str) -> PublicKey | None:
        """Return the public part of a private key, by its path in clear.

        None where nobody can tell; that is told where the key is there, and damaged.
        """
        form = self.form_of(path)
        content = self.key(form)
        if content is None:
            return None
        try:
            return pki.load_key(content).public_key()
        except StateError as error:
            self.unreadable(form, str(error))
            return None

    def unreadable(self, path: str, why: str) -> None:
        """Tell of a key, a request or a chain that is damaged."""
        self.tell(
            self.found(
                Code.UNREADABLE_KEY,
                path,
                f"cannot be read: {why.removeprefix(f'{self.shown(path)}: ')}",
                f"put it back from a backup; where there is none, {_key_without_backup(path)}",
            )
        )

    def found(
        self,
        code: Code,
        path: str,
        message: str,
        advice: str,
        command: str | None = None,
        *,
        level: Level | None = None,
        field: str | None = None,
        line: int = 0,
    ) -> StateFinding:
        """Return a finding about a file of the state.

        Args:
            code: what it is.
            path: of the file, below the state directory.
            message: what is wrong.
            advice: what to do about it.
            command: what does it, if nobody has to look first.
            level: None: the first that the code can have.
            field: of a record: its line is the finding's.
            line: the same where it is known.
        """
        return StateFinding(
            code,
            level or MEANINGS[code][0][0],
            self.shown(path),
            line or (self._line(path, field) if field else 0),
            message,
            advice,
            command,
        )

    def by_apply(
        self, code: Code, path: str, message: str, does: str, *, field: str | None = None
    ) -> StateFinding:
        """Return a note about what the next `apply` does by itself; `does` says what."""
        return self.found(
            code,
            path,
            message,
            f"the next `{APPLY}` {does}",
            APPLY,
            level=Level.NOTE,
            field=field,
        )

    def _line(self, path: str, field: str) -> int:
        content = self.read(path) or b""
        found = re.search(rb"^ *(?:- )?%b:" % re.escape(field.encode()), content, re.MULTILINE)
        return content.count(b"\n", 0, found.start()) + 1 if found else 0

    def _flaw(self, path: str, flaw: FlawedRecord) -> StateFinding:
        if flaw.is_misplaced:
            field = "order_id" if path.startswith(("orders/", "archive/orders/", "cleanup/")) else "name"
            advice = "give the file the name that the record has, or move it out of the state"
            return self.found(Code.UNREADABLE_RECORD, path, flaw.message, advice, field=field)
        without = _WITHOUT_BACKUP.get(path.partition("/")[0], "move it out of the state")
        advice = f"put it back from a backup or from Git; where there is none, {without}"
        return self.found(Code.UNREADABLE_RECORD, path, flaw.message, advice, line=flaw.line)


def _key_without_backup(path: str) -> str:
    if path.startswith("accounts/"):
        return "move record and folder of the account out of the state: another account is registered then"
    return (
        "move the record of what it belongs to (of an order, and of its certificate) out of the state: it is "
        "made anew then"
    )
