"""Where issuing is measured: a fresh CA, far away, and a web server that it asks."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tools.latency_proxy import LatencyProxy
from tools.pebble import Pebble, PebbleOptions
from tools.webroot import Webroot

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUND_TRIP = 0.05
_ANSWER_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Stage:
    """A CA and what clients of it need.

    Attributes:
        folder: for the client's files; gone afterwards.
        directory_url: of the CA, through the proxy.
        webroot: served to the CA under every name.
    """

    ca: Pebble
    folder: Path
    directory_url: str
    webroot: Path


@contextmanager
def fresh_stage(options: PebbleOptions, round_trip: float = ROUND_TRIP) -> Iterator[Stage]:
    """Start everything, and end it.

    Args:
        options: of the CA.
        round_trip: seconds that the CA is away; 0 for what loopback takes.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="benchmark-")))
        ca = stack.enter_context(Pebble(options))
        directory_url = ca.directory_url
        if round_trip:
            directory_url = stack.enter_context(LatencyProxy(ca.port, round_trip)).through(directory_url)
        webroot = stack.enter_context(Webroot(folder / "webroot", ca.http_port))
        yield Stage(ca, folder, directory_url, webroot.folder)


def is_locked_up(ca: Pebble) -> bool:
    """Say whether what needs the CA's store is no longer answered: newOrders that cross can do that to it."""
    trusted = ssl.create_default_context(cadata=ca.trusted_ca)
    try:
        urllib.request.urlopen(  # noqa: S310 - a fixed scheme
            f"{ca.management_url}/cert-status-by-serial/00", timeout=_ANSWER_SECONDS, context=trusted
        ).close()
    except urllib.error.HTTPError:
        return False  # it has looked for the certificate, and found none
    except OSError:
        return True
    return False
