"""A program of the user's, run with bounds: in time, in output, and in what it may leave behind."""

from __future__ import annotations

import os
import re
import selectors
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from reconciler.errors import ChallengeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

KEPT_BYTES = 64 * 1024
"""How much of the output is kept: its end."""

# The groups of those that run. Changed and copied in one step, so that it needs no lock: see `kill_all`.
_running: set[int] = set()

_NOT_FOUND = (
    "there is no such program; write a path with a slash, relative to the root of the tree, or a name that "
    "is found in PATH"
)
_NOT_EXECUTABLE = "it may not be run; make it executable: `chmod +x`"
_SHOWN_LINES = 10
_SHOWN_CHARACTERS = 1000
_TICK_SECONDS = 0.1
# What a program has started may end a little after it.
_AFTERWARDS_SECONDS = 1.0
_GRACE_SECONDS = 2.0
# ESC [ ... of ECMA-48: colours and the like.
_CONTROL_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


def check(program: str) -> None:
    """See whether a program is there, without running it.

    Args:
        program: a path with a slash, or a name that is looked for in PATH.

    Raises:
        ChallengeError: it cannot be run; says why.
    """
    if shutil.which(program) is None:
        is_there = "/" in program and Path(program).exists()
        raise ChallengeError(_NOT_EXECUTABLE if is_there else _NOT_FOUND)


def run(
    command: Sequence[str], *, folder: Path, environment: Mapping[str, str], seconds: float
) -> str | None:
    """Run a program to its end; no shell has a part in it.

    Its output, and what goes to its standard error, is read and not shown. What it starts belongs to it: all
    is killed when the time is over, and also what still holds its output when it has ended itself. A process
    that is to stay has to have an output of its own.

    Args:
        command: the program and its arguments.
        folder: where it runs.
        environment: all of its environment.
        seconds: how long it may take.

    Returns:
        None when it has ended with 0; else what went wrong, with the last lines of its output.

    Raises:
        ChallengeError: it cannot be started; says why.
    """
    process = _start(command, folder, environment)
    _running.add(process.pid)
    assert process.stdout  # noqa: S101 - it was asked for
    with process.stdout as pipe, selectors.DefaultSelector() as selector:
        output = _Output(pipe, selector)
        end = time.monotonic() + seconds
        in_time = alone = False
        try:
            output.read(end, until=lambda: process.poll() is not None)
            in_time = _has_ended(process, end)
            if in_time:
                output.read(time.monotonic() + _AFTERWARDS_SECONDS)
                alone = output.at_end
        finally:
            if not alone:
                _kill(process, output)
            _running.discard(process.pid)
    if in_time:
        failure = _failure(process.returncode, alone=alone)
    else:
        failure = f"did not end within {seconds:g} s, and was killed; mend it, or set a longer `timeout`"
    said = output.last_lines()
    return failure and f"{failure}; " + (f"its last words: {said}" if said else "it said nothing")


def kill_all() -> None:
    """Kill all programs that run, with all that they have started: the process ends this very moment."""
    for group in tuple(_running):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


class _Output:
    """What comes out of a pipe, as far as it is kept."""

    def __init__(self, pipe: IO[bytes], selector: selectors.BaseSelector) -> None:
        self._descriptor = pipe.fileno()
        self._selector = selector
        self._kept = b""
        self.at_end = False
        selector.register(pipe, selectors.EVENT_READ)

    def read(self, end: float, until: Callable[[], bool] = lambda: False) -> None:
        """Read until nobody can write any more, or `until` is true, or the time `end` has come."""
        while not self.at_end and not until():
            left = end - time.monotonic()
            if left <= 0:
                return
            if self._selector.select(min(left, _TICK_SECONDS)):
                chunk = os.read(self._descriptor, KEPT_BYTES)
                self._kept = (self._kept + chunk)[-KEPT_BYTES:]
                self.at_end = not chunk

    def last_lines(self) -> str:
        """Return the end of it in one line, without what could steer a terminal."""
        text = _CONTROL_SEQUENCE.sub("", self._kept.decode(errors="replace"))
        printable = (
            "".join(each if each.isprintable() else " " for each in line) for line in text.splitlines()
        )
        lines = [" ".join(line.split()) for line in printable if line.strip()]
        return " | ".join(lines[-_SHOWN_LINES:])[-_SHOWN_CHARACTERS:]


def _start(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - whoever may write the settings names the program
            command,
            bufsize=0,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment,
            start_new_session=True,  # a group of its own, to be killed as one
        )
    except FileNotFoundError:
        missing = "of a script, the interpreter in its first line may be missing"
        raise ChallengeError(f"{_NOT_FOUND} ({missing})") from None
    except PermissionError:
        raise ChallengeError(_NOT_EXECUTABLE) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ChallengeError(f"it cannot be run: {reason} (a script begins with `#!/bin/sh`)") from error


def _has_ended(process: subprocess.Popen[bytes], end: float) -> bool:
    with suppress(subprocess.TimeoutExpired):
        process.wait(max(0.0, end - time.monotonic()))
    return process.returncode is not None


def _kill(process: subprocess.Popen[bytes], output: _Output) -> None:
    """End all that the program has started: first with a word, and after a moment without."""
    _signal(process, signal.SIGTERM)
    end = time.monotonic() + _GRACE_SECONDS
    output.read(end)
    _has_ended(process, end)
    _signal(process, signal.SIGKILL)
    process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    # The group has the number of its first process, also when that is gone and others are left.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _failure(code: int, *, alone: bool) -> str | None:
    if code < 0:
        return f"was ended by {_signal_name(-code)}"
    if code > 0:
        return f"ended with code {code}"
    if alone:
        return None
    return (
        "left a process behind that holds its output, and that was killed; what is to stay has to write "
        "elsewhere: `... >/dev/null 2>&1 &`"
    )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
