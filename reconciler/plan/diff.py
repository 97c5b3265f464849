"""Desired, observed and the clock in; a plan out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.model.observed import FileChanges
from reconciler.plan import reasons as why
from reconciler.plan.accounts import changes, deactivations, registrations
from reconciler.plan.actions import (
    AbandonOrder,
    CleanUp,
    CreateOrder,
    DeliverCertificate,
    ForgetCertificate,
    HeldBack,
    HeldBackKey,
    Plan,
    ResumeOrder,
)
from reconciler.plan.encryption import reencryption
from reconciler.plan.ordering import decide_order, revocation
from reconciler.plan.refusals import joined, refusals

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from reconciler.model.certificate import CertificateSpec
    from reconciler.model.desired import Desired
    from reconciler.model.evidence import Evidence
    from reconciler.model.finding import Finding
    from reconciler.model.observed import Observed
    from reconciler.plan.actions import Action
    from reconciler.plan.reasons import Reason

_NO_CHANGES = FileChanges()


def make_plan(
    desired: Desired,
    observed: Observed,
    now: datetime,
    denials: Mapping[str, tuple[Finding, ...]] | None = None,
    evidence: Mapping[str, Evidence] | None = None,
    allowed_removals: Collection[str] = (),
) -> Plan:
    """Return what has to be done so that what is there becomes what is wanted.

    Args:
        desired: the tree.
        observed: the state directory and the output folder.
        now: the time to decide renewals by; aware.
        denials: for each certificate that the policy denies, its findings; it gets no order and no files.
        evidence: for each that the policy allows, what it is allowed on.
        allowed_removals: the roles that may go though orders of theirs are under way.
    """
    denials = joined(denials or {}, refusals(desired, observed, now, allowed_removals))
    evidence = evidence or {}
    actions: list[Action] = [*_surplus(desired, observed, denials)]
    held_back: list[HeldBack] = []
    unchanged = 0
    for name, spec in sorted(desired.certificates.items()):
        is_denied = name in denials
        found, held = _decide(spec, observed, now, evidence.get(name), is_denied=is_denied)
        actions += found
        held_back += [held] if held else []
        unchanged += not (found or held or is_denied)
    if actions:
        from reconciler.plan.challenges import with_challenges  # nothing is to be done by most plans

        actions = with_challenges(actions, desired, observed)
    actions += _forget(desired, observed, denials)
    actions += _clean_up(observed)
    of_accounts = list(changes(desired, observed, now))
    of_keys = reencryption(desired.settings, observed.keys)
    plan = Plan(
        now=now,
        actions=(
            *((of_keys,) if of_keys else ()),
            *registrations(desired, observed, actions),
            *(each for each in of_accounts if not isinstance(each, HeldBackKey)),
            *actions,
            *deactivations(desired, observed, now, denials),
        ),
        held_back=tuple(held_back),
        unchanged=unchanged,
        denied=tuple(dict.fromkeys(finding for name in sorted(denials) for finding in denials[name])),
        denied_certificates=tuple(sorted(denials)),
        held_keys=tuple(each for each in of_accounts if isinstance(each, HeldBackKey)),
    )
    if observed.flawed:
        from reconciler.plan.flawed import without_flawed  # most states have none

        plan = without_flawed(plan, desired.certificates, observed.flawed)
    if observed.claims:
        from reconciler.plan.claimed import without_claimed  # likewise

        plan = without_claimed(plan, observed.claims)
    return plan


def _decide(
    spec: CertificateSpec,
    observed: Observed,
    now: datetime,
    evidence: Evidence | None,
    *,
    is_denied: bool,
) -> tuple[list[Action], HeldBack | None]:
    """Decide on one certificate: what is to be done, and what is held back."""
    revoked, order = revocation(spec, observed, now), decide_order(spec, observed, now)
    if is_denied:
        # What is revoked needs nobody's leave but that of who merges it; what the CA has issued, or may have,
        # is fetched for that.
        fetched = order if spec.revoke is not None and isinstance(order, ResumeOrder) else None
        return [each for each in (revoked, fetched) if each], None
    if isinstance(order, CreateOrder | ResumeOrder):
        order = replace(order, evidence=evidence)
    held, order = (order, None) if isinstance(order, HeldBack) else (None, order)
    return [each for each in (revoked, _deliver(spec, observed), order) if each], held


def _deliver(spec: CertificateSpec, observed: Observed) -> DeliverCertificate | None:
    certificate = observed.certificates.get(spec.name)
    if certificate is None or certificate.revocation is not None:
        return None
    changes = observed.file_changes.get(spec.name, _NO_CHANGES)
    reasons: list[Reason] = []
    if changes.missing:
        reasons.append(why.FilesMissing(changes.missing))
    if changes.altered:
        reasons.append(why.FilesAltered(changes.altered))
    if changes.superseded:
        reasons.append(why.FilesSuperseded(changes.superseded))
    if changes.permissions:
        reasons.append(why.PermissionsDiffer(changes.permissions))
    return DeliverCertificate(spec, certificate, tuple(reasons)) if reasons else None


def _surplus(desired: Desired, observed: Observed, denied: Collection[str]) -> Iterator[AbandonOrder]:
    """Two runs have each made an order for one certificate, because a claim had ended: one of them goes."""
    for order in observed.surplus:
        name = order.certificate_name
        spec, other, current = (
            desired.certificates.get(name),
            observed.orders.get(name),
            observed.certificates.get(name),
        )
        if spec is not None and name not in denied and (other or current):
            stays = other.order_id if other else current.order_id if current else ""
            yield AbandonOrder(spec, order, (why.AnotherOrder(stays),))


def _forget(desired: Desired, observed: Observed, denied: Collection[str]) -> Iterator[ForgetCertificate]:
    known = observed.certificates.keys() | observed.orders.keys()
    for name in sorted(known - desired.certificates.keys() - set(denied)):
        current, order = observed.certificates.get(name), observed.orders.get(name)
        yield ForgetCertificate(name, (why.NoLongerRequested(),), current, order)


def _clean_up(observed: Observed) -> Iterator[CleanUp]:
    for order_id, leftovers in sorted(observed.leftovers.items()):
        identifiers = tuple(each.identifier for each in leftovers.instructions)
        yield CleanUp(leftovers, (why.LeftBehind(order_id, identifiers),))
