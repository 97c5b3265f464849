"""Loopback ports that nobody uses."""

from __future__ import annotations

import random
import socket

LOOPBACK = "127.0.0.1"

# Below the ranges from which systems take the ports of outgoing connections: one of these, opened between the
# finding of a port and its use, would take it away.
_RANGE = range(20000, 32000)
_MAX_TRIES = 1000


def free_ports(count: int) -> list[int]:
    """Return `count` different loopback ports on which nobody listens, neither TCP nor UDP.

    Raises:
        OSError: no such ports were found.
    """
    found: list[int] = []
    for _ in range(_MAX_TRIES):
        if len(found) == count:
            return found
        port = random.choice(_RANGE)
        if port not in found and _is_free(port):
            found.append(port)
    raise OSError(f"no {count} free ports on {LOOPBACK} in {_RANGE.start} to {_RANGE.stop}")


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
