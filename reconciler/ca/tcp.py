"""A TCP connection to a host, made within the thread's deadline."""

from __future__ import annotations

import queue
import socket
import threading
from typing import Any

from reconciler.ca.deadline import remaining

_Address = tuple[Any, ...]


def connect(host: str, port: int) -> socket.socket:
    """Return a connection to a host.

    Raises:
        OSError: there is none within the thread's deadline.
    """
    addresses = _resolve(host, port)
    failure = OSError("the name has no address")
    for index, address in enumerate(addresses):
        try:
            # A first address that swallows packets must leave time for the next one.
            return _open(address, remaining() / (len(addresses) - index))
        except OSError as error:
            failure = error
    raise failure


def _open(address: _Address, seconds: float) -> socket.socket:
    family, kind, protocol, _, place = address
    opened = socket.socket(family, kind, protocol)
    try:
        opened.settimeout(seconds)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.connect(place)
    except BaseException:
        opened.close()
        raise
    return opened


def _resolve(host: str, port: int) -> list[_Address]:
    """Return the addresses of a name; a resolver that hangs holds a thread of its own, not the caller."""
    found: queue.SimpleQueue[list[_Address] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found.put(list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except UnicodeError:
            found.put(socket.gaierror(socket.EAI_NONAME, "this is no host name"))
        except OSError as error:
            found.put(error)

    threading.Thread(target=ask, name=f"resolve {host}", daemon=True).start()
    try:
        answer = found.get(timeout=remaining())
    except queue.Empty:
        raise TimeoutError("the name was not resolved in time") from None
    if isinstance(answer, Exception):
        raise answer
    return answer
