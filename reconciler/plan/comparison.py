"""What a branch changes, and what was due anyway."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from reconciler.model.account import AccountSpec
from reconciler.model.certificate import CertificateSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable

    from reconciler.model.finding import Finding
    from reconciler.plan.actions import Action, HeldBack, HeldBackAction, HeldBackKey, Plan

T = TypeVar("T")

# Where it stands, and what only says when something is done.
_NOT_DONE = frozenset({"location", "key_max_age", "max_concurrent_new_orders"})


class Comparison(Struct, frozen=True):
    """A plan in two parts: against the state as it is, and against the tree of another commit.

    Attributes:
        base: what it is compared with, as the user has named it: `origin/main`.
        commit: the commit that this is (full hash): the merge base.
        changed: what the branch changes: actions, findings and what is held back that the base's tree does
            not have.
        due: what was due anyway: what the base's tree has as well.
        undone: what the base's tree would have done, and this one does not.
    """

    base: str
    commit: str
    changed: Plan
    due: Plan
    undone: tuple[Action, ...] = ()


def compare(plan: Plan, base_plan: Plan, *, base: str, commit: str) -> Comparison:
    """Split a plan into what is only in it, and what another one has as well.

    Two actions are the same if they do the same to the same for the same reasons, wherever in the files that
    is written and whoever's evidence allows it. Each part keeps the plan's order. Certificates that are as
    they should be count as due: the branch has nothing to do with them.

    Args:
        plan: of the tree at hand.
        base_plan: of the tree of another commit, for the same state and time.
        base: what that is called.
        commit: its full hash.
    """
    new_actions, due_actions, undone = _split(plan.actions, base_plan.actions, _action_key)
    new_held, due_held, _ = _split(plan.held_back, base_plan.held_back, _held_key)
    new_waits, due_waits, _ = _split(plan.held_actions, base_plan.held_actions, _held_key)
    new_keys, due_keys, _ = _split(plan.held_keys, base_plan.held_keys, _held_key)
    new_denied, due_denied, _ = _split(plan.denied, base_plan.denied, _finding_key)
    new_limits, due_limits, _ = _split(plan.passed_limits, base_plan.passed_limits, lambda each: each.kind)
    new_names, due_names = _names(plan.denied_certificates, base_plan.denied_certificates, new_denied)
    changed = replace(
        plan,
        actions=new_actions,
        held_back=new_held,
        unchanged=0,
        denied=new_denied,
        denied_certificates=new_names,
        held_keys=new_keys,
        held_actions=new_waits,
        passed_limits=new_limits,
    )
    due = replace(
        plan,
        actions=due_actions,
        held_back=due_held,
        denied=due_denied,
        denied_certificates=due_names,
        held_keys=due_keys,
        held_actions=due_waits,
        passed_limits=due_limits,
    )
    return Comparison(base, commit, changed, due, undone)


def _split(
    here: Iterable[T], there: Iterable[T], key: Callable[[T], Hashable]
) -> tuple[tuple[T, ...], tuple[T, ...], tuple[T, ...]]:
    """Return what is only here, what is in both (as it is here), and what is only there."""
    there = tuple(there)
    left = Counter(map(key, there))
    only_here: list[T] = []
    both: list[T] = []
    for each in here:
        name = key(each)
        (both if left[name] else only_here).append(each)
        left[name] -= bool(left[name])
    only_there: list[T] = []
    for each in reversed(there):
        name = key(each)
        if left[name]:
            left[name] -= 1
            only_there.append(each)
    return tuple(only_here), tuple(both), tuple(reversed(only_there))


def _action_key(action: Action) -> Hashable:
    codes = tuple(reason.code for reason in action.reasons)
    return action.kind, action.subject, codes, _wanted(action), getattr(action, "challenges", ())


def _held_key(held: HeldBack | HeldBackKey | HeldBackAction) -> Hashable:
    codes = tuple(reason.code for reason in held.reasons)
    return held.subject, codes, _wanted(held), getattr(held, "until", None)


def _wanted(action: Action | HeldBack | HeldBackKey | HeldBackAction) -> Hashable:
    """Return what the tree wants that an action brings about; the rest of it is the state's."""
    spec = getattr(action, "spec", None)
    if isinstance(spec, CertificateSpec):
        role = spec.role
        decided = spec.key_type, spec.asked_profile, spec.chain_issuer, role.csr_identifier_population
        return spec.digest, role.acme_account_name, decided
    account = getattr(action, "account", None)
    if isinstance(account, AccountSpec):
        return tuple(getattr(account, each) for each in account.__struct_fields__ if each not in _NOT_DONE)
    return None


def _finding_key(finding: Finding) -> Hashable:
    return finding.code, finding.message, finding.location.path


def _names(
    here: Iterable[str], there: Collection[str], new: Iterable[Finding]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which denied certificates are denied for something new, and which are as before."""
    paths = {finding.location.path.rpartition(".")[0] for finding in new}
    due = {name for name in here if name in there and f"certificates/{name}" not in paths}
    return tuple(name for name in here if name not in due), tuple(name for name in here if name in due)
