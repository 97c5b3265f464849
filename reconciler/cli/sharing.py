"""`apply --commit`: the state in Git, before a plan is made and after it was carried out."""

from __future__ import annotations

import os
import random
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.errors import ReconcilerError, RepositoryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.cli.session import Session
    from reconciler.cli.workspace import Workspace
    from reconciler.model.observed import Observed
    from reconciler.plan.actions import Plan
    from reconciler.sharing.shared import SharedState

_SECONDS = 180.0
_SECONDS_WHEN_STOPPED = 6.0
# Beyond `--timeout`: what is under way then still ends, and what was done is pushed; and clocks differ.
_MARGIN = timedelta(minutes=5)
_LEFT = "what was done is in the state here, and the next apply --commit pushes it"


def run_shared(
    session: Session,
    workspace: Workspace,
    act: Callable[[Sharing], int],
    *,
    run_id: str,
    push_to: str | None,
    trusted_ref: str | None,
    timeout: timedelta,
) -> int:
    """Do something with a state that is shared; whatever comes of it is pushed. Return the exit code.

    The state's lock must be held.

    Args:
        session: of the command.
        workspace: the tree.
        act: does it, between the fetch and the push; returns the exit code.
        run_id: as the log has it.
        push_to: the branch, as the user names it.
        trusted_ref: the branch whose policy counts, as the user names it.
        timeout: how long what is claimed may take.

    Raises:
        RepositoryError: nothing could be fetched, claimed or pushed.
        StateError: the state is not one that can be shared.
        StalePlanError: the tree is not the newest.
    """
    sharing = Sharing(session, workspace, run_id, push_to or None, trusted_ref, timeout)
    sharing.begin()
    try:
        code = act(sharing)
    except BaseException:
        with suppress(ReconcilerError):
            sharing.end(_SECONDS_WHEN_STOPPED)
        raise
    return sharing.publish(code)


class Sharing:
    """What `apply` needs of a state that is shared."""

    def __init__(
        self,
        session: Session,
        workspace: Workspace,
        run_id: str,
        push_to: str | None,
        trusted_ref: str | None,
        timeout: timedelta,
    ) -> None:
        """Find out where to push; nothing is asked over the network yet."""
        from reconciler.cli.ci import run_url
        from reconciler.sharing.place import find_place
        from reconciler.sharing.run import Run, Waiting, clone_id, holder
        from reconciler.sharing.shared import SharedState

        settings = workspace.desired.settings
        if settings.encryption is None:
            raise ReconcilerError(
                "`--commit` is for a state whose private keys are encrypted: otherwise they would be on this "
                "machine alone; set `encryption: {recipients: [age1...]}` in reconciler.yaml"
            )
        place = find_place(workspace.root, settings, trusted_ref or settings.trusted_ref, push_to)
        clock = session.clock
        run = Run(
            run_id,
            clone_id(place.git),
            "reconciler apply",
            holder(),
            timeout + _MARGIN,
            run_url(os.environ),
        )
        waiting = Waiting(clock.now, clock.monotonic, clock.sleep, random.SystemRandom().random)
        self._session = session
        self._workspace = workspace
        self._place = place
        self._shared: SharedState = SharedState(place, run, waiting)

    def begin(self) -> None:
        """Bring the state here up to date."""
        from reconciler.render.wording.sharing import OUTPUT_NOT_PUSHED, fetching_text

        self._session.say(f"{fetching_text(str(self._place.target))}\n")
        self._shared.sync()
        if self._place.output is None:
            self._session.say(f"{OUTPUT_NOT_PUSHED}\n")

    def claimed(self, make: Callable[[Observed], Plan], observed: Observed) -> Plan:
        """Return a plan of which everything is claimed for this run: nobody else does any of it.

        Args:
            make: makes the plan.
            observed: what is there.

        Raises:
            RepositoryError: nothing could be claimed.
            StalePlanError: the tree is not the newest any more.
        """
        from reconciler.plan.claimed import to_be_claimed
        from reconciler.sharing.pushing import MOST_TRIES

        for attempt in range(MOST_TRIES):
            plan = make(replace(observed, claims=self._shared.other_claims()))
            wanted = filter(None, map(to_be_claimed, plan.actions))
            # Of several actions about one certificate, that which names the account says more.
            ordered = sorted(wanted, key=lambda each: bool(each.account_name))
            subjects = {(each.kind, each.name): each for each in ordered}.values()
            if not subjects or plan.passed_limits or self._shared.claim(subjects, attempt):
                return plan
            observed = self._workspace.observe()
        raise RepositoryError(
            f"others were faster with `{self._place.target}` each of {MOST_TRIES} times; nothing was done: "
            "run this again"
        )

    def publish(self, code: int) -> int:
        """Push what has become of it; return the exit code: a signal that came meanwhile counts."""
        from reconciler.cli.exit_codes import ExitCode
        from reconciler.cli.signals import say_at_once, stop_on_signals

        is_stopped = code in (ExitCode.INTERRUPTED, ExitCode.TERMINATED)
        with stop_on_signals(say_at_once, doing="pushing what was done", left=_LEFT) as stop:
            try:
                self.end(_SECONDS_WHEN_STOPPED if is_stopped else _SECONDS)
            except ReconcilerError as error:
                raise type(error)(f"{error}; {_LEFT}") from error
        return stop.exit_code if stop.number else code

    def end(self, seconds: float) -> None:
        """Push what has become of it, and say so."""
        from reconciler.render.wording.sharing import published_lines

        published = self._shared.publish(seconds)
        state = self._workspace.desired.settings.state
        for line in published_lines(published, str(self._place.target), state):
            self._session.say(f"{line}\n")
