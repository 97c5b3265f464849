"""Whether this machine has a way to an address at all."""

from __future__ import annotations

import errno

# What a system says that has no way to such an address (an IPv6 one in most build environments), or lets
# nobody use it (a route that prohibits, a firewall's rule).
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


def is_no_route(error: OSError) -> bool:
    """Say whether an error in sending is about this machine, and so none of the one who was to get it."""
    return error.errno in _NO_ROUTE
