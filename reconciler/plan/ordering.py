"""One certificate: is it to be ordered, is an order to go on, or does something hold it back?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.order import Stage
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
        wanted = order is not None and order.is_open
        return (
            AbandonOrder(spec, order, (why.RevocationRequested(spec.revoke),)) if order and wanted else None
        )
    reasons = reasons_to_order(spec, certificate, now)
    moment = spec.not_after.moment if spec.not_after else None
    if reasons and moment is not None and moment <= now:
        return HeldBack(spec, (*reasons, why.EndPassed(moment)), None)
    if certificate is not None and _stays_revoked(spec, certificate) and not (order and order.is_open):
        return HeldBack(spec, reasons, None)
    if order is None:
        return CreateOrder(spec, reasons, certificate) if reasons else None
    if not asks_for(order, spec):
        if reasons:
            return CreateOrder(spec, reasons, certificate, previous=order)
        return AbandonOrder(spec, order, (why.NoLongerRequested(),))
    if failure := _failure(order, now):
        return _retry(spec, certificate, order, (*reasons, failure), now) if reasons else None
    return ResumeOrder(spec, order, (why.OrderOpen(order.order_id, order.stage, order.next_work_date),))


def revocation(spec: CertificateSpec, observed: Observed) -> RevokeCertificate | None:
    """Decide whether the certificate in force is to be revoked."""
    certificate = observed.certificates.get(spec.name)
    if spec.revoke is None or certificate is None or certificate.revocation is not None:
        return None
    return RevokeCertificate(spec, certificate, (why.RevocationRequested(spec.revoke),))


def asks_for(order: Order, spec: CertificateSpec) -> bool:
    """Say whether an order is for what the tree asks for now."""
    return (
        set(order.identifiers) == set(spec.identifiers)
        and order.key_type == spec.key_type
        and order.csr_digest == spec.csr_digest
        and order.profile == spec.asked_profile
        and order.must_staple == spec.must_staple
        and order.requested_end == (str(spec.not_after) if spec.not_after else None)
        and order.role_name == spec.role.name
        and order.account_name == spec.role.acme_account_name
    )


def _stays_revoked(spec: CertificateSpec, certificate: Certificate) -> bool:
    """Say whether the tree still asks for what it asked for when the certificate was revoked."""
    revoked = certificate.revocation
    return revoked is not None and revoked.request == spec.digest and not certificate.order_anew


def _failure(order: Order, now: datetime) -> why.OrderHeld | why.OrderFailed | why.OrderExpired | None:
    if order.is_held and order.last_error is not None:
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
    # A record from the future is from a clock that was wrong: it holds nothing back.
    waits = failed.next_work_date is not None and failed.last_update <= now < failed.next_work_date
    if waits and not failed.retry_wanted:
        return HeldBack(spec, reasons, failed.next_work_date)
    return CreateOrder(spec, reasons, current, previous=failed)
