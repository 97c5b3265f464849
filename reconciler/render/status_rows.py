"""The state of every certificate: what the tree, the records and the plan say of it, joined by name."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.model.flaw import RecordKind
from reconciler.model.order import Stage
from reconciler.plan.actions import AccountAction, ForgetCertificate
from reconciler.plan.reasons import RecordFlawed
from reconciler.render.rows import Operation, operation_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from reconciler.model.certificate import Certificate, CertificateSpec
    from reconciler.model.desired import Desired
    from reconciler.model.flaw import FlawedRecord
    from reconciler.model.observed import Observed
    from reconciler.model.order import Order
    from reconciler.plan.actions import Action, HeldBack, HeldBackAction, Plan
    from reconciler.plan.reasons import Reason


class Validity(StrEnum):
    """Whether there is a certificate that can be used now; unknown where its record cannot be read."""

    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    MISSING = "missing"
    UNKNOWN = "unknown"


class WaitsFor(StrEnum):
    """Who has to do something before an order goes on."""

    PEOPLE = "people"
    CA = "ca"
    APPLY = "apply"


class StatusRow(Struct, frozen=True):
    """One certificate.

    Attributes:
        order: the one that is open, if there is one.
        renewal_due: from when it is renewed; None without a certificate, or if the tree does not ask for it.
        operation, reasons: what the next `apply` does, and why; None where it does nothing.
        held: whether no order is made though one is due; the reasons say why.
        held_until: before this time none is made; None where no time ends it.
        denied: whether the policy denies it.
    """

    name: str
    certificate: Certificate | None
    validity: Validity
    order: Order | None = None
    renewal_due: datetime | None = None
    operation: Operation | None = None
    reasons: tuple[Reason, ...] = ()
    held: bool = False
    held_until: datetime | None = None
    denied: bool = False


def status_rows(desired: Desired, observed: Observed, plan: Plan, denied: Collection[str]) -> list[StatusRow]:
    """Return a row for every certificate that is wanted or known, by name."""
    actions = {each.subject: each for each in plan.actions if not isinstance(each, AccountAction)}
    held: dict[str, HeldBack | HeldBackAction] = {
        each.subject: each for each in plan.held_actions if isinstance(each.action, ForgetCertificate)
    }
    held |= {each.subject: each for each in plan.held_back}
    unknown = {each.name: each for each in observed.flawed if each.kind is RecordKind.CERTIFICATE}
    known = observed.certificates.keys() | observed.orders.keys() | unknown.keys()
    rows = []
    for name in sorted(desired.certificates.keys() | known):
        certificate = observed.certificates.get(name)
        spec = desired.certificates.get(name)
        order = observed.orders.get(name)
        action = actions.get(name)
        decision = action or held.get(name)
        rows.append(
            StatusRow(
                name=name,
                certificate=certificate,
                validity=Validity.UNKNOWN if name in unknown else _validity(certificate, plan.now),
                order=order if order is not None and order.is_open else None,
                renewal_due=renewal_due(certificate, spec, plan.now),
                operation=operation_of(action) if action else None,
                reasons=_reasons(decision, unknown.get(name)),
                held=name in held or name in unknown,
                held_until=held[name].until if name in held else None,
                denied=name in denied,
            )
        )
    return rows


def _reasons(
    decision: Action | HeldBack | HeldBackAction | None, flaw: FlawedRecord | None
) -> tuple[Reason, ...]:
    if decision is not None:
        return decision.reasons
    return (RecordFlawed(flaw.place),) if flaw is not None else ()


def waits_for(order: Order, now: datetime) -> WaitsFor:
    """Return who has to do something before an order goes on."""
    if order.stage is Stage.AWAITING_CHALLENGE_FULFILLMENT and any(
        each.by_hand and not each.fulfilled for each in order.authorizations
    ):
        return WaitsFor.PEOPLE
    if order.next_work_date is not None and order.next_work_date > now:
        return WaitsFor.CA
    return WaitsFor.APPLY


def renewal_due(
    certificate: Certificate | None, spec: CertificateSpec | None, now: datetime
) -> datetime | None:
    """Return from when a certificate is renewed; None without one, or if the tree does not ask for it."""
    if certificate is None or spec is None or certificate.revocation is not None:
        return None
    return certificate.renewal_due_at(spec.renew, now)


def _validity(certificate: Certificate | None, now: datetime) -> Validity:
    if certificate is None:
        return Validity.MISSING
    if certificate.revocation is not None:
        return Validity.REVOKED
    return Validity.VALID if now < certificate.not_after else Validity.EXPIRED
