"""`apply`, put together: the real CA, and the fulfillers that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.challenges.webroot import Webroot
from reconciler.engine.runner import run_plan
from reconciler.engine.work import Workplace
from reconciler.model.role import ChallengeType

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from reconciler.challenges.port import Fulfiller
    from reconciler.engine.clock import Clock
    from reconciler.engine.options import ApplyOptions
    from reconciler.model.account import AccountSpec
    from reconciler.model.events import ApplyResult, Event
    from reconciler.model.settings import Settings
    from reconciler.plan.actions import Plan
    from reconciler.store import Store


def apply_plan(
    plan: Plan,
    *,
    store: Store,
    output: Path,
    root: Path,
    settings: Settings,
    accounts: Mapping[str, AccountSpec],
    options: ApplyOptions,
    clock: Clock,
    report: Callable[[Event], None],
    stop: threading.Event,
) -> ApplyResult:
    """Carry out `plan` with real CAs.

    Args:
        plan: made while the lock was held that is still held.
        store: the state.
        output: the folder for certificates.
        root: of the tree.
        settings: of the tree.
        accounts: as the tree wants them.
        options: parallelism and how long to wait.
        clock: the time.
        report: takes each event as it comes, on the calling thread.
        stop: when set, the run ends within seconds.
    """
    from reconciler.ca.connect import Connector

    with Connector(clock.now, clock.monotonic, options.parallelism) as connector:
        place = Workplace(store, output, root, clock, _fulfillers(settings, root), connector.connect)
        return run_plan(plan, place, accounts, options, report, stop)


def _fulfillers(settings: Settings, root: Path) -> dict[ChallengeType, Fulfiller]:
    if settings.http_01_webroot is None:
        return {}
    return {ChallengeType.HTTP_01: Webroot(root / settings.http_01_webroot)}
