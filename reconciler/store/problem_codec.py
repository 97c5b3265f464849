"""Problems as a part of the records of accounts and orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.model.problem import Problem
from reconciler.store.parts import present

if TYPE_CHECKING:
    from reconciler.store.fields import Fields


def encode_problem(problem: Problem | None) -> dict[str, Any] | None:
    """Return a problem as records have it; None where there is none."""
    if problem is None:
        return None
    return present(
        type=problem.type,
        detail=problem.detail,
        status=problem.status,
        identifier=problem.identifier,
        help_url=problem.help_url,
        subproblems=[encode_problem(each) for each in problem.subproblems],
    )


def decode_problem(fields: Fields | None) -> Problem | None:
    """Return the problem of a record; None where it has none."""
    if fields is None:
        return None
    subproblems = (decode_problem(each) for each in fields.each("subproblems"))
    return Problem(
        type=fields.text("type"),
        detail=fields.optional_text("detail") or "",
        status=fields.whole("status") if fields.optional_text("status") else None,
        identifier=fields.optional_text("identifier"),
        help_url=fields.optional_text("help_url"),
        subproblems=tuple(each for each in subproblems if each is not None),
    )
