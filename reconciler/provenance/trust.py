"""Which policy counts.

When a pull request is planned, that of a protected branch, and that of the tree, which counts once it is
merged. At apply, that of the commit being applied, and that of the one before it on its branch: so a policy
counts for what is asked for after it. Without a trusted ref the files count as they are: whoever may change
them decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reconciler.errors import InvalidTreeError, RepositoryError
from reconciler.policy import PolicyView
from reconciler.provenance.named_refs import has_ever_named, named_ref

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.certificate import CertificateSpec
    from reconciler.model.desired import Desired
    from reconciler.provenance.repository import Repository

_LOOK_BACK = 20
_MERGE_FIRST = "merge the change of the policy first, on its own: a request counts on merged policy only"
_NEXT_COMMIT = "a policy counts for what is asked for after it: from the next commit on this branch"


class Trust(Struct, frozen=True):
    """The policy that counts.

    Attributes:
        head: the commit that is planned or applied.
        views: the policies that all have to allow a request; the first decides what an order is made with.
        desired: the tree, with settings, accounts, roles and identities of the first view.
        has_shared_state: whether the state comes by Git, be it from another branch.
    """

    repository: Repository
    head: str
    views: tuple[PolicyView, ...]
    desired: Desired
    has_shared_state: bool = False

    @property
    def believes_records(self) -> bool:
        """Whether the state's records say who asked.

        Records that come with the commits are no better than what a pull request says.
        """
        return not (self.has_shared_state or self.repository.tracks(self.desired.settings.state, self.head))


def find_trust(root: Path, tree: Desired, *, ref: str | None = None, applying: bool = False) -> Trust | None:
    """Return the policy that counts; None where no trusted ref is set: then the files do.

    Args:
        root: of the tree.
        tree: as its files are.
        ref: what the user names as trusted; otherwise the settings say, of the tree and of its history.
        applying: whether this is for `apply`.

    Raises:
        RepositoryError: the ref, or the history, cannot be read; or what is applied is not on the branch.
        InvalidTreeError: the policy there has errors.
    """
    wanted = ref or tree.settings.trusted_ref
    if not wanted and not has_ever_named(root):
        return None
    from reconciler.provenance.repository import Repository
    from reconciler.provenance.trusted import read_policy

    repository = Repository.find(root)
    head = repository.commit("HEAD") if repository else None
    if repository is None or head is None:
        where = "the repository has no commit yet" if repository else "the tree is in no Git repository"
        raise RepositoryError(f"a trusted ref is named, and {where}")
    name = ref or named_ref(repository, head, tree.settings.trusted_ref)
    if name is None:
        return None
    commit = repository.branch(name)
    if commit is None:
        raise RepositoryError(f"there is no branch `{name}` in this clone; fetch it (`git fetch origin`)")
    is_merged = repository.is_ancestor(head, commit)
    if applying and not is_merged:
        raise RepositoryError(
            f"commit {head[:12]} is not on `{name}`: only what is merged there is applied; "
            f"if it is, fetch (`git fetch origin`)"
        )
    if is_merged:
        views, policy = _merged(repository, head, applying=applying)
    else:
        policy = read_policy(repository, commit, name)
        views = (PolicyView.of(policy, f"at {name}", commit, way_out=_MERGE_FIRST),)
    if not applying:
        views = (*views, _own_view(tree))
    return Trust(repository, head, views, _under(policy, tree))


def trust_of(trust: Trust, tree: Desired, head: str) -> Trust:
    """Return the trust that counts for another tree that is planned, as far as one may be trusted at all.

    Args:
        trust: for the tree at hand, when it is planned: its last view is that of the tree's own policy.
        tree: the other tree, with its own policy.
        head: the commit that this is.
    """
    return Trust(trust.repository, head, (*trust.views[:-1], _own_view(tree)), _under(trust.desired, tree))


def _own_view(tree: Desired) -> PolicyView:
    return PolicyView.of(tree, "in this tree")


def _merged(repository: Repository, head: str, *, applying: bool) -> tuple[tuple[PolicyView, ...], Desired]:
    """Return the policies of a commit on the trusted branch and of the one before; the first also as read."""
    from reconciler.provenance.decisions import last_decision
    from reconciler.provenance.trusted import has_tree, read_policy

    policy = read_policy(repository, head, head[:12])
    way_out = "" if applying else _MERGE_FIRST
    views = (PolicyView.of(policy, f"at commit {head[:12]}", head, way_out=way_out),)
    commit = last_decision(repository, head, policy.settings)
    for _ in range(_LOOK_BACK):
        parent = repository.first_parent(commit)
        if parent is None or not has_tree(repository, parent):
            return views, policy
        try:
            before = read_policy(repository, parent, parent[:12])
        except InvalidTreeError:
            # A policy with errors allowed nothing; what was before it is what counted.
            commit = parent
            continue
        view = PolicyView.of(before, f"at commit {parent[:12]}", parent, way_out=_NEXT_COMMIT)
        return (*views, view), policy
    raise RepositoryError(f"the policy has errors in each of the {_LOOK_BACK} commits before {head[:12]}")


def _under(policy: Desired, tree: Desired) -> Desired:
    """Return a tree with its policy replaced."""

    def judged(spec: CertificateSpec) -> CertificateSpec:
        # The very object: what a certificate says itself is its own, though it may be equal.
        inherits = spec.renew is tree.settings.renew
        renew = policy.settings.renew if inherits else spec.renew
        return replace(spec, role=policy.roles.get(spec.role.name, spec.role), renew=renew)

    return replace(
        tree,
        settings=policy.settings,
        accounts=policy.accounts,
        roles=policy.roles,
        identities=policy.identities,
        dns_providers=policy.dns_providers,
        certificates={name: judged(spec) for name, spec in tree.certificates.items()},
    )
