"""Saved plans: written by `plan --out`, and held against a plan made anew by `apply`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.errors import RepositoryError, SavedPlanError, StalePlanError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from reconciler.cli.session import Session
    from reconciler.cli.workspace import Workspace
    from reconciler.model.observed import Observed
    from reconciler.model.selection import Selection
    from reconciler.plan.actions import Plan
    from reconciler.plan.saved import SavedPlan

    Make = Callable[[Observed], Plan]

_MOST_BYTES = 128 * 2**20
_STANDARD = Path("-")


def takes_stdout(out: Path | None) -> bool:
    """Say whether a plan is saved to the standard output."""
    return out == _STANDARD


def save_plan(
    session: Session, workspace: Workspace, plan: Plan, observed: Observed, out: Path | None
) -> str:
    """Write a plan to a file, or to the standard output, if that is wanted; return its digest.

    Raises:
        SavedPlanError: it cannot be written.
    """
    from reconciler.plan.saved import save

    commit = _commit(workspace.root) if out else None
    saved = save(plan, observed, workspace.store.lineage, commit)
    digest = saved.digest
    if out is None:
        return digest
    from reconciler.render.plan_json import plan_document
    from reconciler.render.saved_plan import render_saved_plan
    from reconciler.render.shown import ShownPlan
    from reconciler.render.text import clean

    text = render_saved_plan(saved, plan_document(ShownPlan(plan, digest=digest)))
    if takes_stdout(out):
        if sys.stdout is None:
            raise SavedPlanError("standard output is closed: the plan cannot be saved there")
        session.write(text)
        return digest
    _write(out, text.encode("ascii"))
    name = clean(out)
    session.say(f"Saved as {name}; `reconciler apply {name}` does this, and nothing else.\n")
    return digest


@dataclass(frozen=True, slots=True)
class Approval:
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
        refresh: Callable[[Observed, Collection[str]], Observed],
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


def read_saved_plan(path: Path) -> SavedPlan:
    """Return the saved plan of a file; `-` is the standard input.

    Raises:
        SavedPlanError: it cannot be read, or is none.
    """
    import json

    from reconciler.plan.saved_form import decode_saved_plan

    try:
        if path == _STANDARD:
            if sys.stdin is None:
                raise SavedPlanError("it is closed: there is nothing to read")
            content = sys.stdin.buffer.read(_MOST_BYTES + 1)
        else:
            with path.open("rb") as file:
                content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise SavedPlanError(f"it is larger than {_MOST_BYTES // 2**20} MiB")
        return decode_saved_plan(json.loads(content))
    except OSError as error:
        raise SavedPlanError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise SavedPlanError(f"{path}: this is no JSON, or not all of it") from None
    except SavedPlanError as error:
        raise SavedPlanError(f"{path}: {error}") from None


def _matched(
    session: Session,
    workspace: Workspace,
    saved: SavedPlan,
    make: Make,
    observed: Observed,
    refresh: Callable[[Observed, Collection[str]], Observed],
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


def _write(path: Path, content: bytes) -> None:
    from reconciler import files

    if len(content) > _MOST_BYTES:
        raise SavedPlanError(f"the plan is larger than {_MOST_BYTES // 2**20} MiB; plan a part (`--select`)")
    try:
        # A device or a pipe would be replaced by a file.
        if path.exists() and not path.is_file():
            raise SavedPlanError(f"{path}: this is no file; `--out -` writes to the standard output")
        files.write_file(path, content)
    except OSError as error:
        raise SavedPlanError(f"{path}: cannot be written: {error.strerror}") from None


def _commit(root: Path) -> str | None:
    """Return the commit of the tree, for the record; None where there is none, or Git does not say."""
    from reconciler.provenance.repository import Repository

    try:
        repository = Repository.find(root)
        return repository.commit("HEAD") if repository else None
    except RepositoryError:
        return None
