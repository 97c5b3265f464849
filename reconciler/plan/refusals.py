"""What is not done, or not unless somebody says so explicitly: findings, by the certificates left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.finding import Finding, Location

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from reconciler.model.certificate import CertificateSpec
    from reconciler.model.desired import Desired
    from reconciler.model.observed import Observed

Refusals = dict[str, tuple[Finding, ...]]


def refusals(
    desired: Desired, observed: Observed, now: datetime, allowed_removals: Collection[str]
) -> Refusals:
    """Return the findings by the names of the certificates that are left out for them.

    Args:
        desired: the tree.
        observed: the state.
        now: the time: an order whose time is over is not under way any more.
        allowed_removals: the roles that may go though orders of theirs are under way.
    """
    return joined(
        _roles_in_use(desired, observed, now, allowed_removals),
        _changed(desired, observed),
        _moved(desired, observed),
        _behind_links(desired, observed),
    )


def joined(*found: Mapping[str, tuple[Finding, ...]]) -> Refusals:
    """Return all findings of each name."""
    names = dict.fromkeys(name for each in found for name in each)
    return {name: tuple(finding for each in found for finding in each.get(name, ())) for name in names}


def _moved(desired: Desired, observed: Observed) -> Refusals:
    """An account cannot move to another CA: it is registered at one."""
    moved = {
        name: Finding(
            "account-moved",
            f"the account {name} is registered at {known.directory_url}; it cannot move to another CA",
            account.location,
            hint="give the account at the other CA a name of its own, and let the roles name that",
        )
        for name, account in desired.accounts.items()
        if (known := observed.accounts.get(name))
        and known.account_url is not None
        and known.directory_url != account.directory_url
    }
    return {
        name: (moved[spec.role.acme_account_name],)
        for name, spec in desired.certificates.items()
        if spec.role.acme_account_name in moved
    }


def _behind_links(desired: Desired, observed: Observed) -> Refusals:
    """What could not be delivered is not ordered: somebody has put a link where files should go."""
    return {
        name: (
            Finding(
                "output-behind-link",
                f"the files of this certificate cannot be delivered: {link} is a link, and is not followed",
                desired.certificates[name].location,
                hint="take it away, or name the place that it leads to as `output` in reconciler.yaml",
            ),
        )
        for name, link in observed.output_links.items()
        if name in desired.certificates
    }


def _changed(desired: Desired, observed: Observed) -> Refusals:
    """The account of a role is fixed, as in the seed's system, unless the role says that it is meant."""
    affected: dict[tuple[str, str], list[CertificateSpec]] = {}
    for spec in desired.certificates.values():
        for before in _accounts_before(spec, observed):
            if spec.revoke is None and before != spec.role.previous_acme_account_name:
                affected.setdefault((spec.role.name, before), []).append(spec)
    found: Refusals = {}
    for (_, before), specs in affected.items():
        role = specs[0].role
        number = "1 certificate" if len(specs) == 1 else f"{len(specs)} certificates"
        finding = Finding(
            "account-changed",
            f"the role `{role.name}` has ordered through the account `{before}` and would order through "
            f"`{role.acme_account_name}`: {number} would be ordered anew, by the other account's "
            "authorizations and limits; those in force stay until then",
            role.acme_account_name_location,
            hint=f"if that is meant, say `previous_acme_account_name: {before}` in {role.location.path}; "
            "otherwise make a role of its own for the other account",
        )
        for spec in specs:
            found[spec.name] = (*found.get(spec.name, ()), finding)
    return found


def _accounts_before(spec: CertificateSpec, observed: Observed) -> Iterator[str]:
    """Yield the other accounts that this certificate, by this very role, was ordered through."""
    certificate, order = observed.certificates.get(spec.name), observed.orders.get(spec.name)
    records = (certificate, order if order is not None and order.is_open else None)
    accounts = {each.account_name for each in records if each and each.role_name == spec.role.name}
    yield from sorted(accounts - {spec.role.acme_account_name})


def _roles_in_use(desired: Desired, observed: Observed, now: datetime, allowed: Collection[str]) -> Refusals:
    """A role is not removed as long as orders of it are under way."""
    may_go = {*desired.roles, *allowed}
    orders: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for order in sorted(observed.orders.values(), key=lambda each: each.order_id):
        if order.is_under_way(now) and order.role_name not in may_go:
            orders.setdefault(order.role_name, []).append(order.order_id)
            names[order.certificate_name] = order.role_name
    findings = {
        role: Finding(
            "role-in-use",
            f"the role `{role}` is gone, and orders of it are under way: {', '.join(ids)}",
            Location(f"roles/{role}.yaml", 1, 1),
            hint="put the role back until they are done, cancel them (`reconciler order cancel ORDER`), or "
            f"allow it: `--allow-role-removal {role}`",
        )
        for role, ids in orders.items()
    }
    return {name: (findings[role],) for name, role in names.items()}
