"""A saved plan held against a plan made now: what of it is still to be done, and what has changed since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.model.selection import EVERYTHING
from reconciler.plan import actions as do
from reconciler.plan.bindings import Binder, plan_digest
from reconciler.plan.generations import asked_of_account, asked_of_certificate, asked_of_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.model.desired import Desired
    from reconciler.model.observed import Observed
    from reconciler.model.selection import Selection
    from reconciler.plan.bindings import Binding, Touch

_OF_ACCOUNTS = frozenset(
    each.kind for each in (do.RegisterAccount, do.UpdateAccount, do.RotateKey, do.DeactivateAccount)
)
_TAKEN_OUT = frozenset(each.kind for each in (do.ForgetCertificate, do.DeactivateAccount))


class SavedPlan(Struct, frozen=True):
    """What was reviewed. It never says what to do: only what of a plan made anew may be done.

    Attributes:
        bindings: one for each action.
        lineage: of the state that it was made from; None where nothing was known.
        selection: what was chosen of the tree.
        commit: of the tree; None where it is not known.
    """

    bindings: tuple[Binding, ...]
    lineage: str | None = None
    selection: Selection = EVERYTHING
    commit: str | None = None

    @property
    def digest(self) -> str:
        """What stands for all of it."""
        return plan_digest(self.bindings, self.lineage)


class TreeChanged(Struct, frozen=True):
    """The tree asks for something else."""


class TreeDropped(Struct, frozen=True):
    """The tree does not ask for it any more."""


class TreeReturned(Struct, frozen=True):
    """The tree asks for it again."""


class RecordChanged(Struct, frozen=True):
    """The state has moved on: a record is another one now, gone, or new."""

    touch: Touch


class NowDenied(Struct, frozen=True):
    """The policy denies it, or something must be said explicitly."""


class NowHeldBack(Struct, frozen=True):
    """It has to wait."""


class NowOther(Struct, frozen=True):
    """Something else is to be done instead: the kinds of actions; none where nothing is any more."""

    actions: tuple[str, ...] = ()


Change = TreeChanged | TreeDropped | TreeReturned | RecordChanged | NowDenied | NowHeldBack | NowOther


class Stale(Struct, frozen=True):
    """A saved action that is not to be done as it was saved, and why."""

    binding: Binding
    changes: tuple[Change, ...]


class Match(Struct, frozen=True):
    """What a saved plan comes to now.

    Attributes:
        plan: the part of the plan made now that was saved; nothing is held back or denied in it.
        stale: what has changed; then nothing may be done.
        done: what was done without us: files are as they should be, what was left behind is gone.
        left: how many actions of the plan made now were not saved.
    """

    plan: do.Plan
    stale: tuple[Stale, ...] = ()
    done: tuple[Binding, ...] = ()
    left: int = 0


def save(plan: do.Plan, observed: Observed, lineage: str, commit: str | None = None) -> SavedPlan:
    """Return what is to be saved of a plan: its actions; what is held back or denied is none.

    Args:
        plan: made from `observed`.
        observed: the state.
        lineage: of the state; empty where it has none.
        commit: of the tree.
    """
    binder = Binder(observed)
    bindings = sorted(map(binder.bind, plan.actions), key=lambda each: each.key)
    return SavedPlan(tuple(bindings), known_lineage(observed, lineage), plan.selection, commit)


def known_lineage(observed: Observed, lineage: str) -> str | None:
    """Return the lineage of a state that has any record; which one an empty state is, is no matter."""
    records = (observed.accounts, observed.certificates, observed.orders, observed.leftovers)
    return (lineage or None) if any(records) else None


def match(saved: SavedPlan, plan: do.Plan, desired: Desired, observed: Observed) -> Match:
    """Return what of a saved plan is still to be done.

    Args:
        saved: what was reviewed, of the same state (see `SavedPlan.lineage`).
        plan: made now, of the same selection.
        desired: the tree.
        observed: the state.
    """
    binder = Binder(observed)
    now = {binding.key: binding for binding in map(binder.bind, plan.actions)}
    judge = _Judge(plan, desired, binder, frozenset(now))
    stale: list[Stale] = []
    done: list[Binding] = []
    for each in saved.bindings:
        if now.get(each.key) == each:
            continue
        if judge.is_done(each):
            done.append(each)
        else:
            stale.append(Stale(each, tuple(judge.changes(each))))
    wanted = {each.key for each in saved.bindings}
    actions = tuple(action for action, key in zip(plan.actions, now, strict=True) if key in wanted)
    only = replace(
        plan, actions=actions, held_back=(), held_keys=(), held_actions=(), denied=(), denied_certificates=()
    )
    return Match(only, tuple(stale), tuple(done), len(plan.actions) - len(actions))


def not_due(stale: Iterable[Stale]) -> list[str]:
    """Return the certificates that were to be ordered, and about which nothing has changed but that."""
    return [
        each.binding.name
        for each in stale
        if each.binding.action == do.CreateOrder.kind and each.changes == (NowOther(),)
    ]


class _Judge(Struct, frozen=True):
    """Finds out why a saved action is not to be done as it was saved."""

    plan: do.Plan
    desired: Desired
    binder: Binder
    planned: frozenset[tuple[str, str, str]]
    _others: dict[tuple[bool, str], list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Sort the actions of the plan by what they are about."""
        for each in self.plan.actions:
            about = isinstance(each, do.AccountAction), each.subject
            self._others.setdefault(about, []).append(each.kind)

    def is_done(self, saved: Binding) -> bool:
        """Say whether a saved action has come to its end without us, and nothing else has happened."""
        if saved.key in self.planned:
            return False
        if saved.action == do.CleanUp.kind:
            return all(self.binder.generation(each.kind, each.name) is None for each in saved.touches)
        unchanged = not any(self._records(saved)) and saved.name not in self.plan.denied_certificates
        return saved.action == do.DeliverCertificate.kind and unchanged

    def changes(self, saved: Binding) -> Iterator[Change]:
        """Yield what has changed; at least one thing."""
        found = [*self._tree(saved), *self._records(saved)]
        about_account = saved.action in _OF_ACCOUNTS
        if not about_account and saved.name in self.plan.denied_certificates:
            found.append(NowDenied())
        held = {each.subject for each in self.plan.held_keys}
        if not about_account:
            held = {each.subject for each in self.plan.held_back}
            held |= {each.subject for each in self.plan.held_actions}
        if saved.name in held:
            found.append(NowHeldBack())
        if not found:
            others = self._others.get((about_account, saved.name), ())
            found.append(NowOther(tuple(others)))
        yield from found

    def _tree(self, saved: Binding) -> Iterator[Change]:
        asked = self._asked(saved)
        if saved.action in _TAKEN_OUT:
            if asked is not None:
                yield TreeReturned()
        elif saved.asked is not None and asked is None:
            yield TreeDropped()
        elif saved.asked is not None and asked != saved.asked:
            yield TreeChanged()

    def _asked(self, saved: Binding) -> str | None:
        if saved.action == do.ReencryptKeys.kind:
            encryption = self.desired.settings.encryption
            return asked_of_keys(encryption.recipients if encryption else ())
        if saved.action in _OF_ACCOUNTS:
            account = self.desired.accounts.get(saved.name)
            return asked_of_account(account) if account else None
        spec = self.desired.certificates.get(saved.name)
        return asked_of_certificate(spec) if spec else None

    def _records(self, saved: Binding) -> Iterator[RecordChanged]:
        for each in saved.touches:
            if self.binder.generation(each.kind, each.name) != each.generation:
                yield RecordChanged(each)
