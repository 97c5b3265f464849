"""Orders: their records, and the key, the request and the chain that lie with each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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


@dataclass(frozen=True, slots=True)
class Kept:
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


def check_order(seen: Seen, order: Order) -> tuple[list[StateFinding], Kept]:
    """Return what is wrong with the files of an order that is not archived, and what is in them."""
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


def check_orders_together(seen: Seen) -> Iterator[StateFinding]:
    """Yield what is wrong between the records of orders, accounts and each other."""
    replaced = {order.previous_order_id: order for order in seen.orders.values()}
    open_of: dict[str, Order] = {}
    for order in seen.orders.values():
        if not order.is_open:
            continue
        yield from _about_account(seen, order)
        yield from _about_previous(seen, order)
        other = open_of.setdefault(order.certificate_name, order)
        if other is not order:
            yield _two_open(
                seen, other, order, follows=order.order_id in replaced or other.order_id in replaced
            )


def _two_open(seen: Seen, one: Order, other: Order, *, follows: bool) -> StateFinding:
    message = f"the order {one.order_id} of the same certificate, {one.certificate_name}, is under way too"
    path = f"orders/{other.order_id}.yaml"
    if follows:
        return seen.by_apply(Code.TWO_OPEN_ORDERS, path, message, "archives the one whose place is taken")
    advice = "the next `reconciler apply` goes on with one of them, and gives up the other"
    return seen.found(
        Code.TWO_OPEN_ORDERS, path, message, advice, "reconciler apply", field="certificate_name"
    )


def _about_account(seen: Seen, order: Order) -> Iterator[StateFinding]:
    path = f"orders/{order.order_id}.yaml"
    account = seen.accounts.get(order.account_name)
    if account is None:
        if order.order_url is not None and not seen.is_flawed(f"accounts/{order.account_name}.yaml"):
            message = f"this order was made through the account {order.account_name}, which has no record"
            advice = (
                "put the record of the account, and its keys, back from a backup; where there is none, move "
                "the order's record and its folder out of the state: it is ordered anew"
            )
            yield seen.found(Code.ORDER_WITHOUT_ACCOUNT, path, message, advice, field="account_name")
        return
    ours = {_host(account.directory_url), _host(account.account_url or "")}
    urls = {
        "order_url": order.order_url,
        "finalize_url": order.finalize_url,
        "certificate_url": order.certificate_url,
        "authorization_urls": next(
            (each for each in order.authorization_urls if _host(each) not in ours), None
        ),
    }
    for field, url in urls.items():
        if url is not None and _host(url) not in ours:
            message = f"{url} is not at the CA of the account {account.name}"
            advice = (
                "ask whoever runs the CA; if it is none of theirs, somebody has altered the record: put it "
                "back from a backup, or give the order up: `reconciler order cancel`"
            )
            yield seen.found(Code.FOREIGN_URL, path, message, advice, field=field)


def _about_previous(seen: Seen, order: Order) -> Iterator[StateFinding]:
    previous = order.previous_order_id
    if previous is None or previous in seen.orders or previous in seen.archived:
        return
    path = f"orders/{previous}.yaml"
    if not (seen.has(path) or seen.has(f"archive/{path}")):
        message = f"the order {previous}, whose place this one takes, is nowhere in the state"
        advice = "nothing depends on it; put it back from a backup if its certificate is to be found again"
        record = f"orders/{order.order_id}.yaml"
        yield seen.found(Code.LOST_PREVIOUS_ORDER, record, message, advice, field="previous_order_id")


def check_places(seen: Seen) -> Iterator[StateFinding]:
    """Yield what is wrong with the places of orders: files without a record, and what is archived by half."""
    files = {each.folder for each in seen.entries.values() if not each.is_folder and not each.is_temporary}
    for folder in sorted(files):
        inner, _, order_id = folder.rpartition("/")
        if inner not in ("orders", "archive/orders"):
            continue
        archived, usual = f"archive/orders/{order_id}", f"orders/{order_id}"
        if {archived, usual} <= files:
            if folder == usual:
                message = f"files of this order lie here and in {seen.shown(archived)}"
                advice = "look which are the right ones, and move the others out of the state"
                yield seen.found(Code.HALF_ARCHIVED, usual, message, advice)
        elif seen.has(f"{usual}.yaml") and not seen.has(f"{archived}.yaml") and folder == archived:
            message = "the files of this order are archived, and its record is not"
            yield seen.by_apply(Code.HALF_ARCHIVED, f"{usual}.yaml", message, "archives it too")
        elif not seen.has(f"{folder}.yaml"):
            message = "these files belong to an order that has no record"
            advice = (
                "put the record back from a backup, or from Git; where there is none, move the folder out of "
                "the state, and keep it: the key of a certificate may be in it"
            )
            yield seen.found(Code.ORDER_WITHOUT_RECORD, folder, message, advice)
    for order_id in seen.orders.keys() & seen.archived.keys():
        message = f"this order has a second record, {seen.shown(f'archive/orders/{order_id}.yaml')}"
        advice = "look which is the right one (`last_update`), and move the other out of the state"
        yield seen.found(Code.HALF_ARCHIVED, f"orders/{order_id}.yaml", message, advice)


def _host(url: str) -> str:
    from urllib.parse import urlsplit

    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""
