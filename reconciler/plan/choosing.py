"""What a selection is about: which certificates, and what of it there is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.plan.name_patterns import matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.model.certificate import Certificate
    from reconciler.model.desired import Desired
    from reconciler.model.observed import Observed
    from reconciler.model.order import Order
    from reconciler.model.selection import Selection


class Unmatched(Struct, frozen=True):
    """Something chosen that there is not.

    Attributes:
        field: of the selection: `select`, `roles` or `accounts`.
        value: as it was given.
        known: what there is instead.
    """

    field: str
    value: str
    known: tuple[str, ...]


def unmatched(selection: Selection, desired: Desired, observed: Observed) -> Iterator[Unmatched]:
    """Yield what matches nothing: neither in the tree nor in the state."""
    names = _names(desired, observed)
    for pattern in selection.select:
        if not any(map(matcher(pattern), names)):
            yield Unmatched("select", pattern, tuple(sorted(names)))
    records = _records(observed)
    roles = desired.roles.keys() | {each.role_name for each in records}
    accounts = desired.accounts.keys() | observed.accounts.keys() | {each.account_name for each in records}
    for field, values, known in (
        ("roles", selection.roles, roles),
        ("accounts", selection.accounts, accounts),
    ):
        yield from (Unmatched(field, value, tuple(sorted(known))) for value in values if value not in known)


def chooser(selection: Selection, desired: Desired, observed: Observed) -> Callable[[str], bool]:
    """Return what says of a certificate's name whether a selection is about it."""
    select = [matcher(pattern) for pattern in selection.select]
    exclude = [matcher(pattern) for pattern in selection.exclude]
    roles, accounts = set(selection.roles), set(selection.accounts)

    def is_chosen(name: str) -> bool:
        if select and not any(matches(name) for matches in select):
            return False
        if any(matches(name) for matches in exclude):
            return False
        if not (roles or accounts):
            return True
        found = list(_owners(name, desired, observed))
        return (not roles or any(role in roles for role, _ in found)) and (
            not accounts or any(account in accounts for _, account in found)
        )

    return is_chosen


def _records(observed: Observed) -> list[Certificate | Order]:
    return [*observed.certificates.values(), *observed.orders.values()]


def _owners(name: str, desired: Desired, observed: Observed) -> Iterator[tuple[str, str]]:
    """Yield role and account of a certificate."""
    spec = desired.certificates.get(name)
    if spec is not None:
        yield spec.role.name, spec.role.acme_account_name
        return
    for record in (observed.certificates.get(name), observed.orders.get(name)):
        if record is not None:
            yield record.role_name, record.account_name


def _names(desired: Desired, observed: Observed) -> set[str]:
    """Return the names of all certificates that the tree or the state has."""
    left = {each.certificate_name for each in observed.leftovers.values()}
    return {*desired.certificates, *observed.certificates, *observed.orders, *left}
