"""What a run says of itself in the log, and what the orders that it makes come from."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from reconciler.errors import RepositoryError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.cli.session import Session
    from reconciler.cli.workspace import Workspace
    from reconciler.engine.recorder import Recorder
    from reconciler.model.evidence import Requester
    from reconciler.model.log import RunStart
    from reconciler.model.origin import CommitAuthor, Origin
    from reconciler.plan.actions import CreateOrder, Plan


def open_recorder(session: Session, workspace: Workspace, command: str) -> Recorder:
    """Return what writes down what a run does; the lock of the state must be held."""
    from reconciler.engine.recorder import Recorder

    return Recorder(
        workspace.store,
        session.clock.now,
        lambda: _start(session, workspace, command),
        lambda text: _warn(session, text),
    )


def origins_of(session: Session, workspace: Workspace, plan: Plan, log: Recorder) -> Mapping[str, Origin]:
    """Return what the orders that a plan makes come from, by the names of their certificates.

    Who asked is looked for in the history where no evidence says it; one walk for all of them. That Git
    cannot say it holds nothing up.
    """
    from msgspec.structs import replace

    from reconciler.plan.actions import CreateOrder

    orders = [each for each in plan.actions if isinstance(each, CreateOrder)]
    if not orders:
        return {}
    unknown = [each for each in orders if each.evidence is None or each.evidence.requester is None]
    who = _requesters(session, workspace, unknown) if log.start.origin.commit else {}
    return {each.subject: replace(log.start.origin, requester=who.get(each.subject)) for each in orders}


def _requesters(
    session: Session, workspace: Workspace, orders: list[CreateOrder]
) -> Mapping[str, Requester | CommitAuthor]:
    from reconciler.model.evidence import Requester
    from reconciler.provenance.checkout import find_requesters

    origins = [each.current.origin for each in orders if each.current and each.current.origin]
    recorded = [each.requester for each in origins if isinstance(each.requester, Requester)]
    specs = [each.spec for each in orders]
    try:
        return find_requesters(workspace.root, workspace.trust, specs, session.clock.now(), recorded)
    except RepositoryError as error:
        _warn(session, f"who asked for what is ordered is not recorded: {error}")
        return {}


def _start(session: Session, workspace: Workspace, command: str) -> RunStart:
    import socket

    from msgspec.structs import replace

    from reconciler import __version__
    from reconciler.cli.ci import actor, run_url
    from reconciler.model.log import RunStart
    from reconciler.model.origin import Origin
    from reconciler.provenance.checkout import find_checkout
    from reconciler.store.lock import user_name

    try:
        origin = find_checkout(workspace.root, (workspace.store.root, workspace.output))
    except RepositoryError as error:
        _warn(session, f"the commit of the tree is not recorded: {error}")
        origin = Origin()
    return RunStart(
        command,
        __version__,
        user_name(),
        socket.gethostname(),
        actor(os.environ),
        replace(origin, run_url=run_url(os.environ)),
    )


def _warn(session: Session, text: str) -> None:
    from reconciler.render.text import Paint, clean

    session.say(f"{Paint(session.message_color).change('warning:')} {clean(text)}\n")
