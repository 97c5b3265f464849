"""The one place with words for plans, orders and events.

Everything is returned as one line, cleaned: no name from a file, no text from a CA can act on a terminal.
"""

from reconciler.render.wording.orders import advice_for, expiry_text, problem_lines, problem_text, stage_text
from reconciler.render.wording.plans import held_back_title, no_changes, plan_summary, title
from reconciler.render.wording.reasons import reason_text

__all__ = [
    "advice_for",
    "expiry_text",
    "held_back_title",
    "no_changes",
    "plan_summary",
    "problem_lines",
    "problem_text",
    "reason_text",
    "stage_text",
    "title",
]
