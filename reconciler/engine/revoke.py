"""Revoking a certificate (RFC 8555 section 7.6). Safe to repeat: one that is revoked already is no error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler import pki
from reconciler.engine.accounts import reached, spec_of
from reconciler.engine.prepare import key_of
from reconciler.errors import AccountError, AccountGoneError, EncryptionError, ProblemError
from reconciler.model.events import CertificateRevoked
from reconciler.model.order import OrderFile, Stage
from reconciler.model.revocation import Revocation
from reconciler.orders.machine import Word, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.engine.work import Workplace
    from reconciler.model.account import Account, AccountSpec
    from reconciler.model.flaw import FlawedRecord
    from reconciler.model.order import Order
    from reconciler.model.revocation import RevocationReason

_NOT_BY_THIS_ACCOUNT = frozenset(
    {"unauthorized", "accountDoesNotExist", "malformed", "badSignatureAlgorithm", "account"}
)


def revoke(
    place: Workplace,
    order: Order,
    reason: RevocationReason,
    accounts: Mapping[str, AccountSpec],
    *,
    request: str | None = None,
    by_certificate_key: bool = False,
) -> CertificateRevoked:
    """Revoke the certificate of a completed order, and write that down.

    It is signed by the key of the account that ordered it. If the CA has that account no more, or it is
    archived, then by the certificate's own key.

    Args:
        place: store, clock and CA.
        order: completed (or revoked: then the CA is asked all the same); archived or not.
        reason: sent to the CA.
        accounts: as the tree has them.
        request: the digest of what the tree asks for under the certificate's name, None if it does not.
        by_certificate_key: whether to sign by that alone: the proof that the key itself is known (or leaked).

    Raises:
        ProblemError: the CA has refused.
        CAUnavailableError, ProtocolError: the CA did not do it.
        StateError: key or certificate cannot be read, or the records not written.
        AccountError: nothing is left to sign it by.
    """
    store = place.store
    der = pki.to_der(store.order_file(order.order_id, OrderFile.FULLCHAIN))
    own_key = _own_key(place, order)
    account = store.account(order.account_name)
    already = False
    try:
        if account is None or account.account_url is None or by_certificate_key:
            _by_certificate_key(place, order, der, reason, account, own_key, accounts)
        else:
            try:
                account, ca = reached(place, account, accounts)
                ca.revoke_certificate(der, reason)
            except (ProblemError, AccountGoneError) as error:
                if own_key is None or error.problem.code not in _NOT_BY_THIS_ACCOUNT:
                    raise
                _by_certificate_key(place, order, der, reason, account, own_key, accounts)
    except ProblemError as error:
        if error.problem.code != "alreadyRevoked":
            raise
        already = True
    known = order.revocation or Revocation(place.clock.now(), reason, request)
    _write_down(place, order, known)
    serial_number = order.serial_number or ""
    return CertificateRevoked(order.certificate_name, order.order_id, serial_number, known.reason, already)


def _own_key(place: Workplace, order: Order) -> bytes | None:
    """Return the certificate's key; None where it is not here, or cannot be decrypted: few need it."""
    try:
        return key_of(place.store, order.order_id) if order.csr_digest is None else None
    except EncryptionError:
        return None


def _by_certificate_key(
    place: Workplace,
    order: Order,
    der: bytes,
    reason: RevocationReason,
    account: Account | None,
    own_key: bytes | None,
    accounts: Mapping[str, AccountSpec],
) -> None:
    if own_key is None:
        if order.csr_digest is None:
            key_of(place.store, order.order_id)  # says why it cannot be decrypted, where that is the reason
        raise AccountError(
            "the private key of this certificate is not here"
            + (" (it is with whoever made the CSR)" if order.csr_digest else "")
            + ": it can only be revoked by the account that ordered it"
        )
    if account is None:
        account = place.store.archived_account(order.account_name)
    spec = spec_of(account, accounts) if account else accounts.get(order.account_name)
    if spec is None:
        raise AccountError(f"nothing says at which CA the account {order.account_name} is, or was")
    # An account is not needed for this: only the CA's address is.
    place.connect(spec, own_key, None).revoke_certificate(der, reason, own_key)


def _write_down(place: Workplace, order: Order, revocation: Revocation) -> None:
    """Killed in between, the plan of a tree that asks for it finds the certificate to be revoked still."""
    store = place.store
    # First: should it fail, all of this is done again.
    _let_no_other_have_its_key(place, order)
    if order.revocation is None:
        stage = told(order.stage, Word.REVOKED)
        store.update_order(replace(order, stage=stage, revocation=revocation, last_update=revocation.date))
    certificate = store.certificate(order.certificate_name)
    in_force = certificate is not None and certificate.order_id == order.order_id
    if certificate is not None and in_force and certificate.revocation is None:
        store.save_certificate(replace(certificate, revocation=revocation))


def _let_no_other_have_its_key(place: Workplace, revoked: Order) -> None:
    """An order under way that was to keep the key gets another: before it is finalized nobody knows it.

    Raises:
        RecordError: one cannot be read that may have the key.
    """
    store = place.store
    key = _own_key(place, revoked)
    # One that is not known may be the key of any of them.
    unknown = key is None and revoked.csr_digest is None
    flawed: list[FlawedRecord] = []
    for order in store.open_orders_for(revoked.certificate_name, flawed):
        # From then on the CA may have it.
        unsent = order.stage is not Stage.FETCHING_CERTIFICATE
        if unsent and (unknown or (key is not None and _own_key(place, order) == key)):
            store.discard_order_key(order.order_id)
    for each in flawed:
        if unknown or (key is not None and key_of(store, each.name) in (None, key)):
            raise each.error
