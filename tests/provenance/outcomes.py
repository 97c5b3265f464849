"""What a plan says of each certificate, for comparisons in tests."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from reconciler.cli.workspace import open_trusted

if TYPE_CHECKING:
    from reconciler.model.evidence import Evidence
    from reconciler.plan.actions import Plan
    from tests.acceptance.conftest import RunProgram
    from tests.provenance.git_tree import GitTree


def requesters(program: RunProgram, *arguments: str) -> dict[str, str]:
    """Return who has asked for each certificate that the plan orders, and `denied: ...` for the others."""
    ran = program("plan", "--format", "json", *arguments)
    document = ran.document
    found = {
        action["name"]: _entity(action)
        for action in document["actions"]
        if action["action"] != "register_account"
    }
    for finding in document["denied"]:
        name = finding["path"].removeprefix("certificates/").removesuffix(".yaml")
        found[name] = f"denied: {finding['message']} | {finding['hint']}"
    assert ran.code == (5 if document["denied"] else 0)
    return found


def apply_plan(tree: GitTree) -> Plan:
    """Return what `apply` would do."""
    workspace = open_trusted(tree.root, applying=True)
    return workspace.plan(dt.datetime.now(dt.UTC))


def evidence(plan: Plan, name: str) -> Evidence:
    """Return what an order of a plan is allowed on."""
    [action] = [each for each in plan.actions if each.subject == name]
    found: Evidence | None = getattr(action, "evidence", None)
    assert found is not None
    return found


def _entity(action: dict[str, Any]) -> str:
    requester = action["evidence"]["requester"]
    return str(requester["entity_name"]) if requester else "nobody"
