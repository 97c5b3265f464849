"""The state directory as a whole.

    meta.yaml                            format version, lineage
    encryption.yaml                      whom private keys are encrypted for: then they end in .pem.age
    events.jsonl                         what was done, an entry a line
    accounts/NAME.yaml                   an account; NAME/key-0.pem its keys
    orders/ORDER_ID.yaml                 an order; ORDER_ID/{privkey,csr,fullchain}.pem what belongs to it
    certificates/NAME.yaml               the certificate in force
    challenges/ORDER_ID/                 the instructions of an order that waits for people
    cleanup/ORDER_ID.yaml                what was presented for an order and is still to be taken away
    claims/{certificates,accounts,keys}/ what a run of apply --commit works on, for others to leave alone
    archive/{orders,certificates}/       what is over: failed, superseded, forgotten
    archive/accounts/NAME/TIME/          an account that is used no more, with its keys
    archive/conflicts/RUN/               what two runs had both changed, and is not what stayed in its place

In `orders/` lie the orders that are open, the last failed one of a certificate, and the one its certificate
came from.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from reconciler import files
from reconciler.errors import StateError
from reconciler.file_errors import why
from reconciler.store.account_records import AccountRecords
from reconciler.store.claims import read_claims
from reconciler.store.meta import check_format, read_lineage, write_once
from reconciler.store.order_records import OrderRecords
from reconciler.store.private import move

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from reconciler.model.certificate import Certificate
    from reconciler.model.claim import Claim
    from reconciler.model.instruction import Leftovers
    from reconciler.model.log import LogEntry
    from reconciler.store.cipher import Cipher
    from reconciler.store.shelves import Flawed


class Store(AccountRecords, OrderRecords):
    """Records and keys below one folder. Reading takes no lock; writing is for who holds it.

    A list `flawed` takes what cannot be read; without one that is an error.
    """

    def __init__(self, root: Path, cipher: Cipher | None = None, top: Path | None = None) -> None:
        """Use `root`, which need not exist yet; the rest as `Shelves` has it.

        Raises:
            StateError: it was written by a newer version of this program, or is reached through a link.
        """
        super().__init__(root, cipher, top)
        check_format(self._meta)

    @contextmanager
    def lock(self, command: str, now: datetime) -> Iterator[None]:
        """Hold the state's lock; makes the state directory where there is none.

        Where the run before did not come to its end, what it has left of files that it was writing is
        removed (no run writes an order under that id any more, if it never got its record), and what it has
        written is made durable.

        Raises:
            StateLockedError: another process holds it.
            StateError: the directory cannot be made or written.
        """
        from reconciler.store.lock import lock  # what only reads takes none

        with ExitStack() as stack:
            try:
                files.make_folder(self.root)
                fallen = stack.enter_context(lock(self.root / ".lock", command, now))
                if fallen is not None:
                    files.end_writing(self.root, fallen)
            except OSError as error:
                raise StateError(f"{error.filename or self.root}: {why(error)}") from error
            check_format(self._meta)
            write_once(self._meta)
            yield

    @property
    def lineage(self) -> str:
        """Which state this is; nothing where there is none yet."""
        return read_lineage(self._meta)

    @property
    def event_log(self) -> Path:
        """Where the log of what was done is."""
        return self.root / "events.jsonl"

    def add_to_log(self, entries: Sequence[LogEntry]) -> None:
        """Write down what was done.

        Raises:
            StateError: it could not be written; the log is as it was.
        """
        from reconciler.store.event_log import append, encode_entry

        append(self.event_log, [encode_entry(each) for each in entries], self.lineage)

    # Certificates

    def certificates(self, flawed: Flawed = None) -> dict[str, Certificate]:
        """Return all certificates in force by name."""
        return self._all(self._certificates, flawed)

    def certificate(self, name: str) -> Certificate | None:
        """Return the certificate in force of that name, None where there is none."""
        return self._certificates.find(name)

    def save_certificate(self, certificate: Certificate) -> None:
        """Write the record of a certificate."""
        self._certificates.save(certificate)

    def archive_certificate(self, certificate: Certificate) -> None:
        """Take a certificate out of force; its record is kept."""
        folder = self.root / "archive" / "certificates" / certificate.name
        move(self._certificates.path(certificate.name), folder / f"{certificate.order_id}.yaml", self._top)

    # Leftovers

    def leftovers(self, flawed: Flawed = None) -> dict[str, Leftovers]:
        """Return what is still to be taken away, by the id of the order that it was presented for."""
        return self._all(self._leftovers, flawed)

    def leftovers_of(self, order_id: str) -> Leftovers | None:
        """Return what is still to be taken away of what was presented for an order."""
        return self._leftovers.find(order_id)

    def save_leftovers(self, leftovers: Leftovers) -> None:
        """Write down what is to be taken away; where there is nothing any more, remove the record."""
        if leftovers.instructions:
            self._leftovers.save(leftovers)
        else:
            self._leftovers.remove(leftovers.order_id)

    # Claims

    def claims(self, flawed: Flawed = None) -> tuple[Claim, ...]:
        """Return what runs of `apply --commit` have claimed; only they write claims, by way of Git."""
        return read_claims(self.root, flawed)

    @property
    def _meta(self) -> Path:
        return self.root / "meta.yaml"
