"""A part of a plan: what is about the chosen certificates, and what these need."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from reconciler.plan import actions as do
from reconciler.plan.name_patterns import matcher
from reconciler.plan.reasons import KeyChangePending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reconciler.model.certificate import Certificate
    from reconciler.model.desired import Desired
    from reconciler.model.finding import Finding
    from reconciler.model.observed import Observed
    from reconciler.model.order import Order
    from reconciler.model.selection import Selection


def select(
    plan: do.Plan,
    selection: Selection,
    desired: Desired,
    observed: Observed,
    denials: Mapping[str, tuple[Finding, ...]],
) -> do.Plan:
    """Return the part of a plan that a selection is about.

    A certificate is chosen by its name, and by its role and account: the tree's; of one that the tree has no
    more, those of its records. An account that a chosen order needs is registered; what else is due for
    accounts is left out, unless the account itself is chosen.

    Args:
        plan: all of it.
        selection: what is chosen.
        desired: the tree.
        observed: the state.
        denials: the findings of each certificate that is denied.
    """
    if not selection.is_partial:
        return plan
    is_chosen = chooser(selection, desired, observed)
    chosen = {each.subject: is_chosen(each.subject) for each in plan.actions}
    not_of_certificates = do.AccountAction | do.ReencryptKeys
    of_certificates = [each for each in plan.actions if not isinstance(each, not_of_certificates)]
    kept = [each for each in of_certificates if chosen[each.subject]]
    needed = {each.account_name for each in kept if isinstance(each, do.CreateOrder | do.ResumeOrder)}
    left = [each for each in of_certificates if not chosen[each.subject]]
    busy = {account for each in left for account in _accounts_used(each)}

    def is_kept(action: do.Action) -> bool:
        match action:
            case do.ReencryptKeys():
                # It is about all keys; those that a part makes are for whom the settings name in any case.
                return False
            case do.RegisterAccount():
                return action.subject in needed
            case do.UpdateAccount():
                return action.subject in selection.accounts
            case do.RotateKey(reasons=reasons):
                # Which key holds must be found out before the account is used.
                is_pending = any(isinstance(each, KeyChangePending) for each in reasons)
                return action.subject in selection.accounts or (is_pending and action.subject in needed)
            case do.DeactivateAccount():
                # It goes last: what is left out would have had its turn before, and could not be done after.
                return action.subject in selection.accounts and action.subject not in busy
            case (
                do.CreateOrder()
                | do.ResumeOrder()
                | do.AbandonOrder()
                | do.DeliverCertificate()
                | do.RevokeCertificate()
                | do.ForgetCertificate()
                | do.CleanUp()
            ):
                return chosen[action.subject]
            case _:
                assert_never(action)

    denied = tuple(filter(is_chosen, plan.denied_certificates))
    held_back = tuple(each for each in plan.held_back if is_chosen(each.subject))
    not_unchanged = {each.subject for each in (*kept, *held_back) if not isinstance(each, do.CleanUp)}
    return replace(
        plan,
        actions=tuple(filter(is_kept, plan.actions)),
        held_back=held_back,
        unchanged=sum(map(is_chosen, desired.certificates.keys() - not_unchanged - set(denied))),
        denied=tuple(dict.fromkeys(finding for name in denied for finding in denials.get(name, ()))),
        denied_certificates=denied,
        held_actions=tuple(
            each
            for each in plan.held_actions
            if not isinstance(each.action, do.ReencryptKeys) and is_chosen(each.subject)
        ),
        held_keys=tuple(each for each in plan.held_keys if each.subject in selection.accounts),
        selection=selection,
    )


@dataclass(frozen=True, slots=True)
class Unmatched:
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


def _accounts_used(action: do.Action) -> Iterator[str]:
    """Yield the accounts that what is done about a certificate may need, now or in a later run."""
    match action:
        case do.CreateOrder(previous=previous):
            yield action.account_name
            if previous is not None:
                yield previous.account_name
        case do.ResumeOrder(order=order) | do.AbandonOrder(order=order):
            yield order.account_name
        case do.ForgetCertificate(order=order):
            if order is not None:
                yield order.account_name
        case do.RevokeCertificate(certificate=certificate):
            yield certificate.account_name
        case (
            do.DeliverCertificate()
            | do.CleanUp()
            | do.ReencryptKeys()
            | do.RegisterAccount()
            | do.UpdateAccount()
            | do.RotateKey()
            | do.DeactivateAccount()
        ):
            pass
        case _:
            assert_never(action)
