"""A saved plan as a file: JSON, with one item of a list in a line, so that it can be read and compared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reconciler.plan.saved_form import KIND, encode_saved_plan
from reconciler.render.documents import FORMAT_VERSION

if TYPE_CHECKING:
    from reconciler.plan.saved import SavedPlan
    from reconciler.render.documents import Document


def render_saved_plan(saved: SavedPlan, plan: Document) -> str:
    """Return the file of a saved plan; ASCII only.

    Args:
        saved: what `apply` goes by.
        plan: the same for people and programs (`plan.schema.json`).
    """
    whole = {"format_version": FORMAT_VERSION, "kind": KIND, **encode_saved_plan(saved), "plan": plan}
    return _mapping(whole, 0) + "\n"


def _mapping(fields: Document, depth: int) -> str:
    # `indent` would make it ten times slower, and a line of every brace.
    inner = "  " * (depth + 1)
    lines = [f"{inner}{json.dumps(name)}: {_value(each, depth + 1)}" for name, each in fields.items()]
    return "{\n" + ",\n".join(lines) + "\n" + "  " * depth + "}"


def _value(each: object, depth: int) -> str:
    if isinstance(each, dict) and each and depth < 2:
        return _mapping(each, depth)
    if isinstance(each, list) and each and isinstance(each[0], dict):
        inner = "  " * (depth + 1)
        items = ",\n".join(inner + json.dumps(item) for item in each)
        return f"[\n{items}\n" + "  " * depth + "]"
    return json.dumps(each)
