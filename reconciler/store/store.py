"""The state directory as a whole.

    meta.yaml                            format version, lineage
    accounts/NAME.yaml                   an account; NAME/key-0.pem its keys
    orders/ORDER_ID.yaml                 an order; ORDER_ID/{privkey,csr,fullchain}.pem what belongs to it
    certificates/NAME.yaml               the certificate in force
    challenges/ORDER_ID/                 the instructions of an order that waits for people
    archive/{orders,certificates}/       what is over: failed, superseded, forgotten

In `orders/` lie the orders that are open, the last failed one of a certificate, and the one its certificate
came from.
"""

from __future__ import annotations

import uuid
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, TypeVar

from reconciler import files
from reconciler.errors import StateError, UnknownResourceError
from reconciler.model.order import OrderFile
from reconciler.store import codec
from reconciler.store.fields import ORDER_ID
from reconciler.store.instructions import remove_instructions, write_instructions
from reconciler.store.lock import lock
from reconciler.store.records import read_record, record_names, record_path, write_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from reconciler.model.account import Account
    from reconciler.model.certificate import Certificate
    from reconciler.model.instruction import Instruction
    from reconciler.model.order import Order
    from reconciler.store.fields import Fields
    from reconciler.store.instructions import MakeTlsAlpnCertificate

FORMAT_VERSION = 1


def _name_of(resource: Account | Certificate) -> str:
    return resource.name


def _id_of(order: Order) -> str:
    return order.order_id


T = TypeVar("T")


class Store:
    """Records and keys below one folder. Reading takes no lock; writing is for who holds it."""

    def __init__(self, root: Path) -> None:
        """Use `root`, which need not exist yet.

        Raises:
            StateError: it was written by a newer version of this program.
        """
        self.root = root
        self._accounts = root / "accounts"
        self._orders = root / "orders"
        self._certificates = root / "certificates"
        self._archive = root / "archive"
        self._check_format()

    @contextmanager
    def lock(self, command: str, now: datetime) -> Iterator[None]:
        """Hold the state's lock; makes the state directory where there is none.

        Raises:
            StateLockedError: another process holds it.
            StateError: the directory cannot be made or written.
        """
        with ExitStack() as stack:
            try:
                files.make_folder(self.root)
                stack.enter_context(lock(self.root / ".lock", command, now))
            except OSError as error:
                raise StateError(f"{error.filename or self.root}: {error.strerror}") from error
            self._check_format()
            if not self._meta.exists():
                write_record(self._meta, {"format_version": FORMAT_VERSION, "lineage": str(uuid.uuid4())})
            yield

    # Accounts

    def accounts(self) -> dict[str, Account]:
        """Return all accounts by name."""
        return self._all(self._accounts, codec.decode_account, _name_of)

    def account(self, name: str) -> Account | None:
        """Return the account of that name, None where there is none."""
        try:
            return self._one(self._accounts, name, codec.decode_account, _name_of)
        except FileNotFoundError:
            return None

    def save_account(self, account: Account) -> None:
        """Write the record of an account."""
        write_record(record_path(self._accounts, account.name), codec.encode_account(account))

    def has_account_key(self, name: str, version: int) -> bool:
        """Say whether a private key of an account is there."""
        return (self._accounts / name / f"key-{version}.pem").exists()

    def account_key(self, name: str, version: int) -> bytes:
        """Return a private key of an account (PEM)."""
        return self._read_private(self._accounts / name / f"key-{version}.pem")

    def save_account_key(self, name: str, version: int, key: bytes) -> None:
        """Write a private key of an account (PEM)."""
        self._write_private(self._accounts / name / f"key-{version}.pem", key)

    # Certificates

    def certificates(self) -> dict[str, Certificate]:
        """Return all certificates in force by name."""
        return self._all(self._certificates, codec.decode_certificate, _name_of)

    def certificate(self, name: str) -> Certificate | None:
        """Return the certificate in force of that name, None where there is none."""
        try:
            return self._one(self._certificates, name, codec.decode_certificate, _name_of)
        except FileNotFoundError:
            return None

    def save_certificate(self, certificate: Certificate) -> None:
        """Write the record of a certificate."""
        write_record(record_path(self._certificates, certificate.name), codec.encode_certificate(certificate))

    def archive_certificate(self, certificate: Certificate) -> None:
        """Take a certificate out of force; its record is kept."""
        target = record_path(self._archive / "certificates" / certificate.name, certificate.order_id)
        self._move(record_path(self._certificates, certificate.name), target)

    # Orders

    def orders(self, *, without: Iterable[str] = ()) -> dict[str, Order]:
        """Return the orders that are not archived, by id and so by age, but for those named in `without`."""
        return self._all(self._orders, codec.decode_order, _id_of, frozenset(without), nested=False)

    def archived_orders(self) -> dict[str, Order]:
        """Return the archived orders, by id."""
        return self._all(self._archive / "orders", codec.decode_order, _id_of, nested=False)

    def order(self, order_id: str) -> Order:
        """Return one order, archived or not.

        Raises:
            UnknownResourceError: there is none.
        """
        for folder in (self._orders, self._archive / "orders"):
            # Only what looks like an id of ours becomes a part of a path.
            if ORDER_ID.fullmatch(order_id) and record_path(folder, order_id).exists():
                return self._one(folder, order_id, codec.decode_order, _id_of)
        raise UnknownResourceError(
            f"there is no order {order_id!r}; `reconciler order list` shows those that are there"
        )

    def open_order(self, order_id: str) -> Order | None:
        """Return an order that is not archived, None where there is none of this id."""
        try:
            return self._one(self._orders, order_id, codec.decode_order, _id_of)
        except FileNotFoundError:
            return None

    def save_order(self, order: Order) -> None:
        """Write the record of an order."""
        write_record(record_path(self._orders, order.order_id), codec.encode_order(order))

    def archive_order(self, order_id: str) -> None:
        """Put an order, and what belongs to it, out of the way; nothing is deleted but its instructions."""
        self.remove_instructions(order_id)
        archive = self._archive / "orders"
        self._move(self._orders / order_id, archive / order_id)
        self._move(record_path(self._orders, order_id), record_path(archive, order_id))

    def order_csr(self, order_id: str) -> str | None:
        """Return the CSR of an order (PEM), None before there is one."""
        try:
            return self.order_file(order_id, OrderFile.CSR).decode("ascii")
        except StateError:
            return None

    def order_file(self, order_id: str, name: OrderFile) -> bytes:
        """Return what belongs to an order.

        Raises:
            StateError: it is not there.
        """
        folder = self._orders / order_id
        return self._read_private((folder if folder.is_dir() else self._archive / "orders" / order_id) / name)

    def has_order_file(self, order_id: str, name: OrderFile) -> bool:
        """Say whether a file that belongs to an order is there."""
        return (self._orders / order_id / name).exists()

    def save_order_file(self, order_id: str, name: OrderFile, content: bytes) -> None:
        """Write what belongs to an order, readable by nobody else."""
        self._write_private(self._orders / order_id / name, content)

    # Instructions

    def instructions_folder(self, order_id: str) -> Path:
        """Return where the instructions of an order lie."""
        return self.root / "challenges" / order_id

    def save_instructions(
        self, order_id: str, instructions: Sequence[Instruction], make_certificate: MakeTlsAlpnCertificate
    ) -> None:
        """Write the instructions of an order; `make_certificate` makes what tls-alpn-01 has to present."""
        write_instructions(self.instructions_folder(order_id), instructions, make_certificate)

    def remove_instructions(self, order_id: str) -> None:
        """Remove the instructions of an order that no longer waits for people."""
        remove_instructions(self.instructions_folder(order_id))

    # How it is done

    @property
    def _meta(self) -> Path:
        return self.root / "meta.yaml"

    def _check_format(self) -> None:
        try:
            version = read_record(self._meta, lambda fields: fields.whole("format_version"))
        except FileNotFoundError:
            return
        if version > FORMAT_VERSION:
            raise StateError(
                f"{self._meta}: the state has format {version}, written by a newer reconciler; "
                f"this one knows formats up to {FORMAT_VERSION}: update it"
            )

    def _all(
        self,
        folder: Path,
        decode: Callable[[Fields], T],
        name_of: Callable[[T], str],
        without: frozenset[str] = frozenset(),
        *,
        nested: bool = True,
    ) -> dict[str, T]:
        found: dict[str, T] = {}
        for name in record_names(folder, nested=nested):
            if name in without:
                continue
            try:
                found[name] = self._one(folder, name, decode, name_of)
            except FileNotFoundError:
                continue  # archived by a run that goes on while this one reads
        return found

    def _one(self, folder: Path, name: str, decode: Callable[[Fields], T], name_of: Callable[[T], str]) -> T:
        path = record_path(folder, name)
        record = read_record(path, decode)
        # Names become paths: those of keys and of what is delivered. They are what the file is called, or
        # nothing.
        if name_of(record) != name:
            raise StateError(f"{path}: this is the record of {name_of(record)!r}, in the place of another")
        return record

    def _move(self, source: Path, target: Path) -> None:
        try:
            files.make_folder(target.parent)
            files.move(source, target)
        except OSError as error:
            raise StateError(f"{source}: cannot be moved to {target}: {error.strerror}") from error

    def _read_private(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            raise StateError(f"{path}: cannot be read: {error.strerror}") from error

    def _write_private(self, path: Path, content: bytes) -> None:
        try:
            files.make_private_folder(path.parent)
            files.write_file(path, content, files.PRIVATE_FILE)
        except OSError as error:
            raise StateError(f"{path}: cannot be written: {error.strerror}") from error
