"""Addresses to listen at, and the sockets that do (`IP:port`, `[IPv6]:port`)."""

from __future__ import annotations

import errno
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from reconciler.errors import ChallengeError
from reconciler.model.addresses import listening_address

if TYPE_CHECKING:
    from collections.abc import Sequence

# CAs look from several places at once, and for many names.
_BACKLOG = 256

_REASONS = {
    errno.EACCES: (
        "this process may not use that port: those below 1024 need the capability CAP_NET_BIND_SERVICE "
        "(`setcap`, `AmbientCapabilities=` of systemd, `cap_add` of a container); behind a proxy that passes "
        "the CA's requests on, listen at another port"
    ),
    errno.EADDRINUSE: (
        "another program listens there: stop it for that time, or use it: with a web server the webroot "
        "fulfils http-01, and a proxy can pass the CA's requests on to another port of this machine"
    ),
    errno.EADDRNOTAVAIL: (
        "this machine has no such address: write one of its own, or 0.0.0.0 for all of IPv4, [::] for all of "
        "IPv6"
    ),
    errno.EAFNOSUPPORT: "this machine has no addresses of that kind switched on: leave it out",
}


def open_sockets(addresses: Sequence[str]) -> list[socket.socket]:
    """Return a listening TCP socket for each of `addresses`; port 0 takes any that is free.

    An IPv6 socket is for IPv6 only: `0.0.0.0:80` and `[::]:80` can be had side by side, on every system.

    Raises:
        ChallengeError: one cannot be had, and so none is: says which, why, and what to do.
    """
    with ExitStack() as stack:
        sockets = [stack.enter_context(_open(address)) for address in addresses]
        stack.pop_all()
    return sockets


def check_addresses(addresses: Sequence[str]) -> None:
    """See whether `addresses` can be had just now: each is bound for a moment, and nobody can connect.

    Raises:
        ChallengeError: one cannot be had: says which, why, and what to do.
    """
    for address in addresses:
        family, target = _target(address)
        try:
            with socket.socket(family) as bound:
                # As create_server does it.
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                bound.bind(target)
        except OSError as error:
            raise ChallengeError(why_not(address, error)) from error


def why_not(address: str, error: OSError) -> str:
    """Return for people why nobody can listen at `address`, and what to do about it."""
    return f"cannot listen at {address}: {_REASONS.get(error.errno or 0, error.strerror or str(error))}"


def _open(address: str) -> socket.socket:
    family, target = _target(address)
    try:
        return socket.create_server(target, family=family, backlog=_BACKLOG)
    except OSError as error:
        raise ChallengeError(why_not(address, error)) from error


def _target(address: str) -> tuple[socket.AddressFamily, Any]:
    at = listening_address(address)
    family = socket.AF_INET6 if ":" in at.ip else socket.AF_INET
    try:
        # A name is not looked up: the address of a zone (fe80::1%eth0) becomes the system's own form.
        found = socket.getaddrinfo(at.ip, at.port, family, socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except OSError as error:
        raise ChallengeError(why_not(address, error)) from error
    return family, found[0][4]
