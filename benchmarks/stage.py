"""Where issuing is measured: a fresh CA, far away, and a web server that it asks."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from contextlib import contextmanager
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
def fresh_stage(retry_after: int) -> Iterator[Stage]:
    """Start everything, and end it.

    Args:
        retry_after: seconds that the CA tells its clients to wait before they look again; 0 for not a word.
    """
    options = PebbleOptions(retry_after_authorization=retry_after, retry_after_order=retry_after)
    with (
        TemporaryDirectory(prefix="benchmark-") as name,
        Pebble(options) as ca,
        LatencyProxy(ca.port, ROUND_TRIP) as proxy,
        Webroot(Path(name, "webroot"), ca.http_port) as webroot,
    ):
        yield Stage(ca, Path(name), proxy.through(ca.directory_url), webroot.folder)


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
