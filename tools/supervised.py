"""Runs of the program in which we are asked before each call that changes a file or sends something."""

from __future__ import annotations

import os
import select
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools import seccomp
from tools.system_calls import described

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tools.fork_server import ForkServer, Run
    from tools.system_calls import Call

    Decide = Callable[[Call], int]
    """Says what becomes of a call: 0 lets it happen, an errno lets it fail, KILL ends all before it does."""

KILL = -1


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run has ended.

    Attributes:
        code: its exit code; negative for a signal.
        output: what it printed, of both kinds.
    """

    code: int
    output: str

    @property
    def was_killed(self) -> bool:
        """Whether SIGKILL has ended it."""
        return self.code == -signal.SIGKILL


def run(
    server: ForkServer,
    arguments: Sequence[str],
    output: Path,
    *,
    below: Path | None = None,
    decide: Decide | None = None,
    environment: Mapping[str, str] | None = None,
    anew: bool = False,
) -> Ended:
    """Run the program to its end.

    Args:
        server: starts it.
        arguments: of its command line.
        output: a file for what it prints.
        below: a folder: `decide` is asked about what happens to files in it, and about what is sent.
        decide: None: the run is not watched.
        environment: what is added to ours.
        anew: whether Python is started anew for it.
    """
    begun = server.start(arguments, output, environment or {}, watched=decide is not None, anew=anew)
    try:
        code = _attend(server, begun, below, decide) if decide else server.answer()["code"]
    finally:
        with suppress(ProcessLookupError):
            os.killpg(begun.pid, signal.SIGKILL)
        if begun.listener is not None:
            os.close(begun.listener)
    return Ended(code, output.read_text(errors="replace"))


def _attend(server: ForkServer, begun: Run, below: Path | None, decide: Decide) -> int:
    listener = begun.listener
    if listener is None:
        raise ValueError("it is not watched")
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    poll.register(server.socket, select.POLLIN)
    while True:
        ready = dict(poll.poll())
        if ready.get(listener, 0) & select.POLLIN:
            _attend_to_one(listener, begun.pid, below, decide)
        elif listener in ready:
            poll.unregister(listener)
        elif server.socket.fileno() in ready:
            return int(server.answer()["code"])


def _attend_to_one(listener: int, group: int, below: Path | None, decide: Decide) -> None:
    notification = seccomp.receive(listener)
    if notification is None:
        return
    try:
        call = described(notification)
    except OSError:  # a path that is none, or a file that is not open: the kernel says so
        call = None
    is_ours = call is not None and (call.is_send or _is_below(call, below))
    verdict = decide(call) if call is not None and is_ours else 0
    if verdict == KILL:
        # Programs that it has started may have sessions of their own; a machine ends all of them.
        for each in {group, os.getpgid(notification.thread)}:
            os.killpg(each, signal.SIGKILL)
    else:
        seccomp.answer(listener, notification, verdict)


def _is_below(call: Call, folder: Path | None) -> bool:
    return folder is not None and any(Path(path).is_relative_to(folder) for path in call.paths)
