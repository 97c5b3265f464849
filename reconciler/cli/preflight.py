"""`plan --preflight`."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from reconciler.engine.preflight import preflight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.status import Status

    from reconciler.cli.session import Session
    from reconciler.cli.workspace import Workspace
    from reconciler.model.observed import Observed
    from reconciler.model.preflight import PreflightFinding
    from reconciler.plan.actions import Plan


def look_ahead(
    session: Session, workspace: Workspace, observed: Observed, plan: Plan
) -> tuple[PreflightFinding, ...]:
    """Return what could stand in the way of the orders of a plan, as far as it can be seen before."""
    with workspace.workplace(session.clock) as place, _progress(session) as report:
        return preflight(place, plan, workspace.desired, observed.accounts, report=report)


@contextmanager
def _progress(session: Session) -> Iterator[Callable[[int, int], None]]:
    """Give what shows how far the preflight has come: in one line of a terminal, and nowhere else."""
    if not session.is_live:
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.text import Text

    from reconciler.render.preflight import preflight_progress

    console = Console(stderr=True, no_color=not session.message_color)
    begin = session.clock.monotonic()
    with ExitStack() as stack:
        status: Status | None = None

        def show(done: int, total: int) -> None:
            nonlocal status
            line = preflight_progress(done, total, session.clock.monotonic() - begin)
            text = Text(line, no_wrap=True, overflow="ellipsis")
            if status is None:
                status = stack.enter_context(console.status(text))
            else:
                status.update(text)

        yield show
