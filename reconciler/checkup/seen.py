"""A state directory and its output folder, as the checks see them: read once, without a lock."""

from __future__ import annotations

import os
import re
import shlex
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from reconciler import files, pki
from reconciler.checkup.codes import MEANINGS, Code
from reconciler.checkup.entries import entries_below
from reconciler.errors import EncryptionError, SecretError, StateError
from reconciler.model.state_finding import Level, StateFinding
from reconciler.store import codec, order_codec
from reconciler.store.age import DamagedError
from reconciler.store.claims import decode_claim
from reconciler.store.encryption import read_encryption
from reconciler.store.leftovers_codec import decode_leftovers
from reconciler.store.records import parse_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from reconciler.model.claim import Claim
    from reconciler.model.encryption import KeyEncryption
    from reconciler.pki.requests import PublicKey
    from reconciler.store.cipher import Cipher
    from reconciler.store.fields import Fields

T = TypeVar("T")

APPLY = "reconciler apply"


class Seen:
    """What is there. Records that cannot be read are in `flawed`, and in no other place.

    Attributes:
        root, output: the state directory and the folder of certificates, as the reader would write them.
        now: the time.
        entries: all files and folders of the state, by their paths in it.
        flawed: a finding for each record that cannot be read.
        unread_keys: why nobody could look into keys, by their paths: for want of an identity.
    """

    def __init__(self, root: Path, output: Path, cipher: Cipher, now: datetime) -> None:
        """Read all records.

        Raises:
            StateError: a folder cannot be read.
        """
        self.root, self.output, self.now = root, output, now
        self.flawed: list[StateFinding] = []
        self._flawed_paths: set[str] = set()
        self.unread_keys: dict[str, str] = {}
        self._cipher = cipher
        self.wants_encryption = bool(cipher.recipients)
        self.entries = {each.path: each for each in entries_below(os.fspath(root))}
        self.accounts = self._records("accounts", codec.decode_account, lambda each: each.name)
        self.certificates = self._records("certificates", codec.decode_certificate, lambda each: each.name)
        self.orders = self._records("orders", order_codec.decode_order, lambda each: each.order_id)
        self.archived = self._records("archive/orders", order_codec.decode_order, lambda each: each.order_id)
        self.leftovers = self._records("cleanup", decode_leftovers, lambda each: each.order_id)
        self.claims = list(self._claims())

    @cached_property
    def encryption(self) -> KeyEncryption:
        """Whom the keys are encrypted for."""
        from reconciler.model.encryption import KeyEncryption

        try:
            return read_encryption(self.root / "encryption.yaml")
        except StateError as error:
            self.tell(self.flaw("encryption.yaml", str(error)))
            return KeyEncryption()

    @cached_property
    def owner(self) -> int | None:
        """Who the state belongs to; None where there is none."""
        try:
            return self.root.stat().st_uid
        except OSError:
            return None

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
            return pki.proven_public_key(content)
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
                "put it back from a backup; where there is none, remove the record of what it belongs to (of "
                "an order, and of its certificate): it is made anew then",
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

    def by_apply(self, code: Code, path: str, message: str, does: str, **options: str) -> StateFinding:
        """Return a note about what the next `apply` does by itself; `does` says what."""
        return self.found(
            code,
            path,
            message,
            f"the next `{APPLY}` {does}",
            APPLY,
            level=Level.NOTE,
            field=options.get("field"),
        )

    def _line(self, path: str, field: str) -> int:
        content = self.read(path) or b""
        found = re.search(rb"^ *(?:- )?%b:" % re.escape(field.encode()), content, re.MULTILINE)
        return content.count(b"\n", 0, found.start()) + 1 if found else 0

    def _records(
        self, folder: str, decode: Callable[[Fields], T], name_of: Callable[[T], str]
    ) -> dict[str, T]:
        found: dict[str, T] = {}
        nested = "orders" not in folder and folder != "cleanup"
        for path in self.entries:
            name = path.removeprefix(f"{folder}/").removesuffix(".yaml")
            is_record = path.startswith(f"{folder}/") and path.endswith(".yaml")
            if not is_record or path.rpartition("/")[2].startswith(".") or (not nested and "/" in name):
                continue
            record = self._record(path, decode)
            if record is None:
                continue
            if name_of(record) == name:
                found[name] = record
            else:
                self.tell(self._misnamed(path, name_of(record)))
        return dict(sorted(found.items()))

    def _record(self, path: str, decode: Callable[[Fields], T]) -> T | None:
        try:
            content = files.read_file(self.root / path)
        except FileNotFoundError:  # a run goes on meanwhile
            return None
        except OSError as error:
            self.tell(self.flaw(path, f"cannot be read: {error.strerror}"))
            return None
        try:
            return parse_record(content, self.shown(path), decode)
        except StateError as error:
            self.tell(self.flaw(path, str(error)))
            return None

    def _claims(self) -> Iterator[Claim]:
        for path, entry in self.entries.items():
            if not path.startswith("claims/") or not path.endswith(".yaml") or entry.is_temporary:
                continue
            try:
                yield decode_claim(path, self.read(path) or b"")
            except StateError as error:
                self.tell(self.flaw(path, str(error)))

    def _misnamed(self, path: str, name: str) -> StateFinding:
        return self.found(
            Code.UNREADABLE_RECORD,
            path,
            f"this is the record of {name!r}, in the place of another: it does not count",
            "give the file the name that the record has, or move it out of the state",
            field="order_id" if "orders/" in path or "cleanup/" in path else "name",
        )

    def flaw(self, path: str, message: str) -> StateFinding:
        """Make a finding of what a reader of records says: `path:line: what`, or `path, part: what`."""
        said = re.fullmatch(
            rf"(?:{re.escape(self.shown(path))}|{re.escape(path)})(?::([0-9]+))?[:,] (.*)", message, re.DOTALL
        )
        line, what = (int(said[1] or 0), said[2]) if said else (0, message)
        field = re.search(r"the field `(\w+)`", what)
        return self.found(
            Code.UNREADABLE_RECORD,
            path,
            what,
            "put it back from a backup or from Git; where there is none, move it out of the state: what it "
            "was about is then made anew",
            field=field[1] if field and not line else None,
            line=line,
        )
