"""Orders, archived or not: their records, and the files and instructions that belong to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import UnknownResourceError
from reconciler.model.order import OrderFile, Stage
from reconciler.store.fields import ORDER_ID
from reconciler.store.key_paths import key_exists
from reconciler.store.private import move, remove_private, write_private
from reconciler.store.records import check_no_link, record_bytes
from reconciler.store.shelves import Flawed, Shelves

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from reconciler.model.flaw import FlawedRecord
    from reconciler.model.instruction import Instruction
    from reconciler.model.order import Order
    from reconciler.store.instructions import MakeTlsAlpnCertificate


class OrderRecords(Shelves):
    """Orders, by their ids and so by age."""

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
        certificates_of = self._certificates_of()
        for each in flawed:
            if each.account in (None, account_name) and not certificates_of(each.name):
                raise each.error
        return [order for order in found.values() if order.is_open and order.account_name == account_name]

    def discard_order_key(self, order_id: str) -> None:
        """Remove the private key of an order that is not finalized, and what was made with it."""
        remove_private(self._orders.folder / order_id / OrderFile.CSR, self._top)
        self.keys.remove(self._orders.folder / order_id / OrderFile.PRIVATE_KEY)

    def order_urls(self) -> set[str]:
        """Return the CAs' URLs of all orders, archived or not."""
        return {*self._orders.names_by("order_url"), *self._archived_orders.names_by("order_url")}

    def archive_order(self, order_id: str) -> None:
        """Put an order, and what belongs to it, out of the way; nothing is deleted but its instructions."""
        self.remove_instructions(order_id)
        move(self._orders.folder / order_id, self._archived_orders.folder / order_id, self._top)
        move(self._orders.path(order_id), self._archived_orders.path(order_id), self._top)

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

    def save_order_key(self, order_id: str, key: bytes, csr: bytes) -> None:
        """Write the private key of an order, and the CSR that was made with it."""
        folder = self._orders.folder / order_id
        self.keys.write(folder / OrderFile.PRIVATE_KEY, key, {OrderFile.CSR: csr})

    def instructions_folder(self, order_id: str) -> Path:
        """Return where the instructions of an order lie."""
        return self.root / "challenges" / order_id

    def save_instructions(
        self, order_id: str, instructions: Sequence[Instruction], make_certificate: MakeTlsAlpnCertificate
    ) -> None:
        """Write the instructions of an order; `make_certificate` makes what tls-alpn-01 has to present."""
        from reconciler.store.instructions import write_instructions  # most orders do without

        folder = self.instructions_folder(order_id)
        write_instructions(folder, instructions, make_certificate, self._top)

    def remove_instructions(self, order_id: str) -> None:
        """Remove the instructions of an order that no longer waits for people."""
        from reconciler.store.instructions import remove_instructions  # likewise

        folder = self.instructions_folder(order_id)
        check_no_link(folder, self._top)
        remove_instructions(folder)


def _line(field: str, value: str) -> str:
    return record_bytes({field: value}).decode()
