"""Runs of `apply` in this process, over a proxy that lets answers go wrong, by a clock that sleeps fast."""

from __future__ import annotations

import re
import textwrap
import time
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from io import StringIO
from typing import TYPE_CHECKING

import pytest

from reconciler.ca import connect
from reconciler.ca.transport import Limits
from reconciler.cli.failures import run_guarded
from reconciler.cli.main import cli
from reconciler.cli.session import Session
from tests.pebble.tree import Tree
from tools.acme_endpoints import Endpoint
from tools.fault_proxy import FaultProxy
from tools.pebble import Pebble, PebbleOptions
from tools.webroot import Webroot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SPEED = 50.0
REQUEST_SECONDS = 1.5
"""What one request may take in these runs; nobody has a minute for each that hangs."""


class FastClock:
    """The time of this machine, but that who sleeps is woken after a fiftieth of it."""

    def __init__(self) -> None:
        self._skipped = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._skipped)

    def monotonic(self) -> float:
        return time.monotonic() + self._skipped

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / _SPEED)
        self._skipped += seconds * (1 - 1 / _SPEED)

    def set_right(self) -> None:
        """Tell the time of this machine, and of the CA, again."""
        self._skipped = 0.0

    def skip(self, seconds: float) -> None:
        self._skipped += seconds


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of one command."""

    code: int
    text: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Site:
    """A Pebble, the proxy before it, the folder that its http-01 is served from, and the clock of all."""

    ca: Pebble
    proxy: FaultProxy
    webroot: Path
    clock: FastClock


class FaultyTree(Tree):
    """A tree whose account reaches its Pebble over a proxy."""

    def __init__(self, root: Path, site: Site) -> None:
        self.site = site
        self.proxy = site.proxy
        self.clock = site.clock
        super().__init__(root, site.ca)
        self.write("reconciler.yaml", f"challenges: {{http-01: {{webroot: {site.webroot}}}}}")

    def account(self, *lines: str) -> None:
        super().account(*lines)
        path = self.root / "accounts/ca.yaml"
        text = path.read_text().replace(self.ca.directory_url, self.proxy.directory_url)
        path.write_text(text[: text.index("trusted_ca")])
        with path.open("a") as file:
            file.write(f"trusted_ca: |\n{textwrap.indent(self.proxy.trusted_ca, '  ')}")

    def command_here(self, *arguments: str) -> Ran:
        """Run a command in this process."""
        session, text, begin = Session(clock=self.clock), StringIO(), self.clock.monotonic()
        line = ["-C", str(self.root), *arguments]
        with redirect_stdout(text), redirect_stderr(text):
            code = run_guarded(
                session, lambda: cli.main(line, prog_name="reconciler", standalone_mode=False, obj=session)
            )
        return Ran(code, text.getvalue(), self.clock.monotonic() - begin)

    def set_aside_waits(self) -> None:
        """Let the times have come for which orders wait."""
        for path in self.root.glob("state/orders/*.yaml"):
            path.write_text(re.sub(r"(?m)^next_work_date: .*\n", "", path.read_text()))

    def completed_orders(self) -> set[str]:
        """Return the paths of the orders that the CA was asked to finalize, and agreed to."""
        agreed = [each.path for each in self.proxy.passed(Endpoint.FINALIZE) if each.status == HTTPStatus.OK]
        assert len(agreed) == len(set(agreed))
        return set(agreed)

    def accepted(self, endpoint: Endpoint, status: int = HTTPStatus.CREATED) -> int:
        """Return how many requests for an endpoint the CA has answered with a status."""
        return sum(each.status == status for each in self.proxy.passed(endpoint))


@contextmanager
def faulty_site(folder: Path, options: PebbleOptions | None = None) -> Iterator[Site]:
    """Start what trees need that are ordered for over a proxy; in this process a request may take 1.5 s."""
    clock, webroot = FastClock(), folder / "webroot"
    with ExitStack() as stack:
        stack.enter_context(pytest.MonkeyPatch.context()).setattr(connect, "Limits", _short_limits)
        ca = stack.enter_context(Pebble(options))
        stack.enter_context(Webroot(webroot, ca.http_port))
        proxy = stack.enter_context(FaultProxy(ca, monotonic=clock.monotonic, now=clock.now))
        yield Site(ca, proxy, webroot, clock)


def _short_limits(connections: int) -> Limits:
    return Limits(connect_seconds=REQUEST_SECONDS, request_seconds=REQUEST_SECONDS, connections=connections)
