"""One certificate: is it to be ordered, is an order to go on, or does something hold it back?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.order import Stage
from reconciler.model.revocation import UNKNOWN_REQUEST
from reconciler.plan import reasons as why
from reconciler.plan.actions import AbandonOrder, CreateOrder, HeldBack, ResumeOrder, RevokeCertificate
from reconciler.plan.checks import reasons_to_order

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.model.certificate import Certificate, CertificateSpec
    from reconciler.model.observed import Observed
    from reconciler.model.order import Order
    from reconciler.plan.reasons import Reason


def decide_order(
    spec: CertificateSpec, observed: Observed, now: datetime
) -> CreateOrder | ResumeOrder | AbandonOrder | HeldBack | None:
    """Decide on an order; what there is to deliver, or to revoke, is another question."""
    certificate, order = observed.certificates.get(spec.name), observed.orders.get(spec.name)
    if spec.revoke is not None:
        return _until_revoked(spec, order)
    reasons = reasons_to_order(spec, certificate, now)
    moment = spec.not_after.moment if spec.not_after else None
    if reasons and moment is not None and moment <= now:
        passed = why.EndPassed(moment)
        return _held(spec, order, (*reasons, passed), passed)
    revoked = _revoked(spec, certificate, order)
    if revoked is not None:
        return _held(spec, order, reasons or (revoked,), revoked)
    if order is None:
        return CreateOrder(spec, reasons, certificate) if reasons else None
    if order.stage is Stage.REVOKED or not asks_for(order, spec):
        if reasons:
            return CreateOrder(spec, reasons, certificate, previous=order)
        return AbandonOrder(spec, order, (why.NoLongerRequested(),))
    if failure := _failure(order, now):
        return _retry(spec, certificate, order, (*reasons, failure), now) if reasons else None
    return ResumeOrder(spec, order, (why.OrderOpen(order.order_id, order.stage, order.next_work_date),))


def revocation(spec: CertificateSpec, observed: Observed, now: datetime) -> RevokeCertificate | None:
    """Decide whether the certificate in force is to be revoked; an expired one need not be."""
    certificate = observed.certificates.get(spec.name)
    if spec.revoke is None or certificate is None or certificate.revocation is not None:
        return None
    if now >= certificate.not_after:
        return None
    return RevokeCertificate(spec, certificate, spec.revoke, (why.RevocationRequested(spec.revoke),))


def asks_for(order: Order, spec: CertificateSpec) -> bool:
    """Say whether an order is for what the tree asks for now."""
    return (
        set(order.identifiers) == set(spec.identifiers)
        and order.key_type == spec.key_type
        and order.csr_digest == spec.csr_digest
        and order.profile == spec.asked_profile
        and order.must_staple == spec.must_staple
        and order.requested_end == spec.requested_end
        and order.role_name == spec.role.name
        and order.account_name == spec.role.acme_account_name
    )


def _until_revoked(spec: CertificateSpec, order: Order | None) -> ResumeOrder | AbandonOrder | None:
    """Nothing is ordered; but what the CA has issued, or may have, is fetched, to be revoked then."""
    if order is None or spec.revoke is None:
        return None
    return _fetched(spec, order) or (
        AbandonOrder(spec, order, (why.RevocationRequested(spec.revoke),)) if order.is_open else None
    )


def _fetched(spec: CertificateSpec, order: Order) -> ResumeOrder | None:
    """What the CA has issued, or may have, is not given up: somebody has to know of it."""
    if order.stage not in (Stage.FETCHING_CERTIFICATE, Stage.COMPLETED):
        return None
    return ResumeOrder(spec, order, (why.OrderOpen(order.order_id, order.stage, order.next_work_date),))


def _held(
    spec: CertificateSpec, order: Order | None, reasons: tuple[Reason, ...], end: Reason
) -> HeldBack | AbandonOrder | ResumeOrder:
    """Nothing is ordered before the tree asks for something else; an order under way has no purpose."""
    if order is not None and (fetched := _fetched(spec, order)):
        return fetched
    if order is not None and order.is_open:
        return AbandonOrder(spec, order, (end,))
    return HeldBack(spec, reasons, None)


def _revoked(
    spec: CertificateSpec, certificate: Certificate | None, order: Order | None
) -> why.CertificateRevoked | None:
    """Return that what there is was revoked, if the tree still asks for what it asked for then."""
    if order is not None and order.stage is Stage.REVOKED:
        revocation, may_order = order.revocation, order.retry_wanted
    elif certificate is not None:
        revocation, may_order = certificate.revocation, certificate.order_anew
    else:
        return None
    if revocation is None or may_order or revocation.request not in (spec.digest, UNKNOWN_REQUEST):
        return None
    return why.CertificateRevoked(revocation.date, revocation.reason)


def _failure(order: Order, now: datetime) -> why.OrderHeld | why.OrderFailed | why.OrderExpired | None:
    if order.stage is Stage.ERROR and not order.has_failed and order.last_error is not None:
        return why.OrderHeld(order.order_id, order.last_error)
    if order.stage is Stage.ERROR:
        return why.OrderFailed(order.order_id, order.attempt, order.next_work_date, order.last_error)
    # A certificate that is issued can be fetched, however old its order is.
    unissued = order.is_open and order.stage is not Stage.FETCHING_CERTIFICATE
    if order.stage is Stage.EXPIRED or (unissued and order.is_over(now)):
        return why.OrderExpired(order.order_id)
    return None


def _retry(
    spec: CertificateSpec,
    current: Certificate | None,
    failed: Order,
    reasons: tuple[Reason, ...],
    now: datetime,
) -> CreateOrder | HeldBack:
    if failed.is_held:
        return HeldBack(spec, reasons, None)
    until = failed.waits_until(now)
    if until is not None and not failed.retry_wanted:
        return HeldBack(spec, reasons, until)
    return CreateOrder(spec, reasons, current, previous=failed)
