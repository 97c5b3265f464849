"""Desired, observed and the clock in; a plan out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.model.finding import Finding
from reconciler.model.observed import FileChanges
from reconciler.model.order import Stage
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
from reconciler.plan.checks import reasons_to_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from reconciler.model.certificate import Certificate, CertificateSpec
    from reconciler.model.desired import Desired
    from reconciler.model.evidence import Evidence
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
    evidence: Mapping[str, Evidence] | None = None,
) -> Plan:
    """Return what has to be done so that what is there becomes what is wanted.

    Args:
        desired: the tree.
        observed: the state directory and the output folder.
        now: the time to decide renewals by; aware.
        denials: for each certificate that the policy denies, its findings; it gets no action.
        evidence: for each that the policy allows, what it is allowed on.
    """
    denials = dict(denials or {}) | _moved(desired, observed)
    evidence = evidence or {}
    actions: list[Action] = []
    held_back: list[HeldBack] = []
    unchanged = 0
    for name in sorted(desired.certificates.keys() - denials.keys()):
        spec = desired.certificates[name]
        delivery = _deliver(spec, observed)
        order = _order(spec, observed, now)
        if isinstance(order, CreateOrder | ResumeOrder):
            order = replace(order, evidence=evidence.get(name))
        actions += [each for each in (delivery, order) if each and not isinstance(each, HeldBack)]
        held_back += [order] if isinstance(order, HeldBack) else []
        unchanged += order is None and delivery is None
    actions += _forget(desired, observed)
    return Plan(
        now=now,
        actions=(*_registrations(desired, observed, actions), *actions),
        held_back=tuple(held_back),
        unchanged=unchanged,
        denied=tuple(dict.fromkeys(finding for name in sorted(denials) for finding in denials[name])),
    )


def _order(
    spec: CertificateSpec, observed: Observed, now: datetime
) -> CreateOrder | ResumeOrder | AbandonOrder | HeldBack | None:
    """Decide on an order; what there is to deliver is another question."""
    certificate, order = observed.certificates.get(spec.name), observed.orders.get(spec.name)
    reasons = reasons_to_order(spec, certificate, now)
    if order is None:
        return CreateOrder(spec, reasons, certificate) if reasons else None
    if not asks_for(order, spec):
        if reasons:
            return CreateOrder(spec, reasons, certificate, previous=order)
        return AbandonOrder(spec, order, (why.NoLongerRequested(),))
    if failure := _failure(order, now):
        return _retry(spec, certificate, order, (*reasons, failure), now) if reasons else None
    return ResumeOrder(spec, order, (why.OrderOpen(order.order_id, order.stage, order.next_work_date),))


def asks_for(order: Order, spec: CertificateSpec) -> bool:
    """Say whether an order is for what the tree asks for now."""
    return (
        set(order.identifiers) == set(spec.identifiers)
        and order.key_type == spec.key_type
        and order.csr_digest == spec.csr_digest
        and order.profile == spec.asked_profile
        and order.role_name == spec.role.name
        and order.account_name == spec.role.acme_account_name
    )


def _failure(order: Order, now: datetime) -> why.OrderFailed | why.OrderExpired | None:
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
    # A record from the future is from a clock that was wrong: it holds nothing back.
    if failed.next_work_date is not None and failed.last_update <= now < failed.next_work_date:
        return HeldBack(spec, reasons, failed.next_work_date)
    return CreateOrder(spec, reasons, current, previous=failed)


def _deliver(spec: CertificateSpec, observed: Observed) -> DeliverCertificate | None:
    certificate = observed.certificates.get(spec.name)
    changes = observed.file_changes.get(spec.name, _NO_CHANGES)
    reasons: list[Reason] = []
    if changes.missing:
        reasons.append(why.FilesMissing(changes.missing))
    if changes.altered:
        reasons.append(why.FilesAltered(changes.altered))
    if changes.superseded:
        reasons.append(why.FilesSuperseded(changes.superseded))
    return DeliverCertificate(spec, certificate, tuple(reasons)) if certificate and reasons else None


def _moved(desired: Desired, observed: Observed) -> dict[str, tuple[Finding, ...]]:
    """Return, for each certificate whose account would have to move to another CA, that it cannot."""
    moved = {
        name: Finding(
            "account-moved",
            f"the account {name} is registered at {known.directory_url}; it cannot move to another CA",
            account.location,
            hint="give the account at the other CA a name of its own, and let the roles name that",
        )
        for name, account in desired.accounts.items()
        if (known := observed.accounts.get(name)) and known.directory_url != account.directory_url
    }
    return {
        name: (moved[spec.role.acme_account_name],)
        for name, spec in desired.certificates.items()
        if spec.role.acme_account_name in moved
    }


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
