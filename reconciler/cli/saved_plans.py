"""Saved plans: written by `plan --out`, read by `apply`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import RepositoryError, SavedPlanError

if TYPE_CHECKING:
    from reconciler.cli.session import Session
    from reconciler.cli.workspace import Workspace
    from reconciler.model.observed import Observed
    from reconciler.plan.actions import Plan
    from reconciler.plan.saved import SavedPlan

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
    from reconciler.render.wording.saved_plans import saved_text

    text = render_saved_plan(saved, plan_document(ShownPlan(plan, digest=digest)))
    if takes_stdout(out):
        if sys.stdout is None:
            raise SavedPlanError("standard output is closed: the plan cannot be saved there")
        session.write(text)
        return digest
    _write(out, text.encode("ascii"))
    session.say(f"{saved_text(out)}\n")
    return digest


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


def _write(path: Path, content: bytes) -> None:
    from reconciler import files
    from reconciler.file_errors import why
    from reconciler.links import refuse_planted_links

    if len(content) > _MOST_BYTES:
        raise SavedPlanError(f"the plan is larger than {_MOST_BYTES // 2**20} MiB; plan a part (`--select`)")
    try:
        # It would be refused in any case; here there is something to say of what was meant.
        if path.exists() and not path.is_file():
            raise SavedPlanError(f"{path}: this is no file; `--out -` writes to the standard output")
        refuse_planted_links(path)
        files.write_file(path, content)
    except OSError as error:
        raise SavedPlanError(f"{path}: cannot be written: {why(error)}") from None


def _commit(root: Path) -> str | None:
    """Return the commit of the tree, for the record; None where there is none, or Git does not say."""
    from reconciler.provenance.repository import Repository

    try:
        repository = Repository.find(root)
        return repository.commit("HEAD") if repository else None
    except RepositoryError:
        return None
