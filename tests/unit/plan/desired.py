"""Plans of one certificate, or of a few."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.model.desired import Desired
from reconciler.model.observed import Observed
from reconciler.plan.diff import make_plan
from tests.unit.values import NOW, account, account_spec, role

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from reconciler.model.account import Account, AccountSpec
    from reconciler.model.certificate import Certificate, CertificateSpec
    from reconciler.model.finding import Finding
    from reconciler.model.order import Order
    from reconciler.plan.actions import Plan


def plan(
    *wanted: CertificateSpec,
    accounts: Collection[AccountSpec] = (account_spec(),),
    known: Collection[Account] | None = None,
    certificates: Collection[Certificate] = (),
    orders: Collection[Order] = (),
    denials: Mapping[str, tuple[Finding, ...]] | None = None,
    allowed_removals: Collection[str] = (),
    roles: Collection[str] | None = None,
) -> Plan:
    """Return the plan of a tree with these certificates, whose accounts are registered."""
    by_role = {each.role.name: each.role for each in wanted}
    desired = Desired(
        accounts={each.name: each for each in accounts},
        roles={"web": role(), **by_role} if roles is None else {each: role(each) for each in roles},
        certificates={each.name: each for each in wanted},
    )
    registered = [account(each.name) for each in accounts] if known is None else known
    observed = Observed(
        accounts={each.name: each for each in registered},
        certificates={each.name: each for each in certificates},
        orders={each.certificate_name: each for each in orders},
    )
    return make_plan(desired, observed, NOW, denials, None, allowed_removals)


def moved_account(name: str = "ca") -> AccountSpec:
    """Return an account as the tree wants it at another CA than the one it is registered at."""
    return replace(account_spec(name), directory_url="https://other-ca.test/directory")
