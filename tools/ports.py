"""Loopback ports that nobody uses."""

from __future__ import annotations

import os
import random
import re
import socket
from collections import deque

LOOPBACK = "127.0.0.1"

# Below the ranges from which systems take the ports of outgoing connections: one of these, opened between the
# finding of a port and its use, would take it away.
_ALL = range(20000, 32000)
_MAX_TRIES = 1000

# Those that were given out longest ago come first: one that was given out, and is not used yet, looks free.
_next: deque[int] = deque()


def free_ports(count: int) -> list[int]:
    """Return `count` different loopback ports on which nobody listens, neither TCP nor UDP.

    Raises:
        OSError: no such ports were found.
    """
    if not _next:
        _next.extend(random.sample(_own_ports(), len(_own_ports())))
    found: list[int] = []
    for _ in range(_MAX_TRIES):
        if len(found) == count:
            return found
        port = _next.popleft()
        _next.append(port)
        if port not in found and _is_free(port):
            found.append(port)
    raise OSError(f"no {count} free ports on {LOOPBACK} in {_own_ports().start} to {_own_ports().stop}")


def _own_ports() -> range:
    """Return the ports of this process: of tests that run side by side each has its share.

    Otherwise one could take a port that another has found and not yet used.
    """
    worker = re.fullmatch(r"gw(\d+)", os.environ.get("PYTEST_XDIST_WORKER", ""))
    if worker is None:
        return _ALL
    size = len(_ALL) // max(int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")), int(worker[1]) + 1)
    return _ALL[int(worker[1]) * size :][:size]


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                # As servers do: a connection that was closed a moment ago does not count.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                return False
    return True
