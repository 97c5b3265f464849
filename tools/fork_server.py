"""A process that has loaded the program, and forks itself for each run: a run then costs no start of Python.

What a run does is what `python -m reconciler` does. It can be watched: then each system call of
`tools.system_calls` waits for the one who started it, in this process, its threads and its children.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self

from tools import seccomp, system_calls

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

_ROOT = Path(__file__).resolve().parent.parent
# Out of the way of what the program opens; calls on it are not watched.
_CHANNEL = 200
_LARGEST = 1 << 20
# What the program loads where it is used.
_LIBRARIES = ("acme.messages", "josepy", "jsonschema", "pyrage", "yaml", "rich.console")


@dataclass(frozen=True, slots=True)
class Run:
    """A run that has begun.

    Attributes:
        pid: of its process, which leads a group of its own.
        listener: answers its system calls; None where they are not watched.
    """

    pid: int
    listener: int | None


class ForkServer:
    """Starts runs, one after the other; a context manager that starts and ends the server."""

    def __enter__(self) -> Self:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tools.fork_server", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                cwd=_ROOT,
                env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._socket.close()
        self._process.wait()

    @property
    def socket(self) -> socket.socket:
        """Can be read when a run has ended."""
        return self._socket

    def start(
        self,
        arguments: Sequence[str],
        output: Path,
        environment: Mapping[str, str],
        *,
        watched: bool,
        anew: bool,
    ) -> Run:
        """Start `reconciler` with these arguments.

        Args:
            arguments: of the command line.
            output: a file that gets what it prints, of both kinds.
            environment: what is added to ours.
            watched: whether its system calls wait for us.
            anew: whether Python is started anew, rather than forked.

        Raises:
            RuntimeError: it did not begin.
        """
        request = {
            "arguments": list(arguments),
            "output": str(output),
            "environment": dict(environment),
            "watched": watched,
            "anew": anew,
        }
        self._socket.send(json.dumps(request).encode())
        message, descriptors, _, _ = socket.recv_fds(self._socket, _LARGEST, 1)
        begun = json.loads(message)
        if "pid" not in begun:
            raise RuntimeError(f"it did not begin: {output.read_text(errors='replace')}")
        return Run(begun["pid"], descriptors[0] if watched else None)

    def answer(self) -> dict[str, Any]:
        """Return what the server says next: the `code` that a run has ended with, negative for a signal.

        Raises:
            RuntimeError: the server has ended.
        """
        message = self._socket.recv(_LARGEST)
        if not message:
            raise RuntimeError("the fork server has ended")
        answer: dict[str, Any] = json.loads(message)
        return answer


def _serve(channel: socket.socket) -> dict[str, Any] | None:
    """Return what to run, in the process that is to run it; None when all is over."""
    while message := channel.recv(_LARGEST):
        request: dict[str, Any] = json.loads(message)
        pid = os.fork()
        if pid == 0:
            return request
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        channel.send(json.dumps({"code": code}).encode())
    return None


def _become(request: Mapping[str, Any], channel: socket.socket) -> None:
    """Make this process one that can run the program."""
    os.setsid()
    output = os.open(request["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for standard in (1, 2):
        os.dup2(output, standard)
    os.close(output)
    os.environ.update(request["environment"])
    os.dup2(channel.fileno(), _CHANNEL, inheritable=False)
    channel.close()
    with socket.socket(fileno=_CHANNEL) as ours:
        listeners = [seccomp.install(system_calls.NUMBERS, _CHANNEL)] if request["watched"] else []
        socket.send_fds(ours, [json.dumps({"pid": os.getpid()}).encode()], listeners)
    for listener in listeners:
        os.close(listener)


def _load() -> None:
    import reconciler

    for module in pkgutil.walk_packages(reconciler.__path__, "reconciler."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in _LIBRARIES:
        importlib.import_module(name)
    # What is not looked through is not copied, either.
    gc.freeze()


def _main() -> None:
    channel = socket.socket(fileno=int(sys.argv[1]))
    channel.set_inheritable(False)
    _load()
    request = _serve(channel)
    if request is None:
        return
    _become(request, channel)
    if request["anew"]:
        os.execv(sys.executable, [sys.executable, "-m", "reconciler", *request["arguments"]])  # noqa: S606
    sys.argv[:] = ["reconciler", *request["arguments"]]
    _run()


def _run() -> NoReturn:
    """Run the program to its end, but for taking apart all that the server has loaded: that is slow."""
    from reconciler.cli.main import main

    code: object = 0
    try:
        main()
    except SystemExit as end:
        code = end.code
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)


if __name__ == "__main__":
    _main()
