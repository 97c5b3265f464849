"""Trees for one CA, and runs of the program that are ended at a chosen system call."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from cryptography import x509

from tests.pebble.tree import Tree
from tools import supervised
from tools.fork_server import ForkServer
from tools.pebble import Pebble
from tools.webroot import Webroot

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from tests.pebble.crash.disk import Disk
    from tools.supervised import Ended
    from tools.system_calls import Call

_ORDER_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_TOKEN = re.compile(r"(?<=acme-challenge/)[\w-]{20,}")
_TIME = re.compile(r"\d{8}T\d{6}Z")
_ISSUED = re.compile(r"Issued certificate serial (\w+) for order")


@dataclass(frozen=True, slots=True)
class Event:
    """A system call of a run, as it is in each run of the same: without ids.

    Attributes:
        name: of the call.
        paths: from the root of the tree; none where something is sent.
    """

    name: str
    paths: tuple[str, ...]

    @property
    def is_send(self) -> bool:
        return not self.paths

    def __str__(self) -> str:
        return f"{self.name} {' '.join(self.paths)}"


@dataclass(frozen=True, slots=True)
class Point:
    """One event of a run. Sends are counted apart: how often the CA is asked how far it is may differ."""

    number: int
    is_send: bool = False


def points_of(events: Sequence[Event]) -> list[Point]:
    """Return the points of a run's events, in their order."""
    counts = {False: 0, True: 0}
    found: list[Point] = []
    for event in events:
        counts[event.is_send] += 1
        found.append(Point(counts[event.is_send], event.is_send))
    return found


@dataclass(slots=True)
class Watch:
    """Keeps the events of a run, and says what becomes of one of them.

    Attributes:
        root: of the tree.
        at: which one.
        verdict: what becomes of it.
        before: is told of each call.
        struck: the one; None where the run came to its end before. Not each has the same number of events:
            the CA may be ready at the first look, or only at the third.
    """

    root: Path
    at: Point | None = None
    verdict: int = supervised.KILL
    before: Callable[[Call], None] = lambda _call: None
    events: list[Event] = field(default_factory=list)
    struck: Event | None = None

    def decide(self, call: Call) -> int:
        self.before(call)
        self.events.append(self._event(call))
        if self.at != points_of(self.events)[-1]:
            return 0
        self.struck = self.events[-1]
        return self.verdict

    def _event(self, call: Call) -> Event:
        if call.is_send:
            return Event("send", ())
        paths = (os.path.relpath(path, self.root) for path in call.paths)
        return Event(
            call.name, tuple(_TIME.sub("T", _TOKEN.sub("TOKEN", _ORDER_ID.sub("ID", each))) for each in paths)
        )


class Site:
    """A tree with an account and names of its own."""

    def __init__(self, bench: Bench, folder: Path, name: str) -> None:
        self.bench = bench
        self.domain = f"{name}.example.com"
        self.tree = Tree(folder / "site" / "tree", bench.ca)
        self.root = self.tree.root
        self.webroot = self.root.parent / "webroot"
        self.webroot.mkdir()
        self.settings()
        self.tree.role(
            "web", f"allowed_domains: [{self.domain}]", "allowed_domain_options: [bare_domains, subdomains]"
        )
        self.environment: dict[str, str] = {}
        self._folder = folder
        self._log_start = 0
        self.serve(self.domain)
        self.begin()

    def settings(self, *lines: str) -> None:
        self.tree.write(
            "reconciler.yaml", "\n".join([f"challenges: {{http-01: {{webroot: {self.webroot}}}}}", *lines])
        )

    def serve(self, *names: str) -> None:
        """Have the files of the webroot served for these names."""
        for name in names:
            (self.bench.webroots / name).symlink_to(self.webroot)

    def begin(self) -> None:
        """Count what the CA does from now on."""
        self._log_start = len(self.bench.ca.log)

    @property
    def ca_log(self) -> str:
        return self.bench.ca.log[self._log_start :]

    @property
    def issued(self) -> list[int]:
        """The serial numbers of the certificates that the CA has issued, each for an order."""
        return [int(serial, 16) for serial in _ISSUED.findall(self.ca_log)]

    @property
    def registered(self) -> int:
        """How many accounts the CA has made."""
        return self.ca_log.count("accounts in memory")

    def run(self, *arguments: str, code: int = 0, anew: bool = False) -> str:
        """Run a command, expect its exit code, and return what it printed."""
        ended = self._run(arguments, anew=anew)
        assert ended.code == code, f"{arguments}: {ended.code}\n{ended.output}"
        assert "Traceback" not in ended.output, ended.output
        return ended.output

    def watched(self, watch: Watch, *arguments: str, anew: bool = False) -> Ended:
        """Run a command under a watch."""
        return self._run(arguments, watch, anew=anew)

    def _run(self, arguments: Sequence[str], watch: Watch | None = None, *, anew: bool = False) -> Ended:
        return supervised.run(
            self.bench.server,
            ["-C", str(self.root), *arguments],
            self._folder / "output",
            below=self.root.parent,
            decide=watch.decide if watch else None,
            environment=self.environment,
            anew=anew,
        )

    def serial_number(self, name: str) -> int:
        """Return the serial number of what was delivered."""
        return x509.load_pem_x509_certificate(
            (self.root / "certs" / name / "cert.pem").read_bytes()
        ).serial_number

    def leave(self) -> None:
        """Remove it all."""
        shutil.rmtree(self._folder)

    def lose_power(self, disk: Disk) -> None:
        """Have on disk what is durable, and nothing else.

        The webroot stays, as where another machine serves it: when the CA looks is not for us to say.
        """
        lost = self._folder / "lost"
        self.root.rename(lost)
        disk.write_to(self.root)
        shutil.rmtree(lost)

    def files(self, pattern: str = "*") -> Mapping[str, bytes]:
        """Return the contents of files below the tree, by their paths in it."""
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in self.root.rglob(pattern)
            if path.is_file()
        }


class Bench:
    """A CA, a web server for the challenges of all trees, and a server of runs; a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.webroots = folder / "webroots"
        self._stack = ExitStack()
        self._count = 0

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.server = stack.enter_context(ForkServer())
            self.ca = stack.enter_context(Pebble())
            stack.enter_context(Webroot(self.webroots, self.ca.http_port, by_host=True))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    def site(self) -> Site:
        """Return a new tree."""
        self._count += 1
        name = f"s{self._count}"
        folder = self.folder / name
        folder.mkdir()
        return Site(self, folder, name)
