"""The end of `apply` as a JSON document (`schemas/output/apply.schema.json`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.render.documents import Document, document, value
from reconciler.render.instructions import instruction_document
from reconciler.render.plan_json import plan_document
from reconciler.render.shown import ShownPlan

if TYPE_CHECKING:
    from reconciler.model.events import ApplyResult
    from reconciler.plan.actions import Plan


def result_document(plan: Plan, result: ApplyResult) -> Document:
    """Return what was planned, and what became of it, for programs."""
    outcome: dict[str, Any] = {
        "reencrypted": value(result.reencrypted),
        "registered": value(result.registered),
        "updated": value(result.updated),
        "rotated": value(result.rotated),
        "deactivated": value(result.deactivated),
        "issued": value(result.issued),
        "revoked": value(result.revoked),
        "delivered": value(result.delivered),
        "forgotten": value(result.forgotten),
        "abandoned": value(result.abandoned),
        "failed": value(result.failed),
        "awaiting_people": [
            {
                "certificate": each.certificate,
                "order_id": each.order_id,
                "instructions": [instruction_document(instruction) for instruction in each.instructions],
            }
            for each in result.awaiting_people
        ],
        "waiting_for_ca": value(result.waiting_for_ca),
        "under_way": value(result.under_way),
        "cleaned_up": value(result.cleaned_up),
        "left_behind": [
            {
                "certificate": each.certificate,
                "order_id": each.order_id,
                "problem": value(each.problem),
                "presented": [instruction_document(instruction) for instruction in each.presented],
            }
            for each in result.left_behind
        ],
        "other_chains": value(result.other_chains),
    }
    return document(
        "apply",
        plan=plan_document(ShownPlan(plan)),
        stopped=result.stopped,
        is_waiting=result.is_waiting,
        **outcome,
        summary={name: len(each) for name, each in outcome.items()},
    )
