"""A part of a plan: what is about the chosen certificates, and what these need."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from msgspec import Struct
from msgspec.structs import replace

from reconciler.plan import actions as do
from reconciler.plan.choosing import chooser
from reconciler.plan.flawed import flaws_about
from reconciler.plan.reasons import KeyChangePending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reconciler.model.desired import Desired
    from reconciler.model.finding import Finding
    from reconciler.model.observed import Observed
    from reconciler.model.selection import Selection

_NOT_OF_CERTIFICATES = do.AccountAction | do.ReencryptKeys


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
    part = _Part.of(plan, selection, is_chosen)
    actions = tuple(filter(part.has, plan.actions))
    denied = tuple(filter(is_chosen, plan.denied_certificates))
    held_back = tuple(each for each in plan.held_back if is_chosen(each.subject))
    changed = (each for each in actions if not isinstance(each, _NOT_OF_CERTIFICATES | do.CleanUp))
    not_unchanged = {each.subject for each in (*changed, *held_back)}
    return replace(
        plan,
        actions=actions,
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
        flawed=flaws_about(plan.flawed, is_chosen),
        selection=selection,
    )


class _Part(Struct, frozen=True):
    """What belongs to a part of a plan.

    Attributes:
        certificates: those that are chosen, of all that something is to be done about.
        accounts: those that are chosen themselves.
        needed: the accounts that chosen orders go through.
        busy: the accounts that what is left out may need, now or in a later run.
    """

    certificates: frozenset[str]
    accounts: frozenset[str]
    needed: frozenset[str]
    busy: frozenset[str]

    @classmethod
    def of(cls, plan: do.Plan, selection: Selection, is_chosen: Callable[[str], bool]) -> _Part:
        """Return what belongs to the part of a plan that a selection is about."""
        about = [each for each in plan.actions if not isinstance(each, _NOT_OF_CERTIFICATES)]
        chosen = frozenset(filter(is_chosen, {each.subject for each in about}))
        orders = (each for each in about if isinstance(each, do.CreateOrder | do.ResumeOrder))
        needed = frozenset(each.account_name for each in orders if each.subject in chosen)
        left = (each for each in about if each.subject not in chosen)
        busy = frozenset(account for each in left for account in _accounts_used(each))
        return cls(chosen, frozenset(selection.accounts), needed, busy)

    def has(self, action: do.Action) -> bool:
        """Say whether an action belongs to it."""
        match action:
            case do.ReencryptKeys():
                # It is about all keys; those that a part makes are for whom the settings name in any case.
                return False
            case do.RegisterAccount():
                return action.subject in self.needed
            case do.UpdateAccount():
                return action.subject in self.accounts
            case do.RotateKey(reasons=reasons):
                # Which key holds must be found out before the account is used.
                is_pending = any(isinstance(each, KeyChangePending) for each in reasons)
                return action.subject in self.accounts or (is_pending and action.subject in self.needed)
            case do.DeactivateAccount():
                # It goes last: what is left out would have had its turn before, and could not be done after.
                return action.subject in self.accounts and action.subject not in self.busy
            case (
                do.CreateOrder()
                | do.ResumeOrder()
                | do.AbandonOrder()
                | do.DeliverCertificate()
                | do.RevokeCertificate()
                | do.ForgetCertificate()
                | do.CleanUp()
            ):
                return action.subject in self.certificates
            case _:
                assert_never(action)


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
