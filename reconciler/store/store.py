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

from contextlib import ExitStack, contextmanager, suppress
from itertools import chain, count
from operator import attrgetter
from typing import TYPE_CHECKING, TypeVar

from reconciler import files
from reconciler.errors import RecordError, StateError, UnknownResourceError
from reconciler.file_errors import why
from reconciler.model.flaw import FlawedRecord, RecordKind
from reconciler.model.order import OrderFile, Stage
from reconciler.store import codec, order_codec
from reconciler.store.claims import read_claims
from reconciler.store.concerned import concerned
from reconciler.store.fields import ORDER_ID
from reconciler.store.instructions import remove_instructions, write_instructions
from reconciler.store.key_paths import key_exists, key_versions
from reconciler.store.keys import KeyFiles, Unencrypted
from reconciler.store.leftovers_codec import decode_leftovers, encode_leftovers
from reconciler.store.meta import check_format, read_lineage, write_once
from reconciler.store.private import move, read_private, remove_private, write_private
from reconciler.store.records import check_no_link, read_record, record_bytes, record_names, record_path
from reconciler.store.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from reconciler.model.account import Account
    from reconciler.model.certificate import Certificate
    from reconciler.model.claim import Claim
    from reconciler.model.instruction import Instruction, Leftovers
    from reconciler.model.log import LogEntry
    from reconciler.model.order import Order
    from reconciler.store.cipher import Cipher
    from reconciler.store.instructions import MakeTlsAlpnCertificate

T = TypeVar("T")
Flawed = list[FlawedRecord] | None

_BY_TIME = "%Y%m%dT%H%M%SZ"


class Store:
    """Records and keys below one folder. Reading takes no lock; writing is for who holds it."""

    def __init__(self, root: Path, cipher: Cipher | None = None, top: Path | None = None) -> None:
        """Use `root`, which need not exist yet.

        Args:
            root: the folder.
            cipher: encrypts private keys; None: they are in clear.
            top: the folder below which no link is followed; None: `root`.

        Raises:
            StateError: it was written by a newer version of this program, or is reached through a link.
        """
        self.root = root
        self._top = top or root
        check_no_link(root, self._top)
        self.keys = KeyFiles(root, cipher or Unencrypted(), self._top)
        self._accounts: Shelf[Account] = Shelf(
            RecordKind.ACCOUNT,
            root / "accounts",
            codec.encode_account,
            codec.decode_account,
            attrgetter("name"),
            top=self._top,
        )
        self._certificates: Shelf[Certificate] = Shelf(
            RecordKind.CERTIFICATE,
            root / "certificates",
            codec.encode_certificate,
            codec.decode_certificate,
            attrgetter("name"),
            top=self._top,
        )
        self._orders = _orders(RecordKind.ORDER, root / "orders", self._top)
        self._archived_orders = _orders(RecordKind.ARCHIVED_ORDER, root / "archive" / "orders", self._top)
        self._leftovers: Shelf[Leftovers] = Shelf(
            RecordKind.LEFTOVERS,
            root / "cleanup",
            encode_leftovers,
            decode_leftovers,
            attrgetter("order_id"),
            nested=False,
            top=self._top,
        )
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

    def flaws(self) -> tuple[FlawedRecord, ...]:
        """Return what there is to say of all records that cannot be read, archived orders among them."""
        flawed: list[FlawedRecord] = []
        self.accounts(flawed)
        self.certificates(flawed)
        self.orders(flawed)
        self.archived_orders(flawed)
        self.leftovers(flawed)
        self.claims(flawed)
        self.keys.look(flawed)
        return tuple(flawed)

    # Accounts. A list `flawed` takes what cannot be read; without one that is an error.

    def accounts(self, flawed: Flawed = None) -> dict[str, Account]:
        """Return all accounts by name."""
        return self._all(self._accounts, flawed)

    def account(self, name: str) -> Account | None:
        """Return the account of that name, None where there is none."""
        return self._accounts.find(name)

    def save_account(self, account: Account) -> None:
        """Write the record of an account."""
        self._accounts.save(account)

    def has_account_key(self, name: str, version: int) -> bool:
        """Say whether a private key of an account is there."""
        return key_exists(self._account_key(name, version))

    def account_key_versions(self, name: str) -> tuple[int, ...]:
        """Return the versions of an account's private keys that are there, the oldest first.

        Raises:
            StateError: their folder cannot be read.
        """
        return key_versions(self._accounts.folder / name)

    def account_key(self, name: str, version: int) -> bytes:
        """Return a private key of an account (PEM)."""
        return self.keys.read(self._account_key(name, version))

    def save_account_key(self, name: str, version: int, key: bytes) -> None:
        """Write a private key of an account (PEM)."""
        self.keys.write(self._account_key(name, version), key)

    def archive_account_key(self, name: str, version: int, now: datetime) -> None:
        """Put a private key that an account was not given out of the way."""
        folder = self._archived_accounts(name) / f"{now:{_BY_TIME}}"
        names = chain([f"refused-{version}.pem"], (f"refused-{version}-{each}.pem" for each in count(2)))
        free = next(each for each in names if not key_exists(folder / each))
        self.keys.move(self._account_key(name, version), folder / free)

    def archived_account(self, name: str) -> Account | None:
        """Return the account of that name that was archived last."""
        folder = self._archived_accounts(name)
        newest = max(
            (each for each in record_names(folder, self._top) if each.endswith("/account")), default=None
        )
        return read_record(record_path(folder, newest), codec.decode_account) if newest else None

    def archive_account(self, account: Account) -> None:
        """Put an account and its keys out of the way, into a folder by its last update; nothing is deleted.

        The keys go first: a run that found keys without a record would register them anew.
        """
        folder = self._archived_accounts(account.name) / f"{account.last_updated_date:{_BY_TIME}}"
        for key in account.account_keys:
            path = self._account_key(account.name, key.key_version)
            self.keys.move(path, folder / path.name)
        move(self._accounts.path(account.name), folder / "account.yaml", self._top, private=True)
        with suppress(OSError):
            (self._accounts.folder / account.name).rmdir()

    def _archived_accounts(self, name: str) -> Path:
        return self.root / "archive" / "accounts" / name

    def _account_key(self, name: str, version: int) -> Path:
        return self._accounts.folder / name / f"key-{version}.pem"

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

    # Orders

    def orders(self, flawed: Flawed = None, *, without: Iterable[str] = ()) -> dict[str, Order]:
        """Return the orders that are not archived, by id and so by age, but for those named in `without`."""
        return self._all(self._orders, flawed, without)

    def archived_orders(self, flawed: Flawed = None) -> dict[str, Order]:
        """Return the archived orders, by id."""
        return self._all(self._archived_orders, flawed)

    def order(self, order_id: str) -> Order:
        """Return one order, archived or not.

        Raises:
            UnknownResourceError: there is none.
        """
        # Only what looks like an id of ours becomes a part of a path.
        found = ORDER_ID.fullmatch(order_id) and (
            self._orders.find(order_id) or self._archived_orders.find(order_id)
        )
        if not found:
            raise UnknownResourceError(
                f"there is no order {order_id!r}; `reconciler order list` shows those that are there"
            )
        return found

    def open_order(self, order_id: str) -> Order | None:
        """Return an order that is not archived, None where there is none of this id."""
        return self._orders.find(order_id)

    def save_order(self, order: Order) -> None:
        """Write the record of an order."""
        self._orders.save(order)

    def update_order(self, order: Order) -> None:
        """Write the record of an order where it is, archived or not."""
        archived = self._orders.find(order.order_id) is None
        (self._archived_orders if archived else self._orders).save(order)

    def orders_with_serial(self, serial_number: str) -> tuple[Order, ...]:
        """Return the orders, archived or not, whose certificate has a serial number (hex, with colons)."""
        found = self._archived_orders.mentioning(serial_number) | self._orders.mentioning(serial_number)
        return tuple(order for order in found.values() if order.serial_number == serial_number)

    def revoked_orders(self, certificate_name: str) -> list[Order]:
        """Return the orders for a certificate, archived or not, whose certificate was revoked."""
        line = _line("certificate_name", certificate_name)
        found = self._archived_orders.mentioning(line) | self._orders.mentioning(line)
        return [order for order in found.values() if order.stage is Stage.REVOKED]

    def orders_in(self, stages: Collection[Stage]) -> list[Order]:
        """Return the orders that are in one of the stages; none that are archived, or cannot be read."""
        found = self._orders.mentioning(*(f"stage: {stage}" for stage in stages), flawed=[])
        return [order for order in found.values() if order.stage in stages]

    def open_orders_for(self, certificate_name: str, flawed: Flawed = None) -> list[Order]:
        """Return the orders for a certificate that are still to come to an end."""
        found = self._orders.mentioning(_line("certificate_name", certificate_name), flawed=flawed)
        return [order for order in found.values() if order.is_open]

    def open_orders_sharing(self, authorization_urls: Iterable[str]) -> list[Order]:
        """Return the orders with one of these authorizations that are still to come to an end."""
        urls = tuple(authorization_urls)
        return [order for order in self._orders.mentioning(*urls).values() if order.is_open] if urls else []

    def open_orders_through(self, account_name: str) -> list[Order]:
        """Return the orders through an account that are still to come to an end.

        Raises:
            RecordError: one cannot be read that may be among them: no certificate has come of it.
        """
        flawed: list[FlawedRecord] = []
        found = self.orders(flawed)
        for each in flawed:
            if each.account in (None, account_name) and not self._certificates_of(each.name):
                raise RecordError(each.path, each.line, each.message)
        return [order for order in found.values() if order.is_open and order.account_name == account_name]

    def discard_order_key(self, order_id: str) -> None:
        """Remove the private key of an order that is not finalized, and what was made with it."""
        remove_private(self._orders.folder / order_id / OrderFile.CSR, self._top)
        self.keys.remove(self._orders.folder / order_id / OrderFile.PRIVATE_KEY)

    def order_urls(self) -> set[str]:
        """Return the CAs' URLs of all orders, archived or not."""
        return self._orders.values_of("order_url") | self._archived_orders.values_of("order_url")

    def archive_order(self, order_id: str) -> None:
        """Put an order, and what belongs to it, out of the way; nothing is deleted but its instructions."""
        self.remove_instructions(order_id)
        move(self._orders.folder / order_id, self._archived_orders.folder / order_id, self._top)
        move(self._orders.path(order_id), self._archived_orders.path(order_id), self._top)

    def order_csr(self, order_id: str) -> str | None:
        """Return the CSR of an order (PEM), None before there is one."""
        try:
            return self.order_file(order_id, OrderFile.CSR).decode("ascii", "replace")
        except StateError:
            return None

    def order_file(self, order_id: str, name: OrderFile) -> bytes:
        """Return what belongs to an order, archived or not.

        Raises:
            StateError: it is not there.
            EncryptionError, SecretError: it is a private key that cannot be decrypted.
        """
        folder = self._orders.folder / order_id
        path = (folder if folder.is_dir() else self._archived_orders.folder / order_id) / name
        return self.keys.read(path) if name is OrderFile.PRIVATE_KEY else read_private(path, self._top)

    def has_order_file(self, order_id: str, name: OrderFile) -> bool:
        """Say whether a file that belongs to an order is there."""
        path = self._orders.folder / order_id / name
        return key_exists(path) if name is OrderFile.PRIVATE_KEY else path.exists()

    def save_order_file(self, order_id: str, name: OrderFile, content: bytes) -> None:
        """Write what belongs to an order, readable by nobody else."""
        path = self._orders.folder / order_id / name
        if name is OrderFile.PRIVATE_KEY:
            self.keys.write(path, content)
        else:
            write_private(path, content, self._top)

    # Instructions

    def instructions_folder(self, order_id: str) -> Path:
        """Return where the instructions of an order lie."""
        return self.root / "challenges" / order_id

    def save_instructions(
        self, order_id: str, instructions: Sequence[Instruction], make_certificate: MakeTlsAlpnCertificate
    ) -> None:
        """Write the instructions of an order; `make_certificate` makes what tls-alpn-01 has to present."""
        folder = self.instructions_folder(order_id)
        write_instructions(folder, instructions, make_certificate, self._top)

    def remove_instructions(self, order_id: str) -> None:
        """Remove the instructions of an order that no longer waits for people."""
        folder = self.instructions_folder(order_id)
        check_no_link(folder, self._top)
        remove_instructions(folder)

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

    def _all(self, shelf: Shelf[T], flawed: Flawed, without: Iterable[str] = ()) -> dict[str, T]:
        found: list[FlawedRecord] | None = None if flawed is None else []
        records = shelf.all(without, found)
        if flawed is not None:
            flawed += [concerned(each, self._certificates_of, self.order_csr) for each in found or ()]
        return records

    def _certificates_of(self, order_id: str) -> tuple[str, ...]:
        return tuple(self._certificates.names_mentioning(f"order_id: {order_id}"))

    @property
    def _meta(self) -> Path:
        return self.root / "meta.yaml"


def _line(field: str, value: str) -> str:
    return record_bytes({field: value}).decode()


def _orders(kind: RecordKind, folder: Path, top: Path) -> Shelf[Order]:
    return Shelf(
        kind,
        folder,
        order_codec.encode_order,
        order_codec.decode_order,
        attrgetter("order_id"),
        nested=False,
        top=top,
    )
