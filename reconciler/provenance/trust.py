"""Which policy counts.

When a pull request is planned, that of a protected ref, and that of the tree, which counts once it is
merged. At apply, that of the commit being applied, and that of its first parent. Without `trusted_ref` the
files count as they are: whoever may change them decides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.errors import RepositoryError
from reconciler.policy import PolicyView
from reconciler.provenance.repository import Repository
from reconciler.provenance.trusted import read_policy
from reconciler.tree import trusted_ref_of

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.desired import Desired

_SETTINGS_FILES = ("reconciler.yaml", "reconciler.json")
_NO_GIT = "`trusted_ref` is set, and the tree is in no Git repository"


@dataclass(frozen=True, slots=True)
class Trust:
    """The policy that counts.

    Attributes:
        head: the commit that is planned or applied.
        views: the policies that all have to allow a request; the first decides what an order is made with.
        desired: the tree, with settings, accounts, roles and identities of the first view.
    """

    repository: Repository
    head: str
    views: tuple[PolicyView, ...]
    desired: Desired


def find_trust(root: Path, tree: Desired, *, ref: str | None = None, applying: bool = False) -> Trust | None:
    """Return the policy that counts; None where no trusted ref is set: then the files do.

    Args:
        root: of the tree.
        tree: as its files are.
        ref: what the user names as trusted; otherwise the settings say.
        applying: whether this is for `apply`.

    Raises:
        RepositoryError: the ref, or the history, cannot be read.
        InvalidTreeError: the policy there has errors.
    """
    repository = Repository.find(root)
    named = ref or tree.settings.trusted_ref
    if repository is None:
        if named:
            raise RepositoryError(_NO_GIT)
        return None
    head = repository.commit("HEAD")
    if head is None:
        if named:
            raise RepositoryError("`trusted_ref` is set, and the repository has no commit yet")
        return None
    named = ref or _settled_ref(repository, head, tree)
    if named is None:
        return None
    return _for_apply(repository, head, tree) if applying else _for_plan(repository, head, tree, named)


def _settled_ref(repository: Repository, head: str, tree: Desired) -> str | None:
    """Return the trusted ref that the settings name; a change under review does not choose another."""
    parent = repository.commit(f"{head}^1")
    earlier = (_ref_at(repository, commit) for commit in (parent, head) if commit)
    ref = next((ref for ref in earlier if ref), tree.settings.trusted_ref)
    commit = repository.branch(ref) if ref else None
    there = _ref_at(repository, commit) if commit else None
    if there is not None and there != ref:
        raise RepositoryError(f"`{ref}` itself names another `trusted_ref`: `{there}`; name that one")
    return ref


def _ref_at(repository: Repository, commit: str) -> str | None:
    for name in _SETTINGS_FILES:
        data = repository.read(commit, name)
        if data is not None:
            return trusted_ref_of(name, data)
    return None


def _for_plan(repository: Repository, head: str, tree: Desired, ref: str) -> Trust:
    commit = repository.branch(ref)
    if commit is None:
        raise RepositoryError(f"there is no branch `{ref}` in this clone; fetch it (`git fetch origin`)")
    policy = read_policy(repository, commit, ref)
    views = (
        PolicyView.of(policy, f"at {ref}", commit, is_before=True),
        PolicyView.of(tree, "in this tree"),
    )
    return Trust(repository, head, views, _under(policy, tree))


def _for_apply(repository: Repository, head: str, tree: Desired) -> Trust:
    policy = read_policy(repository, head, head[:12])
    views = [PolicyView.of(policy, f"at commit {head[:12]}", head)]
    parent = repository.first_parent(head)
    if parent is not None:
        before = read_policy(repository, parent, parent[:12])
        views.append(PolicyView.of(before, f"at commit {parent[:12]}", parent, is_before=True))
    return Trust(repository, head, tuple(views), _under(policy, tree))


def _under(policy: Desired, tree: Desired) -> Desired:
    """Return a tree with its policy replaced."""
    certificates = {
        name: replace(spec, role=policy.roles.get(spec.role.name, spec.role))
        for name, spec in tree.certificates.items()
    }
    return replace(
        tree,
        settings=policy.settings,
        accounts=policy.accounts,
        roles=policy.roles,
        identities=policy.identities,
        certificates=certificates,
    )
