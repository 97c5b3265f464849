"""One CA: its directory, nonces and connections, shared by all accounts there (RFC 8555 section 6)."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from reconciler.ca import account_answers
from reconciler.ca.deadline import remaining, within
from reconciler.ca.failures import AnswerLostError
from reconciler.ca.fields import fields_of
from reconciler.ca.hosts import Hosts
from reconciler.ca.nonces import NoncePool, is_nonce
from reconciler.ca.problems import StatusError, problem_in, refusal
from reconciler.ca.transport import Limits, Transport
from reconciler.errors import CAUnavailableError, ProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from datetime import datetime

    from reconciler.ca.fields import Fields
    from reconciler.ca.port import Directory
    from reconciler.ca.transport import Answer

# A test server can be told to refuse every second nonce. With 30 tries one request in 10^9 fails there; with
# 10 it would be one in 1000, and so one in four runs of 300 requests.
TRIES = 30
TRIES_IF_MALFORMED = 3
_NEEDED = ("newNonce", "newAccount", "newOrder")


class Server:
    """What is the same for all accounts of one directory URL. Safe for threads.

    Make one for each CA and keep it; `close()` it, or use it in a `with` statement.
    """

    def __init__(
        self,
        directory_url: str,
        *,
        user_agent: str,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        trusted_ca: str | None = None,
        limits: Limits | None = None,
        additional_hosts: Collection[str] = (),
    ) -> None:
        """Prepare everything; connects to nothing yet.

        Args:
            directory_url: https only.
            user_agent: name and version of this program (RFC 8555 section 6.1).
            now: the time, aware, UTC; `Retry-After` is counted from it.
            monotonic: for the age of nonces.
            trusted_ca: PEM certificates that are trusted besides the system's.
            limits: on time, size and connections.
            additional_hosts: that may be asked besides the directory's: see `Hosts`.

        Raises:
            ProtocolError: when `directory_url` is no https URL.
            CAError: when `trusted_ca` is no PEM, an additional host is none, or the environment's proxy
                cannot be used.
        """
        self._hosts = Hosts(directory_url, additional_hosts)
        self.directory_url = directory_url
        self.now = now
        self._limits = limits or Limits()
        self._transport = Transport(trusted_ca, user_agent, self._limits)
        self._nonces = NoncePool(self._new_nonce, monotonic)
        self._directory: Fields | None = None
        self._reading = threading.Lock()
        self._left_alone: dict[str, CAUnavailableError] = {}

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; those that other threads use just now are closed by them."""
        self._transport.close()

    def directory(self) -> Directory:
        """Return what the CA says of itself; one request in all."""
        with self._in_time(self.directory_url):
            return account_answers.directory(self._read_directory())

    def resource(self, name: str) -> str:
        """Return the URL of `newOrder` and its like (RFC 8555 section 7.1.1).

        Raises:
            ProtocolError: when the CA does not have it.
        """
        with self._in_time(self.directory_url):
            return self._read_directory().needed_url(name)

    def offer(self, name: str, what: str) -> str:
        """Return the URL of a resource that a CA need not have.

        Raises:
            ProtocolError: when it has none; says that the CA does not offer `what`.
        """
        with self._in_time(self.directory_url):
            url = self._read_directory().usable_url(name)
        if url is None:
            raise ProtocolError(f"{self.directory_url}: the CA does not offer {what} (`{name}` is missing)")
        return url

    def get(self, url: str) -> Answer:
        """Send a request that is not signed, and return its answer, which is a success.

        Raises:
            CAUnavailableError, ProblemError, ProtocolError: as for `post`.
        """
        with self._in_time(url):
            answer = self._ask("GET", url)
            self._nonces.put(answer.headers.get("Replay-Nonce"))
            return self._checked_for_all(answer)

    def post(
        self, url: str, sign: Callable[[str], bytes], *, repeatable: bool, accept: str | None = None
    ) -> Answer:
        """Send a signed request, and return its answer, which is a success.

        A refused nonce is replaced by the one that came with the refusal, as often as `TRIES` says: the CA
        has not looked at such a request, so it may be sent again whatever it asks for. A connection that
        breaks is another thing: the CA may have acted, and its answer be lost. The same JWS again would do no
        harm, as its nonce is used up, but bring a refusal that means either "done" or "stale"; signed anew it
        could make a second order. So only what is `repeatable` is sent again, once (a kept connection that
        the CA has just closed is the usual reason), and the caller decides on the rest.

        Args:
            url: where to.
            sign: returns the JWS with a nonce in it.
            repeatable: whether it does no harm if the CA gets it twice.
            accept: the type that is wanted, where it is not JSON.

        Raises:
            CAUnavailableError: no answer, or one that says "later"; an `AnswerLostError` when the CA may have
                acted.
            ProblemError: the CA refused.
            ProtocolError: the answer is not what the protocol allows.
        """
        self._hosts.check(url)
        headers = {"Content-Type": "application/jose+json"} | ({"Accept": accept} if accept else {})
        with self._in_time(url):
            try:
                return self._checked(self._post(url, sign, headers, repeatable=repeatable))
            finally:
                self._nonces.release()

    def _post(
        self, url: str, sign: Callable[[str], bytes], headers: Mapping[str, str], *, repeatable: bool
    ) -> Answer:
        nonce = self._nonces.take()
        tried = 0
        while True:
            tried += 1
            try:
                answer = self._transport.request("POST", url, sign(nonce), headers)
            except AnswerLostError:
                if not repeatable:
                    raise
                repeatable = False
                nonce = self._nonces.take()
                continue
            fresh = answer.headers.get("Replay-Nonce")
            if tried >= _tries(answer):
                self._nonces.put(fresh)
                return answer
            nonce = fresh if fresh is not None and is_nonce(fresh) else self._nonces.take()

    def _new_nonce(self) -> str:
        url = self._read_directory().needed_url("newNonce")
        try:
            answer = self._checked_for_all(self._ask("HEAD", url))
        except StatusError as error:
            # The answer to HEAD has no body that could say why; and nothing was asked for yet.
            raise CAUnavailableError(str(error)) from None
        nonce = answer.headers.get("Replay-Nonce")
        if nonce is None or not is_nonce(nonce):
            raise CAUnavailableError(f"{url}: the answer holds no nonce (the header Replay-Nonce)")
        return nonce

    def _read_directory(self) -> Fields:
        if self._directory is not None:
            return self._directory
        if not self._reading.acquire(timeout=remaining()):
            raise TimeoutError
        try:
            if self._directory is None:
                answer = self._ask("GET", self.directory_url)
                # Some CAs send a nonce here too, which saves the request for the first one.
                self._nonces.put(answer.headers.get("Replay-Nonce"))
                fields = fields_of(self._checked_for_all(answer))
                for name in _NEEDED:
                    fields.needed_url(name)
                self._directory = fields
            return self._directory
        finally:
            self._reading.release()

    def _ask(self, method: str, url: str) -> Answer:
        """Send a request that changes nothing, and so may be repeated once; its nonce is the caller's.

        All tasks share these resources: what one was told of when to come again holds for all.
        """
        self._hosts.check(url)
        told = self._left_alone.get(url)
        if told is not None and told.retry_after is not None and told.retry_after > self.now():
            raise CAUnavailableError(str(told), told.retry_after, told.problem)
        try:
            return self._transport.request(method, url)
        except AnswerLostError:
            return self._transport.request(method, url)

    def _checked_for_all(self, answer: Answer) -> Answer:
        """Check the answer to what `_ask` has sent; that it is to be asked later is remembered there."""
        try:
            return self._checked(answer)
        except CAUnavailableError as error:
            self._left_alone[answer.url] = error
            raise

    def _checked(self, answer: Answer) -> Answer:
        if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            return answer
        raise refusal(answer, self.now())

    @contextmanager
    def _in_time(self, url: str) -> Iterator[None]:
        try:
            with within(self._limits.request_seconds):
                yield
        except TimeoutError:
            seconds = self._limits.request_seconds
            raise CAUnavailableError(f"{url}: not done within {seconds:g} seconds") from None


def _tries(answer: Answer) -> int:
    """Return how often a request may be sent, given this answer to it."""
    problem = problem_in(answer)
    if problem is not None and problem.code == "badNonce":
        return TRIES
    # Some servers have no better word for a bad nonce; others mean that something else is wrong.
    if problem is not None and problem.code == "malformed" and "nonce" in problem.detail.lower():
        return TRIES_IF_MALFORMED
    return 1
