"""Certificates in force: their records, their orders, and what was delivered."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from reconciler.checkup.codes import Code
from reconciler.checkup.delivered import check_delivered
from reconciler.checkup.orders import Kept, check_order
from reconciler.model.order import OrderFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.checkup.seen import Seen
    from reconciler.model.certificate import Certificate
    from reconciler.model.order import Order
    from reconciler.model.state_finding import StateFinding
    from reconciler.pki import IssuedChain

_ANEW = "put it back from a backup, or from Git; or remove it, and have the certificate ordered anew"


def check_orders_and_certificates(seen: Seen) -> Iterator[StateFinding | Kept]:
    """Yield what is wrong with each order, its certificate and its files; and what is in each."""
    by_order = {each.order_id: each for each in seen.certificates.values()}
    for order in seen.orders.values():
        findings, kept = check_order(seen, order)
        yield from findings
        yield kept
        certificate = by_order.get(order.order_id)
        if certificate is not None:
            yield from _check_pair(seen, certificate, order, kept)
            yield from check_delivered(seen, certificate)
    for certificate in seen.certificates.values():
        if certificate.order_id not in seen.orders:
            yield from _without_open_order(seen, certificate)
            yield from check_delivered(seen, certificate)


def _path(certificate: Certificate) -> str:
    return f"certificates/{certificate.name}.yaml"


def _without_open_order(seen: Seen, certificate: Certificate) -> Iterator[StateFinding | Kept]:
    order = seen.archived.get(certificate.order_id)
    if order is not None:
        # A run that ends an order archives the one before first, and then writes the record.
        findings, kept = check_order(seen, order)
        yield from findings
        yield kept
        yield from _check_pair(seen, certificate, order, kept)
        return
    path = f"orders/{certificate.order_id}.yaml"
    if seen.has(path) or seen.has(f"archive/{path}"):
        return  # it cannot be read, which is told
    message = f"the order {certificate.order_id} that this certificate came from is missing"
    if not seen.has_key(f"orders/{certificate.order_id}/{OrderFile.PRIVATE_KEY}"):
        message += ": its key is lost"
    advice = (
        "put the order's record and its folder back from a backup, or from Git; or remove this record, and "
        "have the certificate ordered anew"
    )
    yield seen.found(Code.CERTIFICATE_WITHOUT_ORDER, _path(certificate), message, advice, field="order_id")


def _check_pair(seen: Seen, certificate: Certificate, order: Order, kept: Kept) -> Iterator[StateFinding]:
    path = _path(certificate)
    if order.certificate_name != certificate.name:
        message = f"the order {order.order_id} is one of the certificate {order.certificate_name}"
        yield seen.found(Code.CERTIFICATE_OF_OTHER_ORDER, path, message, _ANEW, field="order_id")
        return
    if set(order.identifiers) != set(certificate.identifiers):
        message = "the record has other names than the order that the certificate came from"
        yield seen.found(Code.CERTIFICATE_DIFFERS, path, message, _ANEW, field="identifiers")
    if kept.issued is None:
        return
    yield from _differences(seen, certificate, kept.issued)
    yield from _digests(seen, certificate, kept)


def _differences(seen: Seen, certificate: Certificate, issued: IssuedChain) -> Iterator[StateFinding]:
    for field in ("serial_number", "not_before", "not_after"):
        recorded, real = getattr(certificate, field), getattr(issued, field)
        if recorded != real:
            message = f"`{field}` is {recorded} here, and {real} in the certificate"
            yield seen.found(Code.CERTIFICATE_DIFFERS, _path(certificate), message, _ANEW, field=field)


def _digests(seen: Seen, certificate: Certificate, kept: Kept) -> Iterator[StateFinding]:
    """Compare the digests of the record with what `deliver` would write."""
    issued = kept.issued
    if issued is None:
        return
    contents = {
        "cert.pem": issued.cert_pem.encode("ascii"),
        "chain.pem": issued.chain_pem.encode("ascii"),
        "fullchain.pem": issued.fullchain_pem.encode("ascii"),
    }
    key = f"{kept.folder}/{OrderFile.PRIVATE_KEY}"
    content = seen.key(seen.form_of(key)) if kept.key is not None else None
    if content is not None:
        contents["privkey.pem"] = content
    for name, digest in certificate.files.items():
        if name in contents and hashlib.sha256(contents[name]).hexdigest() != digest:
            message = f"the digest of `{name}` is not that of what is to be delivered"
            yield seen.found(Code.DIGEST_DIFFERS, _path(certificate), message, _ANEW, field=name)
