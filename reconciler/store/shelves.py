"""What all that is kept in a state directory has in common: where it lies, and what cannot be read of it."""

from __future__ import annotations

from functools import cache, partial
from operator import attrgetter
from typing import TYPE_CHECKING, TypeVar

from reconciler.errors import StateError
from reconciler.model.flaw import FlawedRecord, RecordKind
from reconciler.model.order import OrderFile
from reconciler.store import codec, order_codec
from reconciler.store.concerned import concerned
from reconciler.store.keys import KeyFiles, Unencrypted
from reconciler.store.leftovers_codec import decode_leftovers, encode_leftovers
from reconciler.store.private import read_private
from reconciler.store.records import check_no_link
from reconciler.store.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from reconciler.model.account import Account
    from reconciler.model.certificate import Certificate
    from reconciler.model.instruction import Leftovers
    from reconciler.model.order import Order
    from reconciler.store.cipher import Cipher

T = TypeVar("T")
Flawed = list[FlawedRecord] | None
"""Takes what cannot be read; None: nothing may be."""


class Shelves:
    """The records of a state directory by their kinds, and its private keys.

    Attributes:
        root: the folder.
        keys: its private keys.
    """

    def __init__(self, root: Path, cipher: Cipher | None = None, top: Path | None = None) -> None:
        """Use `root`, which need not exist yet.

        Args:
            root: the folder.
            cipher: encrypts private keys; None: they are in clear.
            top: the folder below which no link is followed; None: `root`.

        Raises:
            StateError: it is reached through a link.
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

    def _all(self, shelf: Shelf[T], flawed: Flawed, without: Iterable[str] = ()) -> dict[str, T]:
        if flawed is None:
            return shelf.all(without)
        found: list[FlawedRecord] = []
        records = shelf.all(without, found)
        certificates_of = self._certificates_of()
        flawed += [concerned(each, certificates_of, self.order_csr) for each in found]
        return records

    def _certificates_of(self) -> Callable[[str], tuple[str, ...]]:
        """Return what says which certificates have come of an order; reads their records once, when asked."""
        by_order = cache(partial(self._certificates.names_by, "order_id"))
        return lambda order_id: tuple(by_order().get(order_id, ()))


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
