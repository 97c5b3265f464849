"""What a record that cannot be read is about is left alone, and nothing else.

Nothing is ordered twice: of an order that says nothing any more nobody knows what has become of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from msgspec.structs import replace

from reconciler.model.flaw import RecordKind
from reconciler.plan import actions as do
from reconciler.plan.holding import Hold, without_held
from reconciler.plan.reasons import RecordFlawed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from reconciler.model.certificate import CertificateSpec
    from reconciler.model.flaw import FlawedRecord
    from reconciler.model.identifier import Identifier


def without_flawed(
    plan: do.Plan, specs: Mapping[str, CertificateSpec], flawed: tuple[FlawedRecord, ...]
) -> do.Plan:
    """Return a plan without what records that cannot be read are about; that is held back.

    Args:
        plan: made of the others.
        specs: what the tree asks for.
        flawed: those records.
    """
    flaws = _Flaws(flawed)
    before = {each.subject for each in (*plan.actions, *plan.held_back)} | set(plan.denied_certificates)
    plan = without_held(plan, flaws.of)
    # Of a certificate whose record cannot be read all reasons are guesses.
    unknown = {
        name: hold for name, hold in flaws.certificates.items() if name not in plan.denied_certificates
    }
    said = {each.subject for each in plan.held_back} | before
    unknown |= {name: hold for name, hold in flaws.orders.items() if name not in said | unknown.keys()}
    held = [do.HeldBack(specs[name], (hold.reason,), None) for name, hold in unknown.items() if name in specs]
    return replace(
        plan,
        held_back=(*(each for each in plan.held_back if each.subject not in unknown), *held),
        unchanged=plan.unchanged - sum(each.subject not in before for each in held),
        flawed=flawed,
    )


def flaws_about(flawed: Iterable[FlawedRecord], is_chosen: Callable[[str], bool]) -> tuple[FlawedRecord, ...]:
    """Return those that are about a certificate that is chosen, or about none in particular."""
    return tuple(each for each in flawed if not each.certificates or any(map(is_chosen, each.certificates)))


class _Flaws:
    """What is held up by the records that cannot be read.

    Attributes:
        certificates: names of those of which nothing is known.
        orders: names of those of which nobody knows what has been ordered.
    """

    def __init__(self, flawed: Iterable[FlawedRecord]) -> None:
        self.certificates: dict[str, Hold] = {}
        self.orders: dict[str, Hold] = {}
        self._claimed: dict[str, Hold] = {}
        self._accounts: dict[str, Hold] = {}
        self._ordering: dict[str | None, Hold] = {}  # accounts of orders; None: of one that does not say
        self._identifiers: dict[Identifier, Hold] = {}
        self._any_order: Hold | None = None
        self._keys: Hold | None = None
        self._all: Hold | None = None
        for each in flawed:
            self._take(each, Hold(RecordFlawed(each.place)))

    def _take(self, flaw: FlawedRecord, hold: Hold) -> None:
        match flaw.kind:
            case RecordKind.CERTIFICATE:
                self.certificates[flaw.name] = hold
            case RecordKind.ACCOUNT:
                self._accounts[flaw.name] = hold
            case RecordKind.ORDER:
                self._take_order(flaw, hold)
            case RecordKind.CLAIM:
                self._claimed |= dict.fromkeys(flaw.certificates, hold)
                self._accounts |= {flaw.account: hold} if flaw.account else {}
                if not flaw.certificates and not flaw.account:
                    self._all = hold  # of all keys: nobody else does anything meanwhile
            case RecordKind.ENCRYPTION:
                self._keys = hold
            case RecordKind.LEFTOVERS | RecordKind.ARCHIVED_ORDER:
                pass  # nothing else depends on them
            case _:
                assert_never(flaw.kind)

    def _take_order(self, flaw: FlawedRecord, hold: Hold) -> None:
        self._ordering[flaw.account] = hold
        self.orders |= dict.fromkeys(flaw.certificates, hold)
        if not flaw.certificates:
            self._identifiers |= dict.fromkeys(flaw.identifiers, hold)
            self._any_order = self._any_order if flaw.identifiers else hold

    def of(self, action: do.Action) -> Hold | None:
        """Return what holds an action up; None where nothing does."""
        return self._all or self._of_certificate(action) or self._of_account(action)

    def _of_certificate(self, action: do.Action) -> Hold | None:
        match action:
            case do.DeliverCertificate():
                return self.certificates.get(action.subject)
            case do.RevokeCertificate():
                # It is about the certificate in force, whatever has been ordered since.
                return self.certificates.get(action.subject) or self._claimed.get(action.subject)
            case do.CreateOrder():
                return self._of_subject(action) or self._of_new_order(action)
            case do.ResumeOrder() | do.AbandonOrder() | do.ForgetCertificate() | do.CleanUp():
                return self._of_subject(action)
            case _:
                return None

    def _of_subject(self, action: do.Action) -> Hold | None:
        name = action.subject
        return self.certificates.get(name) or self.orders.get(name) or self._claimed.get(name)

    def _of_new_order(self, action: do.CreateOrder) -> Hold | None:
        """An order that does not say whose it is may be for the same."""
        if self._keys:
            return self._keys
        if action.previous is not None and action.previous.is_open:
            return None
        same = (self._identifiers[each] for each in action.spec.identifiers if each in self._identifiers)
        return self._any_order or next(same, None)

    def _of_account(self, action: do.Action) -> Hold | None:
        match action:
            case do.CreateOrder() | do.ResumeOrder():
                return self._accounts.get(action.account_name)
            case do.RevokeCertificate(certificate=certificate):
                return self._accounts.get(certificate.account_name)
            case do.AbandonOrder(order=order):
                return self._accounts.get(order.account_name)
            case do.ForgetCertificate(order=order):
                return self._accounts.get(order.account_name) if order else None
            case do.RegisterAccount():
                return self._accounts.get(action.subject) or self._keys
            case do.UpdateAccount():
                return self._accounts.get(action.subject)
            case do.RotateKey() | do.DeactivateAccount():
                under_way = self._ordering.get(action.subject) or self._ordering.get(None)
                return self._accounts.get(action.subject) or under_way or self._keys
            case do.ReencryptKeys():
                return self._keys
            case do.DeliverCertificate() | do.CleanUp():
                return None
            case _:
                assert_never(action)
