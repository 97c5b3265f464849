"""`plan --base`: what a branch changes, and what was due anyway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.errors import InvalidTreeError, RepositoryError
from reconciler.model.finding import Finding, Location, Severity
from reconciler.plan.actions import Plan
from reconciler.plan.comparison import compare
from reconciler.provenance.base_tree import read_tree
from reconciler.provenance.merge_base import merge_base
from reconciler.provenance.repository import Repository
from reconciler.provenance.trust import trust_of
from reconciler.provenance.trusted import has_tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.cli.workspace import Workspace
    from reconciler.plan.comparison import Comparison


def compare_with(
    ref: str, workspace: Workspace, plan: Plan, make: Callable[[Workspace], Plan]
) -> tuple[Comparison, tuple[Finding, ...]]:
    """Compare a plan with that of the commit that a branch has in common with another.

    Where there was no tree at that commit, or one with errors, all of the plan is what the branch changes.

    Args:
        ref: the other branch, or a commit.
        workspace: of the tree at hand, opened to be planned.
        plan: of the tree at hand.
        make: makes the same plan of another tree: for the same state and time.

    Returns:
        The comparison, and a warning where the tree there has errors.

    Raises:
        RepositoryError: there is no such commit here, or Git cannot read it.
    """
    repository = workspace.trust.repository if workspace.trust else Repository.find(workspace.root)
    if repository is None:
        raise RepositoryError("the tree is in no Git repository: there is nothing to compare it with")
    commit = merge_base(repository, ref)
    base_plan = Plan(now=plan.now)
    warnings: tuple[Finding, ...] = ()
    if has_tree(repository, commit):
        try:
            base_plan = make(_workspace_at(commit, repository, workspace))
        except InvalidTreeError as error:
            warnings = (_base_invalid(ref, commit, error),)
    return compare(plan, base_plan, base=ref, commit=commit), warnings


def _workspace_at(commit: str, repository: Repository, workspace: Workspace) -> Workspace:
    """Return the workspace with the tree of a commit; the policy in force stays that of the workspace.

    Raises:
        InvalidTreeError: that tree has errors.
    """
    files = workspace.proposed or workspace.desired
    base = read_tree(repository, commit, commit[:12], workspace.root, files)
    if workspace.trust is None:
        return replace(workspace, desired=base)
    trust = trust_of(workspace.trust, base, commit)
    return replace(workspace, desired=trust.desired, trust=trust, proposed=base)


def _base_invalid(ref: str, commit: str, error: InvalidTreeError) -> Finding:
    errors = [each for each in error.findings if each.severity is Severity.ERROR]
    first = errors[0]
    return Finding(
        "base-invalid",
        f"the tree at commit {commit[:12]}, which this branch has in common with `{ref}`, has "
        f"{len(errors)} error(s), so everything counts as changed by this branch; the first: "
        f"{first.location}: {first.message}",
        Location("reconciler.yaml"),
        Severity.WARNING,
        hint=f"mend it on `{ref}`, and bring this branch up to date",
    )
