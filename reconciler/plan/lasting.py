"""Until when a plan that finds nothing to do would find nothing, if no file changed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from reconciler.model.renewal import renewal_due_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from reconciler.model.certificate import Certificate, CertificateSpec
    from reconciler.model.desired import Desired
    from reconciler.model.observed import Observed
    from reconciler.plan.actions import Plan

_LONGEST = timedelta(days=1)


def lasts_until(plan: Plan, desired: Desired, observed: Observed) -> datetime | None:
    """Return the first moment at which a plan of the same tree and state might be another one.

    Between two moments that stand in the tree or in the records nothing is decided otherwise. So it is the
    first of those that are still to come, whatever happens then; at most a day from now.

    Args:
        plan: of all of the tree, by the policy of its files.
        desired: the tree.
        observed: the state.

    Returns:
        None where there is anything to do, to wait for or to say; and where orders, claims or leftovers are
        there, whatever is planned for them.
    """
    if not _is_silent(plan, desired, observed):
        return None
    now, longest = plan.now, plan.now + _LONGEST
    return min((moment for moment in _moments(desired, observed) if now < moment < longest), default=longest)


def _is_silent(plan: Plan, desired: Desired, observed: Observed) -> bool:
    said = (plan.has_changes, plan.waits, plan.denied, plan.passed_limits, plan.flawed, desired.warnings)
    there = (observed.orders, observed.surplus, observed.claims, observed.leftovers, observed.output_links)
    return (
        not any((*said, *there, observed.flawed, plan.selection.is_partial))
        and plan.unchanged == len(desired.certificates)
        and desired.certificates.keys() == observed.certificates.keys()
    )


def _moments(desired: Desired, observed: Observed) -> Iterator[datetime]:
    for name, spec in desired.certificates.items():
        yield from _of_certificate(spec, observed.certificates[name])
    for name, account in desired.accounts.items():
        known = observed.accounts.get(name)
        if known is not None and account.key_max_age is not None:
            yield known.active_key.key_creation_date + account.key_max_age
    for identity in desired.identities.values():
        for key in identity.ssh_keys:
            yield from (moment for moment in (key.valid_after, key.valid_before) if moment is not None)


def _of_certificate(spec: CertificateSpec, current: Certificate) -> Iterator[datetime]:
    start, end = current.not_before, current.not_after
    yield end
    yield renewal_due_at(start, end, spec.renew)
    if spec.not_after is not None and spec.not_after.moment is not None:
        yield spec.not_after.moment
    if current.renewal_info is not None:
        yield renewal_due_at(start, end, spec.renew, current.renewal_info)
    if current.suggested:
        yield current.suggestible_from
