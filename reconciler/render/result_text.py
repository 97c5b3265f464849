"""The end of `apply` as text: what was issued, what failed and what to do, what waits for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.order import HOLDS
from reconciler.render.instructions import in_order, instruction_table, then
from reconciler.render.text import Paint, clean, count, distance, fields, table, time_text
from reconciler.render.wording.events import event_line, result_summary, subject_of
from reconciler.render.wording.orders import advice_for, problem_lines

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.model.events import ActionFailed, ApplyResult, Event


def render_result(
    result: ApplyResult, *, now: datetime, instructions_folder: str, color: bool = False
) -> str:
    """Return how `apply` ended, for people; ends with a line break.

    Args:
        result: what the engine returned.
        now: the time, to say how far others are away.
        instructions_folder: the folder of all instructions, as the reader would name it.
        color: whether to use colours.
    """
    paint = Paint(color)
    sections = [
        _issued(result, now, paint),
        _written(result),
        _failed(result, now, paint),
        [*map(event_line, result.other_chains), *map(event_line, result.left_behind)],
        _waiting_for_ca(result, paint),
        _awaiting_people(result, instructions_folder, paint),
        [paint.strong(result_summary(result))],
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def _issued(result: ApplyResult, now: datetime, paint: Paint) -> list[str]:
    rows = [
        (
            clean(each.certificate),
            clean(each.folder),
            f"{time_text(each.not_after)} ({distance(each.not_after, now)})",
            clean(each.serial_number),
        )
        for each in result.issued
    ]
    if not rows:
        return []
    lines = table(("CERTIFICATE", "FOLDER", "EXPIRES", "SERIAL NUMBER"), rows, paint)
    return [paint.good("Issued:"), *(f"  {line}" for line in lines)]


def _written(result: ApplyResult) -> list[str]:
    written: tuple[Event, ...] = (
        *result.reencrypted,
        *result.updated,
        *result.rotated,
        *result.revoked,
        *result.delivered,
        *result.forgotten,
        *result.abandoned,
        *result.deactivated,
        *result.cleaned_up,
    )
    return [event_line(each) for each in written]


def _failed(result: ApplyResult, now: datetime, paint: Paint) -> list[str]:
    if not result.failed:
        return []
    lines = [paint.bad("Failed:")]
    for failure in result.failed:
        lines += [f"  {paint.strong(subject_of(failure))}", *fields(_failure(failure, now), 4, paint)]
    return lines


def _failure(failure: ActionFailed, now: datetime) -> list[tuple[str, str | list[str] | None]]:
    problem = failure.problem
    again = "by the next `reconciler apply`"
    if problem.type in HOLDS:
        again = "when somebody says so"
    if failure.retry_at is not None and failure.retry_at > now:
        again += f" after {time_text(failure.retry_at)} ({distance(failure.retry_at, now)})"
    return [
        ("order", clean(failure.order_id) if failure.order_id else None),
        ("problem", problem_lines(problem)),
        ("help", clean(problem.help_url) if problem.help_url else None),
        ("what to do", advice_for(problem, of_account=failure.kind == "account")),
        ("tried again", again),
    ]


def _waiting_for_ca(result: ApplyResult, paint: Paint) -> list[str]:
    if not result.waiting_for_ca:
        return []
    lines = [f"  {event_line(each)}" for each in result.waiting_for_ca]
    return [paint.change("Waiting for the CA; `reconciler apply` goes on with these:"), *lines]


def _awaiting_people(result: ApplyResult, folder: str, paint: Paint) -> list[str]:
    instructions = in_order(each for waiting in result.awaiting_people for each in waiting.instructions)
    if not instructions:
        return []
    orders = result.awaiting_people
    which = clean(orders[0].order_id) if len(orders) == 1 else "--all"
    how_much = f"{count(len(instructions), 'challenge')} of {count(len(orders), 'order')}"
    return [
        paint.change(f"To be done by people: {how_much}"),
        "",
        *instruction_table(instructions, lambda each: f"{folder}/{each.order_id}", paint),
        "",
        then(which),
    ]
