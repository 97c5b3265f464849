"""Whether somebody answers at an address and a port, as the CA will ask there."""

from __future__ import annotations

import errno
import socket

from reconciler.model.preflight_facts import Reach

# What a system says that has no way to such an address, or lets nobody use it.
_NO_ROUTE = frozenset(
    [
        errno.ENETUNREACH,
        errno.EHOSTUNREACH,
        errno.EADDRNOTAVAIL,
        errno.EAFNOSUPPORT,
        errno.EACCES,
        errno.EPERM,
        errno.ENETDOWN,
    ]
)


def reach(address: str, port: int, seconds: float) -> Reach:
    """Connect by TCP, send nothing, and hang up.

    Args:
        address: an IP address.
        port: where.
        seconds: how long the connection may take.
    """
    try:
        with socket.create_connection((address, port), seconds):
            return Reach.OPEN
    except ConnectionRefusedError:
        return Reach.REFUSED
    except TimeoutError:
        return Reach.SILENT
    except OSError as error:
        return Reach.NO_ROUTE if error.errno in _NO_ROUTE else Reach.SILENT
