"""What has to be on disk, and what has to hold, before a CA hears of an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler import pki
from reconciler.errors import StateError
from reconciler.model.order import OrderFile
from reconciler.model.problem import OWN_ERROR, Problem

if TYPE_CHECKING:
    from reconciler.engine.work import Work
    from reconciler.model.certificate import CertificateSpec
    from reconciler.model.order import Order
    from reconciler.store import Store


def prepare(store: Store, order: Order, spec: CertificateSpec) -> None:
    """Write what an order is finalized with: the requester's CSR, or a private key and a CSR of our making.

    Key and CSR are kept where both are there already. Until an order is finalized nobody knows its key, so
    that one which was lost is made anew. Of a requester's key nothing is here that could be lost.

    Args:
        store: the state.
        order: it need not be for what `spec` asks for any more.
        spec: the requested certificate.

    Raises:
        StateError: something could not be written.
    """
    if order.csr_digest is not None:
        if (
            spec.csr is not None
            and spec.csr_digest == order.csr_digest
            and store.order_csr(order.order_id) != spec.csr
        ):
            store.save_order_file(order.order_id, OrderFile.CSR, spec.csr.encode("ascii"))
    elif not all(
        store.has_order_file(order.order_id, each) for each in (OrderFile.PRIVATE_KEY, OrderFile.CSR)
    ):
        key = (_key_before(store, order) if spec.reuse_key else None) or pki.generate_key(order.key_type)
        csr = pki.make_csr(
            key, order.identifiers, spec.role.csr_identifier_population, must_staple=order.must_staple
        )
        store.save_order_key(order.order_id, key, csr)


def _key_before(store: Store, order: Order) -> bytes | None:
    """Return the key of the certificate in force, if it may be used again: none that was ever revoked is."""
    certificate = store.certificate(order.certificate_name)
    if certificate is None or certificate.csr_digest is not None or certificate.revocation is not None:
        return None
    key = key_of(store, certificate.order_id) if certificate.key_type is order.key_type else None
    if key is None:
        return None
    revoked = store.revoked_orders(order.certificate_name)
    return None if any(key_of(store, each.order_id) == key for each in revoked) else key


def key_of(store: Store, order_id: str) -> bytes | None:
    """Return the private key of an order, None where it is not here."""
    try:
        return store.order_file(order_id, OrderFile.PRIVATE_KEY)
    except StateError:
        return None


def unfit_to_submit(work: Work, order: Order) -> Problem | None:
    """Return why a prepared order must not be sent to the CA at all, if there is a reason.

    Raises:
        CAError: the CA's directory cannot be read.
        StateError: the CSR cannot be read.
    """
    if order.profile is not None:
        offered = work.ca.directory().profiles
        if order.profile not in offered:
            others = f"it offers {', '.join(offered)}" if offered else "it offers none at all"
            detail = f"the CA does not offer the profile {order.profile}; {others}"
            return Problem(f"{OWN_ERROR}profileNotOffered", detail)
    if order.csr_digest is not None:
        # RFC 8555 section 11.1: the key of an account, even of one that it had, is never a certificate's.
        account = work.place.store.account(order.account_name)
        asked = pki.thumbprint(work.place.store.order_file(order.order_id, OrderFile.CSR))
        if account is not None and asked in {each.thumbprint for each in account.account_keys}:
            detail = f"the CSR is for a key of the account {account.name}, which may sign for that alone"
            return Problem(f"{OWN_ERROR}accountKeyInRequest", detail)
    return None
