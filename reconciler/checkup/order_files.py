"""The files of an order: the key, the request and the chain that lie with its record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler import pki
from reconciler.checkup.codes import Code
from reconciler.errors import InvalidCertificateError, InvalidRequestError, OtherKeyError, StateError
from reconciler.model.order import OrderFile, Stage
from reconciler.model.state_finding import Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.checkup.seen import Seen
    from reconciler.model.order import Order
    from reconciler.model.state_finding import StateFinding
    from reconciler.pki.requests import PublicKey

# From here on the CA may know the key.
_NEEDS_KEY = frozenset({Stage.FETCHING_CERTIFICATE, Stage.COMPLETED})
_ANEW = "or have it ordered anew: remove the records of this certificate and of its order"


class Kept(Struct, frozen=True):
    """What is known of the files of an order; None for what is not there, or cannot be read.

    Attributes:
        folder: in the state, where they lie.
        key: the public part of the private key.
        csr_key: what the request is for.
        issued: what is in the chain.
    """

    folder: str
    key: PublicKey | None = None
    csr_key: PublicKey | None = None
    issued: pki.IssuedChain | None = None


def check_order_files(seen: Seen, order: Order) -> tuple[list[StateFinding], Kept]:
    """Return what is wrong with the files of an order, archived or not, and what is in them."""
    findings: list[StateFinding] = []
    folder = _folder(seen, order)
    key = seen.public_key(f"{folder}/{OrderFile.PRIVATE_KEY}") if order.csr_digest is None else None
    csr_key = _csr_key(seen, order, folder, key, findings)
    issued = _issued(seen, order, folder, key or csr_key, findings)
    findings += _missing(seen, order, folder)
    return findings, Kept(folder, key, csr_key, issued)


def _folder(seen: Seen, order: Order) -> str:
    """Return where the files of an order lie: the folder is archived before the record is."""
    usual = f"orders/{order.order_id}"
    return usual if seen.has(usual) or not seen.has(f"archive/{usual}") else f"archive/{usual}"


def _record(seen: Seen, order: Order) -> str:
    archived = "" if order.order_id in seen.orders else "archive/"
    return f"{archived}orders/{order.order_id}.yaml"


def _missing(seen: Seen, order: Order, folder: str) -> Iterator[StateFinding]:
    record = _record(seen, order)
    if order.csr_digest is None and not seen.has_key(f"{folder}/{OrderFile.PRIVATE_KEY}"):
        if order.stage in _NEEDS_KEY:
            message = f"the private key of this order ({order.stage}) is missing: {OrderFile.PRIVATE_KEY}"
            advice = f"put it back from where apply ran before, {_ANEW}"
            yield seen.found(Code.ORDER_WITHOUT_KEY, record, message, advice)
        elif order.is_open:
            yield seen.by_apply(
                Code.ORDER_WITHOUT_KEY,
                record,
                "this order has no private key yet",
                "makes one before it is needed",
            )
    if not seen.has(f"{folder}/{OrderFile.CSR}"):
        yield from _without_csr(seen, order, record)
    if order.stage is Stage.COMPLETED and not seen.has(f"{folder}/{OrderFile.FULLCHAIN}"):
        message = f"the certificate of this completed order is missing: {OrderFile.FULLCHAIN}"
        advice = f"put it back from a backup (the delivered fullchain.pem is the same), {_ANEW}"
        yield seen.found(Code.ORDER_WITHOUT_CHAIN, record, message, advice)


def _without_csr(seen: Seen, order: Order, record: str) -> Iterator[StateFinding]:
    if order.is_open:
        yield seen.by_apply(
            Code.ORDER_WITHOUT_CSR, record, "this order has no request yet", "makes it before it is needed"
        )
    elif order.stage is Stage.COMPLETED:
        # Of what the requester has the key of, the request alone says which key that is.
        level = Level.WARNING if order.csr_digest is None else Level.ERROR
        message = f"the certificate signing request of this order is missing: {OrderFile.CSR}"
        advice = "put it back from a backup; that of a requester is in the tree too"
        yield seen.found(Code.ORDER_WITHOUT_CSR, record, message, advice, level=level)


def _csr_key(
    seen: Seen, order: Order, folder: str, key: PublicKey | None, findings: list[StateFinding]
) -> PublicKey | None:
    path = f"{folder}/{OrderFile.CSR}"
    content = seen.read(path)
    if content is None:
        return None
    try:
        request, csr_key = pki.read_csr(content.decode("ascii", "replace")), pki.public_key(content)
    except (InvalidRequestError, StateError) as error:
        seen.unreadable(path, str(error))
        return None
    wrong = None
    if key is not None and csr_key != key:
        wrong = f"this request is for another key than {OrderFile.PRIVATE_KEY} beside it"
    elif order.csr_digest not in (None, request.digest):
        wrong = "this is not the request of the requester that the record names"
    elif set(request.identifiers) != set(order.identifiers):
        wrong = f"this request is for other names than the order: {', '.join(map(str, request.identifiers))}"
    if wrong is not None:
        findings.append(_wrong_csr(seen, order, folder, wrong))
    return csr_key


def _wrong_csr(seen: Seen, order: Order, folder: str, wrong: str) -> StateFinding:
    path = f"{folder}/{OrderFile.CSR}"
    if order.is_open and order.stage not in _NEEDS_KEY:
        advice = "remove it: the CA has not seen it yet, and the next `reconciler apply` makes it anew"
        return seen.found(Code.CSR_DOES_NOT_FIT, path, wrong, advice, f"rm {seen.quoted(path)}")
    advice = f"put the right one back from a backup, {_ANEW}"
    return seen.found(Code.CSR_DOES_NOT_FIT, path, wrong, advice)


def _issued(
    seen: Seen, order: Order, folder: str, key: PublicKey | None, findings: list[StateFinding]
) -> pki.IssuedChain | None:
    path = f"{folder}/{OrderFile.FULLCHAIN}"
    content = seen.read(path)
    if content is None or key is None:
        return None
    wrong, issued = None, None
    try:
        issued = pki.check_chain_for(content.decode("ascii", "replace"), key, order.identifiers)
        if order.serial_number not in (None, issued.serial_number):
            wrong = (
                f"its serial number is {issued.serial_number}, and that of the order {order.serial_number}"
            )
    except OtherKeyError:
        wrong = "it is for another key than that of this order"
    except InvalidCertificateError as error:
        wrong = str(error)
    if wrong is not None:
        message = f"this is not the certificate of this order: {wrong}"
        if order.stage is Stage.FETCHING_CERTIFICATE:
            findings.append(seen.by_apply(Code.CHAIN_DOES_NOT_FIT, path, message, "downloads it again"))
        else:
            advice = f"put the right one back from a backup, {_ANEW}"
            findings.append(seen.found(Code.CHAIN_DOES_NOT_FIT, path, message, advice))
    return issued
