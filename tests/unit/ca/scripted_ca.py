"""A CA that knows directory and nonces, and answers each resource as a test says."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from typing import TYPE_CHECKING, Self

from reconciler.ca.server import Server
from reconciler.ca.transport import Limits
from tests.unit.ca.clock import NOW, Clock
from tests.unit.ca.https_server import TRUSTED, HttpsServer, Reply, Request, reply

if TYPE_CHECKING:
    from collections.abc import Callable

BAD_NONCE = "urn:ietf:params:acme:error:badNonce"
ANY = Limits(connect_seconds=5, request_seconds=10)


class ScriptedCA:
    """A context manager; `routes` maps a path to what answers it.

    Attributes:
        used: how often each nonce was seen in a request.
        refuse: how many more requests get badNonce, whatever their nonce is.
        nonce_in_answers: whether successful answers carry a nonce.
        offers: more resources in the directory: their names and paths.
    """

    def __init__(self) -> None:
        self.routes: dict[str, Callable[[Request], Reply]] = {}
        self.https = HttpsServer(self._respond)
        self.used: Counter[str] = Counter()
        self.refuse = 0
        self.refusal_type = BAD_NONCE
        self.nonce_in_answers = True
        self.offers: dict[str, str] = {}
        self.directory_meta: dict[str, object] = {}
        self._valid: set[str] = set()
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self.https.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.https.__exit__()

    def server(self, limits: Limits = ANY, clock: Clock | None = None) -> Server:
        return Server(
            self.https.url("/dir"),
            user_agent="reconciler/1 (tests)",
            now=lambda: NOW,
            monotonic=clock or Clock(),
            trusted_ca=TRUSTED,
            limits=limits,
        )

    def count(self, path: str) -> int:
        return sum(each.path == path for each in self.https.requests)

    def nonce(self) -> str:
        with self._lock:
            nonce = f"nonce{next(self._numbers)}"
            self._valid.add(nonce)
            return nonce

    def forget_nonces(self) -> None:
        with self._lock:
            self._valid.clear()

    def fresh(self) -> dict[str, str]:
        return {"Replay_Nonce": self.nonce()}

    def _respond(self, request: Request) -> Reply:
        if request.path == "/dir":
            names = {"newNonce": "/nonce", "newAccount": "/account", "newOrder": "/order", **self.offers}
            resources = {name: self.https.url(path) for name, path in names.items()}
            return reply(200, {**resources, "meta": self.directory_meta})
        if request.path == "/nonce":
            return reply(200, **self.fresh())
        if request.method == "POST" and not self._accepts(request.protected["nonce"]):
            return reply(400, {"type": self.refusal_type, "detail": "a bad nonce"}, **self.fresh())
        return self.routes[request.path](request)

    def _accepts(self, nonce: str) -> bool:
        with self._lock:
            self.used[nonce] += 1
            valid = nonce in self._valid
            self._valid.discard(nonce)
            if self.refuse > 0:
                self.refuse -= 1
                return False
            return valid

    def answers(self, body: object = b"", status: int = 200, **headers: str) -> Callable[[Request], Reply]:
        """Return a route that always gives this answer."""

        def route(_: Request) -> Reply:
            return reply(status, body, **(self.fresh() if self.nonce_in_answers else {}), **headers)

        return route
