"""The end of an order: the certificate comes into force and is delivered. Safe to repeat at any point."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler import pki
from reconciler.deliver.certificates import deliver, digests
from reconciler.engine.renewal_times import info_at_first
from reconciler.errors import StateError
from reconciler.model.certificate import Certificate
from reconciler.model.events import CertificateIssued, ChainNotOffered
from reconciler.model.order import OrderFile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.engine.work import Work
    from reconciler.model.events import Event
    from reconciler.model.order import Order
    from reconciler.store import Store


def finish(work: Work, order: Order) -> tuple[Certificate, tuple[Event, ...]]:
    """Put the certificate of a completed order into force and write its files.

    The order before is archived first: whatever happens between, at most one completed order is without a
    record of its certificate, and that one is the newest.

    Returns:
        the certificate, and what is to be told: that it was issued, and what was not as preferred.

    Raises:
        StateError: a record could not be written; the next run begins here again.
        DeliveryError: the certificate is in force, its files are not in their place; the next run delivers
            them.
    """
    place = work.place
    if work.issued:
        # Of a thousand that are issued, none but the one that is being delivered need be held.
        key, issued = work.issued.pop()
        contents = _contents(order, key, issued)
    else:
        contents, issued = read_contents(place.store, order)
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
        superseded_files=_superseded(before, contents),
        csr_digest=order.csr_digest,
        profile=order.profile,
        evidence=order.evidence,
        origin=order.origin,
        must_staple=order.must_staple,
        requested_end=order.requested_end,
        certificate_id=issued.certificate_id,
        renewal_info=info_at_first(work),
        suggested=order.suggested,
    )
    place.store.save_certificate(certificate)
    folder = place.output / certificate.name
    deliver(folder, contents, certificate.superseded_files, place.rules)
    issued_event = CertificateIssued(
        certificate.name, order.order_id, certificate.serial_number, certificate.not_after, str(folder)
    )
    preferred = work.spec.chain_issuer
    if preferred is None or pki.chain_has_issuer(issued, preferred):
        return certificate, (issued_event,)
    not_offered = ChainNotOffered(certificate.name, order.order_id, preferred, issued.issuers)
    return certificate, (not_offered, issued_event)


def read_contents(
    store: Store, made: Order | Certificate, *, with_key: bool = True
) -> tuple[dict[str, bytes], pki.IssuedChain]:
    """Return the files of a certificate by name, in the order of writing, and what stands in it.

    Args:
        store: the state.
        made: the order that it came from, or its record. The private key is among the files unless the
            requester has it.
        with_key: whether the private key is wanted: it may be encrypted; what is public needs no identity.

    Raises:
        StateError: key, CSR or chain is not there.
        EncryptionError: the key cannot be decrypted.
        InvalidCertificateError: they do not fit together any more.
    """
    try:
        key = store.order_file(made.order_id, key_file(made) if with_key else OrderFile.CSR)
    except StateError as error:
        raise StateError(
            f"{error}; restore it from where apply ran before, or order anew: remove the records of this "
            "certificate and of its order"
        ) from None
    issued = pki.check_chain(
        store.order_file(made.order_id, OrderFile.FULLCHAIN).decode("ascii", "replace"),
        key,
        made.identifiers,
    )
    return _contents(made, key if with_key else None, issued), issued


def _contents(made: Order | Certificate, key: bytes | None, issued: pki.IssuedChain) -> dict[str, bytes]:
    private = {"privkey.pem": key} if key is not None and made.csr_digest is None else {}
    return private | {
        "cert.pem": issued.cert_pem.encode("ascii"),
        "chain.pem": issued.chain_pem.encode("ascii"),
        "fullchain.pem": issued.fullchain_pem.encode("ascii"),
    }


def key_file(made: Order | Certificate) -> OrderFile:
    """Return the file of an order that says which key its certificate must be for."""
    return OrderFile.PRIVATE_KEY if made.csr_digest is None else OrderFile.CSR


def _superseded(before: Certificate | None, contents: Mapping[str, bytes]) -> dict[str, str]:
    """Return the files that were delivered for the certificate before, and have no successor."""
    if before is None:
        return {}
    delivered = {**before.superseded_files, **before.files}
    return {name: digest for name, digest in delivered.items() if name not in contents}
