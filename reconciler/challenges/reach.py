"""Whether somebody answers at an address and a port, as the CA will ask there."""

from __future__ import annotations

import socket

from reconciler.challenges.routes import is_no_route
from reconciler.model.preflight_facts import Reach


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
        return Reach.NO_ROUTE if is_no_route(error) else Reach.SILENT
