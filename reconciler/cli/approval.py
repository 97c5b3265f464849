"""What was reviewed: a saved plan or a digest, held against a plan made anew by `apply`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from msgspec import Struct

from reconciler.cli.saved_plans import read_saved_plan
from reconciler.errors import StalePlanError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from reconciler.cli.session import Session
    from reconciler.cli.workspace import Workspace
    from reconciler.model.observed import Observed
    from reconciler.model.selection import Selection
    from reconciler.plan.actions import Plan
    from reconciler.plan.saved import SavedPlan

    Make = Callable[[Observed], Plan]
    Refresh = Callable[[Observed, Collection[str]], Observed]


class Approval(Struct, frozen=True):
    """What was reviewed, where `apply` is to do nothing else.

    Attributes:
        saved: the whole of it.
        digest: what stands for it.
    """

    saved: SavedPlan | None = None
    digest: str | None = None

    @property
    def is_given(self) -> bool:
        """Whether there is any."""
        return self.saved is not None or self.digest is not None

    def approved(
        self,
        session: Session,
        workspace: Workspace,
        make: Make,
        observed: Observed,
        refresh: Refresh,
    ) -> Plan:
        """Return what may be done of the plan made now.

        Args:
            session: for what is to be said of it.
            workspace: tree and state.
            make: makes the plan.
            observed: what is there.
            refresh: asks the CAs whether they want some certificates renewed.

        Raises:
            StalePlanError: it is not what was reviewed; what has changed was said.
        """
        if self.saved is not None:
            return _matched(session, workspace, self.saved, make, observed, refresh)
        plan = make(observed)
        if self.digest is not None:
            from reconciler.plan.saved import save

            digest = save(plan, observed, workspace.store.lineage).digest
            if digest != self.digest:
                raise StalePlanError(f"the plan made now has another digest: {digest}")
        return plan


def approval_of(file: Path | None, digest: str | None, selection: Selection) -> tuple[Approval, Selection]:
    """Return what the user names as reviewed, and what is chosen of the tree.

    Raises:
        UsageError: two of these exclude each other.
        SavedPlanError: the file is no saved plan.
    """
    if file is None:
        return Approval(digest=digest), selection
    if digest is not None:
        raise click.UsageError("FILE and --expect exclude each other: the file says what is expected")
    if selection.is_partial:
        raise click.UsageError("FILE says itself what was chosen: no --select, --exclude, --role, --account")
    saved = read_saved_plan(file)
    return Approval(saved), saved.selection


def _matched(
    session: Session,
    workspace: Workspace,
    saved: SavedPlan,
    make: Make,
    observed: Observed,
    refresh: Refresh,
) -> Plan:
    from reconciler.plan.saved import match, not_due
    from reconciler.render.wording.saved_plans import done_text, left_text, other_state, stale_lines

    lineage = workspace.store.lineage
    if saved.lineage not in (None, lineage):
        raise StalePlanError(other_state(saved.lineage, lineage))
    found = match(saved, make(observed), workspace.desired, observed)
    names = not_due(found.stale)
    if names and len(names) == len(found.stale):
        # What was due by the CA's word may not be so by the state's: `plan --refresh` writes nothing.
        observed = refresh(observed, names)
        found = match(saved, make(observed), workspace.desired, observed)
    if found.stale:
        for line in stale_lines(found.stale, observed):
            session.say(f"stale: {line}\n")
        raise StalePlanError("the saved plan is stale: what it is about has changed since")
    if found.done:
        session.say(f"{done_text(len(found.done))}\n")
    if found.left:
        session.say(f"{left_text(found.left)}\n")
    return found.plan
