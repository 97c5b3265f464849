"""Loopback ports that nobody uses."""

from __future__ import annotations

import os
import random
import re
import socket

LOOPBACK = "127.0.0.1"

# Below the ranges from which systems take the ports of outgoing connections: one of these, opened between the
# finding of a port and its use, would take it away.
_ALL = range(20000, 32000)
_SHARES = 12
_MAX_TRIES = 1000


def free_ports(count: int) -> list[int]:
    """Return `count` different loopback ports on which nobody listens, neither TCP nor UDP.

    Raises:
        OSError: no such ports were found.
    """
    found: list[int] = []
    ports = _own_ports()
    for _ in range(_MAX_TRIES):
        if len(found) == count:
            return found
        port = random.choice(ports)
        if port not in found and _is_free(port):
            found.append(port)
    raise OSError(f"no {count} free ports on {LOOPBACK} in {ports.start} to {ports.stop}")


def _own_ports() -> range:
    """Return the ports of this process: of tests that run side by side each has its share.

    Otherwise one could take a port that another has found and not yet used.
    """
    worker = re.fullmatch(r"gw(\d+)", os.environ.get("PYTEST_XDIST_WORKER", ""))
    if worker is None:
        return _ALL
    size = len(_ALL) // _SHARES
    return _ALL[int(worker[1]) % _SHARES * size :][:size]


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
