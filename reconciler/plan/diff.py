"""Desired, observed and the clock in; a plan out.

Whether a certificate must be ordered is one ordered list of checks, each of which answers with a reason or
with none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.observed import FileChanges
from reconciler.model.order import Stage
from reconciler.model.renewal import renewal_due_at
from reconciler.plan import reasons as why
from reconciler.plan.actions import (
    AbandonOrder,
    CreateOrder,
    DeliverCertificate,
    ForgetCertificate,
    HeldBack,
    Plan,
    RegisterAccount,
    ResumeOrder,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from reconciler.model.certificate import Certificate, CertificateSpec
    from reconciler.model.desired import Desired
    from reconciler.model.finding import Finding
    from reconciler.model.observed import Observed
    from reconciler.model.order import Order
    from reconciler.plan.actions import Action
    from reconciler.plan.reasons import Reason

_NO_CHANGES = FileChanges()


def make_plan(
    desired: Desired,
    observed: Observed,
    now: datetime,
    denials: Mapping[str, tuple[Finding, ...]] | None = None,
) -> Plan:
    """Return what has to be done so that what is there becomes what is wanted.

    Args:
        desired: the tree.
        observed: the state directory and the output folder.
        now: the time to decide renewals by; aware.
        denials: for each certificate that the policy denies, its findings; it gets no action.
    """
    denials = denials or {}
    actions: list[Action] = []
    held_back: list[HeldBack] = []
    unchanged = 0
    for name in sorted(desired.certificates):
        if name in denials:
            continue
        decision = _decide(desired.certificates[name], observed, now)
        if decision is None:
            unchanged += 1
        elif isinstance(decision, HeldBack):
            held_back.append(decision)
        else:
            actions.append(decision)
    actions += _forget(desired, observed)
    return Plan(
        now=now,
        actions=(*_registrations(desired, observed, actions), *actions),
        held_back=tuple(held_back),
        unchanged=unchanged,
        denied=tuple(finding for name in sorted(denials) for finding in denials[name]),
    )


def _decide(
    spec: CertificateSpec, observed: Observed, now: datetime
) -> CreateOrder | ResumeOrder | AbandonOrder | DeliverCertificate | HeldBack | None:
    certificate = observed.certificates.get(spec.name)
    order = observed.orders.get(spec.name)
    if order is not None and _asks_for(order, spec):
        if order.is_open or order.stage is Stage.COMPLETED:
            return ResumeOrder(
                spec, order, (why.OrderOpen(order.order_id, order.stage, order.next_work_date),)
            )
        failure = _failure(order)
        reasons = (*_reasons_to_order(spec, certificate, now), failure) if failure else ()
        if len(reasons) > 1:
            return _retry(spec, certificate, order, reasons, now)
    elif reasons := _reasons_to_order(spec, certificate, now):
        superseded = order if order is not None and order.is_open else None
        return CreateOrder(spec, reasons, certificate, superseded=superseded)
    elif order is not None and order.is_open:
        return AbandonOrder(spec, order, (why.NoLongerRequested(),))
    return _deliver(spec, certificate, observed.file_changes.get(spec.name, _NO_CHANGES))


def _asks_for(order: Order, spec: CertificateSpec) -> bool:
    return (
        set(order.identifiers) == set(spec.identifiers)
        and order.key_type == spec.key_type
        and order.role_name == spec.role.name
        and order.account_name == spec.role.acme_account_name
    )


def _failure(order: Order) -> why.OrderFailed | why.OrderExpired | None:
    if order.stage is Stage.ERROR:
        return why.OrderFailed(order.order_id, order.attempt, order.next_work_date, order.last_error)
    if order.stage is Stage.EXPIRED:
        return why.OrderExpired(order.order_id)
    return None


def _retry(
    spec: CertificateSpec,
    current: Certificate | None,
    failed: Order,
    reasons: tuple[Reason, ...],
    now: datetime,
) -> CreateOrder | HeldBack:
    if failed.next_work_date is not None and failed.next_work_date > now:
        return HeldBack(spec, reasons, failed.next_work_date)
    return CreateOrder(spec, reasons, current, failed=failed)


def _deliver(
    spec: CertificateSpec, certificate: Certificate | None, changes: FileChanges
) -> DeliverCertificate | None:
    reasons: list[Reason] = []
    if changes.missing:
        reasons.append(why.FilesMissing(changes.missing))
    if changes.altered:
        reasons.append(why.FilesAltered(changes.altered))
    return DeliverCertificate(spec, certificate, tuple(reasons)) if certificate and reasons else None


def _reasons_to_order(
    spec: CertificateSpec, current: Certificate | None, now: datetime
) -> tuple[Reason, ...]:
    if current is None:
        return (why.NewCertificate(),)
    found = (check(spec, current, now) for check in CHECKS)
    return tuple(reason for reason in found if reason is not None)


def _identifiers(spec: CertificateSpec, current: Certificate, _now: datetime) -> Reason | None:
    wanted, present = set(spec.identifiers), set(current.identifiers)
    if wanted == present:
        return None
    return why.IdentifiersChanged(tuple(sorted(wanted - present)), tuple(sorted(present - wanted)))


def _key_type(spec: CertificateSpec, current: Certificate, _now: datetime) -> Reason | None:
    if spec.key_type == current.key_type:
        return None
    return why.KeyTypeChanged(current.key_type, spec.key_type)


def _role(spec: CertificateSpec, current: Certificate, _now: datetime) -> Reason | None:
    if spec.role.name == current.role_name:
        return None
    return why.RoleChanged(current.role_name, spec.role.name)


def _account(spec: CertificateSpec, current: Certificate, _now: datetime) -> Reason | None:
    if spec.role.acme_account_name == current.account_name:
        return None
    return why.AccountChanged(current.account_name, spec.role.acme_account_name)


def _renewal(spec: CertificateSpec, current: Certificate, now: datetime) -> Reason | None:
    due = renewal_due_at(current.not_before, current.not_after, spec.renew)
    return why.RenewalDue(due, current.not_after) if now >= due else None


CHECKS: tuple[Callable[[CertificateSpec, Certificate, datetime], Reason | None], ...] = (
    _identifiers,
    _key_type,
    _role,
    _account,
    _renewal,
)
"""Must a certificate be ordered anew? Asked in this order; every reason that holds is shown."""


def _forget(desired: Desired, observed: Observed) -> Iterator[ForgetCertificate]:
    known = observed.certificates.keys() | observed.orders.keys()
    for name in sorted(known - desired.certificates.keys()):
        current, order = observed.certificates.get(name), observed.orders.get(name)
        yield ForgetCertificate(name, (why.NoLongerRequested(),), current, order)


def _registrations(
    desired: Desired, observed: Observed, actions: Iterable[Action]
) -> Iterator[RegisterAccount]:
    needed = {
        action.spec.role.acme_account_name
        for action in actions
        if isinstance(action, CreateOrder | ResumeOrder)
    }
    for name in sorted(needed):
        known = observed.accounts.get(name)
        if known is None or known.account_url is None:
            yield RegisterAccount(desired.accounts[name], (why.AccountNotRegistered(),))
