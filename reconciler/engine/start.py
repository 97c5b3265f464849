"""What a run begins with: which orders, and in which turn."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.model.order import Order, Stage, new_order_id
from reconciler.orders.machine import resumed
from reconciler.plan.actions import CreateOrder, ResumeOrder
from reconciler.plan.ordering import asks_for
from reconciler.plan.reasons import RenewalDue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from reconciler.model.identifier import Identifier
    from reconciler.model.origin import Origin

_NO_ORIGINS: Mapping[str, Origin] = MappingProxyType({})


def chains(requests: Iterable[CreateOrder | ResumeOrder]) -> list[list[CreateOrder | ResumeOrder]]:
    """Return the requests of one account as chains; the members of each begin one after another has ended.

    A CA may answer newOrder with an order that it has open for the same identifiers: two certificates would
    share one order. So a request without an order URL begins after all others for the same identifiers.
    """
    chained: dict[frozenset[Identifier], list[CreateOrder | ResumeOrder]] = {}
    alone: list[list[CreateOrder | ResumeOrder]] = []
    for request in sorted(requests, key=lambda each: not has_url(each)):
        same = chained.setdefault(frozenset(request.spec.identifiers), [])
        if same and has_url(request):
            alone.append([request])
        else:
            same.append(request)
    return [*alone, *chained.values()]


def has_url(request: CreateOrder | ResumeOrder) -> bool:
    """Say whether a request is for an order that the CA has opened."""
    return isinstance(request, ResumeOrder) and request.order.order_url is not None


def may_be_open(request: CreateOrder | ResumeOrder, *, is_shared: bool) -> bool:
    """Say whether the CA may have opened an order for this that the state does not know.

    A run that was killed may not have had the answer to its newOrder; where others work with the same state,
    one of their machines may be lost. And what people fulfil stands open for days: a copy of this state may
    have ordered it.
    """
    if isinstance(request, ResumeOrder):
        return not has_url(request)
    if is_shared or (request.previous is not None and request.previous.order_url is None):
        return True
    return any(each.method is None and each.standing is None for each in request.challenges)


def order_to_start(
    action: CreateOrder | ResumeOrder, now: datetime, origins: Mapping[str, Origin] = _NO_ORIGINS
) -> Order:
    """Return the order to work on: a new one, or the one there, as far as a new run can rely on it.

    Args:
        action: what is to be done.
        now: the time.
        origins: what new orders are made from, by the names of their certificates.
    """
    if isinstance(action, CreateOrder):
        return replace(_new_order(action, now), origin=origins.get(action.subject))
    # Evidence that is there stays: it is what the order was made on, and today's policy allows it too.
    order = replace(
        action.order, stage=resumed(action.order.stage), evidence=action.order.evidence or action.evidence
    )
    # What an earlier run last heard of the CA's status may be from before its last request.
    return replace(order, status=None) if order.stage is Stage.FETCHING_CERTIFICATE else order


def _new_order(action: CreateOrder, now: datetime) -> Order:
    previous = action.previous
    failed = previous is not None and previous.has_failed and asks_for(previous, action.spec)
    end = action.spec.not_after
    return Order(
        order_id=new_order_id(now),
        certificate_name=action.spec.name,
        role_name=action.spec.role.name,
        account_name=action.spec.role.acme_account_name,
        identifiers=action.spec.identifiers,
        key_type=action.spec.key_type,
        creation_date=now,
        last_update=now,
        attempt=previous.attempt + 1 if previous and failed else 1,
        previous_order_id=previous.order_id if previous else None,
        csr_digest=action.spec.csr_digest,
        profile=action.spec.asked_profile,
        evidence=action.evidence,
        must_staple=action.spec.must_staple,
        requested_end=action.spec.requested_end,
        not_after=end.at(now) if end else None,
        replaces=_replaced(action),
        suggested=any(isinstance(each, RenewalDue) and each.suggested for each in action.reasons),
    )


def _replaced(action: CreateOrder) -> str | None:
    """Return what the CA knows the certificate by that this order is to replace (RFC 9773 section 5).

    The CA wants the same account, and at least one identifier that both have.
    """
    current, spec = action.current, action.spec
    if current is None or current.account_name != spec.role.acme_account_name:
        return None
    return current.certificate_id if set(current.identifiers) & set(spec.identifiers) else None
