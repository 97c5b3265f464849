"""What each action of a plan is bound to: what the tree asks for, and the records that it touches.

Two plans with the same bindings do the same. Only what decides is part of them: not when a record was last
written, not renewal information asked anew, not who fulfils a challenge.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, assert_never

from msgspec import Struct, field

from reconciler.plan import actions as do
from reconciler.plan.generations import (
    Touched,
    asked_of_account,
    asked_of_certificate,
    asked_of_keys,
    generation,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.observed import Observed


class Touch(Struct, frozen=True):
    """One resource, and its generation: a digest of what decides; None where there was no record."""

    kind: Touched
    name: str
    generation: str | None


class Binding(Struct, frozen=True):
    """What one action is bound to.

    Attributes:
        action: its kind: `create_order`.
        name: of the certificate, or of the account.
        order_id: of an action about an order that is there.
        asked: a digest of what the tree asks for; None where the action follows from the tree's not asking.
        touches: the records, in a fixed order.
    """

    action: str
    name: str
    order_id: str | None
    asked: str | None
    touches: tuple[Touch, ...]

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells the action from the others of its plan."""
        return self.action, self.name, self.order_id or ""


def plan_digest(bindings: Iterable[Binding], lineage: str | None) -> str:
    """Return what stands for all that would be done: SHA-256 over the bindings as JSON (RFC 8785).

    Args:
        bindings: of all actions, in any order.
        lineage: of the state; None where nothing is known yet.
    """
    import rfc8785  # not needed where nothing is to be done

    ordered = [_listed(each) for each in sorted(bindings, key=lambda each: each.key)]
    whole = rfc8785.dumps({"lineage": lineage, "bindings": ordered})
    return f"sha256:{hashlib.sha256(whole).hexdigest()}"


class Binder(Struct):
    """Binds actions to the records of one observed state; what was computed once is kept."""

    observed: Observed
    _known: dict[tuple[Touched, str], str | None] = field(default_factory=dict)

    def bind(self, action: do.Action) -> Binding:
        """Return what an action is bound to."""
        name = action.subject
        match action:
            case do.ReencryptKeys(recipients=recipients):
                return self._binding(action, asked_of_keys(recipients), (Touched.KEYS, name))
            case (
                do.RegisterAccount(account=spec) | do.UpdateAccount(account=spec) | do.RotateKey(account=spec)
            ):
                return self._binding(action, asked_of_account(spec), (Touched.ACCOUNT, name))
            case do.DeactivateAccount():
                return self._binding(action, None, (Touched.ACCOUNT, name))
            case do.CreateOrder(spec=spec) | do.ResumeOrder(spec=spec):
                account = (Touched.REGISTRATION, action.account_name)
                return self._binding(action, asked_of_certificate(spec), account, *_of_certificate(name))
            case do.AbandonOrder(spec=spec, order=order):
                # Of two orders for one certificate it may be the other one.
                touched = *_of_certificate(name), (Touched.ORDER, order.order_id)
                return self._binding(action, asked_of_certificate(spec), *touched)
            case do.DeliverCertificate():
                return self._binding(action, None, (Touched.CERTIFICATE, name))
            case do.RevokeCertificate(spec=spec):
                return self._binding(action, asked_of_certificate(spec), (Touched.CERTIFICATE, name))
            case do.ForgetCertificate():
                return self._binding(action, None, *_of_certificate(name))
            case do.CleanUp(leftovers=leftovers):
                return self._binding(action, None, (Touched.LEFTOVERS, leftovers.order_id))
            case _:
                assert_never(action)

    def generation(self, kind: Touched, name: str) -> str | None:
        """Return the generation of a resource now; None where there is no record."""
        if (kind, name) not in self._known:
            self._known[kind, name] = generation(self.observed, kind, name)
        return self._known[kind, name]

    def _binding(self, action: do.Action, asked: str | None, *touched: tuple[Touched, str]) -> Binding:
        touches = tuple(Touch(kind, name, self.generation(kind, name)) for kind, name in touched)
        return Binding(action.kind, action.subject, _order_id(action), asked, touches)


def _of_certificate(name: str) -> tuple[tuple[Touched, str], ...]:
    return (Touched.CERTIFICATE, name), (Touched.ORDER, name)


def _order_id(action: do.Action) -> str | None:
    match action:
        case do.ResumeOrder(order=order) | do.AbandonOrder(order=order):
            return order.order_id
        case do.CleanUp(leftovers=leftovers):
            return leftovers.order_id
        case _:
            return None


def _listed(binding: Binding) -> list[str | None]:
    """Return a binding as a flat list; a kind of action has the same number of touches always."""
    touched = (part for each in binding.touches for part in (str(each.kind), each.name, each.generation))
    return [binding.action, binding.name, binding.order_id, binding.asked, *touched]
