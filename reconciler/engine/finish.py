"""The end of an order: the certificate comes into force and is delivered. Safe to repeat at any point."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler import pki
from reconciler.deliver.certificates import deliver, digests
from reconciler.errors import StateError
from reconciler.model.certificate import Certificate
from reconciler.model.events import CertificateIssued
from reconciler.model.order import OrderFile

if TYPE_CHECKING:
    from reconciler.engine.work import Work
    from reconciler.model.identifier import Identifier
    from reconciler.model.order import Order
    from reconciler.store import Store


def finish(work: Work, order: Order) -> CertificateIssued:
    """Put the certificate of a completed order into force and write its files.

    The order before is archived first: whatever happens between, at most one completed order is without a
    record of its certificate, and that one is the newest.

    Raises:
        StateError: a record could not be written; the next run begins here again.
        DeliveryError: the certificate is in force, its files are not in their place; the next run delivers
        them.
    """
    place = work.place
    contents, issued = read_contents(place.store, order.order_id, order.identifiers)
    before = place.store.certificate(order.certificate_name)
    if before is not None and before.order_id != order.order_id:
        place.store.archive_order(before.order_id)
    certificate = Certificate(
        name=order.certificate_name,
        role_name=order.role_name,
        account_name=order.account_name,
        identifiers=order.identifiers,
        key_type=order.key_type,
        order_id=order.order_id,
        serial_number=issued.serial_number,
        issuer=issued.issuer,
        not_before=issued.not_before,
        not_after=issued.not_after,
        files=digests(contents),
    )
    place.store.save_certificate(certificate)
    folder = place.output / certificate.name
    deliver(folder, contents)
    return CertificateIssued(
        certificate.name, order.order_id, certificate.serial_number, certificate.not_after, str(folder)
    )


def read_contents(
    store: Store, order_id: str, identifiers: tuple[Identifier, ...]
) -> tuple[dict[str, bytes], pki.IssuedChain]:
    """Return the files of the certificate that an order made, by name, and what stands in the certificate.

    Raises:
        StateError: key or chain is not there.
        InvalidCertificateError: they do not fit together any more.
    """
    try:
        key = store.order_file(order_id, OrderFile.PRIVATE_KEY)
    except StateError as error:
        raise StateError(
            f"{error}; restore it from where apply ran before, or order anew: remove the records of this "
            "certificate and of its order"
        ) from None
    issued = pki.check_chain(
        store.order_file(order_id, OrderFile.FULLCHAIN).decode("ascii", "replace"), key, identifiers
    )
    contents = {
        "privkey.pem": key,
        "cert.pem": issued.cert_pem.encode("ascii"),
        "chain.pem": issued.chain_pem.encode("ascii"),
        "fullchain.pem": issued.fullchain_pem.encode("ascii"),
    }
    return contents, issued
