"""What may go wrong with one answer of a CA, as values; what each does to a connection does the proxy.

`BEFORE` are those where the CA never hears of the request, `AFTER` those where it acts and its answer is
lost or spoilt. Each has a name, by which a test is told from another.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from tools.http_messages import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.http_messages import Request

_ERROR = "urn:ietf:params:acme:error:"
_PAGE = b"<!DOCTYPE html><html><head><title>Sorry</title></head><body><h1>We are upgrading</h1></body></html>"


class Manner(Enum):
    """How an answer gets to the client, or does not."""

    WHOLE = "sent"
    SLOW = "sent a byte now and then"
    CUT = "sent in part, then the connection ends"
    RESET = "not sent: the connection is reset"
    HANG = "not sent: nothing happens until the client goes"
    REFUSE = "not sent: every connection is reset, and no other accepted for a while"


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to go wrong.

    Attributes:
        name: for tests and records.
        acts: whether the CA gets the request, and acts.
        manner: how the answer is sent.
        change: makes the answer out of that of the CA; where the CA was not asked that is an empty 200.
        seconds: how long a slow answer takes, or nobody is let in.
        until_seconds: how far away the date is that the answer has in `Retry-After`; None: it has none.
    """

    name: str
    acts: bool = False
    manner: Manner = Manner.WHOLE
    change: Callable[[Request, Answer], Answer] = lambda _, answer: answer
    seconds: float = 0.0
    until_seconds: float | None = None


def problem(code: str, status: int, detail: str = "injected", **headers: str) -> Fault:
    """Return a refusal by a problem document (RFC 8555 section 6.7); in names of headers `_` is `-`."""
    body = json.dumps({"type": f"{_ERROR}{code}", "detail": detail, "status": status}).encode()
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    answer = Answer(status, (("Content-Type", "application/problem+json"), *named), body)
    return Fault(" ".join([f"{status} {code}", *headers.values()]), change=lambda *_: answer)


def page(status: int, **headers: str) -> Fault:
    """Return a page of HTML, as load balancers send it; in names of headers `_` is `-`."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    answer = Answer(status, (("Content-Type", "text/html"), *named), _PAGE)
    return Fault(" ".join([f"{status} page", *headers.values()]), change=lambda *_: answer)


def until(fault: Fault, seconds: float) -> Fault:
    """Return a fault with a Retry-After that is a date (RFC 9110 section 10.2.3), so many seconds away."""
    return replace(fault, name=f"{fault.name} until a date", until_seconds=seconds)


def after(fault: Fault) -> Fault:
    """Return the same fault after the CA has acted."""
    return replace(fault, name=f"{fault.name}, after the CA acted", acts=True)


def slow(seconds: float) -> Fault:
    """Return the right answer, whose body takes so long."""
    return Fault(f"slow for {seconds:g} s", acts=True, manner=Manner.SLOW, seconds=seconds)


def _refuse_nonce(request: Request, _: Answer) -> Answer:
    """Refuse the nonce, and offer the very same one: the CA has not seen it."""
    body = json.dumps({"type": f"{_ERROR}badNonce", "detail": "injected", "status": 400}).encode()
    headers = [("Content-Type", "application/problem+json")]
    if request.body:
        protected = json.loads(request.body)["protected"]
        nonce = json.loads(urlsafe_b64decode(protected + "=" * (-len(protected) % 4)))["nonce"]
        headers.append(("Replay-Nonce", nonce))
    return Answer(400, tuple(headers), body)


def _body(body: bytes) -> Callable[[Request, Answer], Answer]:
    return lambda _, answer: replace(answer, body=body)


def _twice(_: Request, answer: Answer) -> Answer:
    """Send what must be there once two times, with another value."""
    again = {"replay-nonce": "AAAAAAAAAAAAAAAAAAAAAA", "location": "https://127.0.0.1:1/other"}
    more = tuple((name, again[name.lower()]) for name, _ in answer.headers if name.lower() in again)
    return replace(answer, headers=(*answer.headers, *more))


def _without(*names: str) -> Callable[[Request, Answer], Answer]:
    return lambda _, answer: answer.without(*names)


RESET = Fault("reset", manner=Manner.RESET)
REFUSE = Fault("refused", manner=Manner.REFUSE, seconds=0.1)
HANG = Fault("hang", manner=Manner.HANG)
SLOW = slow(0.3)
CUT = Fault("cut", acts=True, manner=Manner.CUT)
BAD_NONCE = Fault("badNonce", change=_refuse_nonce)
HTML = page(200)
EMPTY = Fault("empty", change=_body(b""))
GARBAGE = Fault("no JSON", change=_body(b'{"status": "val'))
LIST = Fault("a list", change=_body(b'["status", "valid"]'))
NUMBER = Fault("a number", change=_body(b"42"))
WRONG_TYPE = Fault("wrong type", acts=True, change=lambda _, each: each.having(("Content-Type", "image/png")))
NO_NONCE = Fault("no nonce", acts=True, change=_without("Replay-Nonce"))
NO_LOCATION = Fault("no Location", acts=True, change=_without("Location"))
DOUBLED = Fault("doubled headers", acts=True, change=_twice)
A_YEAR = page(503, Retry_After="31536000")
RATE_LIMITED = problem("rateLimited", 429)

BEFORE: tuple[Fault, ...] = (
    RESET,
    HANG,
    REFUSE,
    problem("serverInternal", 500),
    page(502),
    page(503),
    page(503, Retry_After="3"),
    page(503, Retry_After="-5"),
    page(503, Retry_After="soon"),
    A_YEAR,
    until(page(503), 3),
    RATE_LIMITED,
    problem("rateLimited", 429, Retry_After="3"),
    until(RATE_LIMITED, 3),
    page(429, Retry_After="3"),
    BAD_NONCE,
    HTML,
    EMPTY,
    GARBAGE,
    LIST,
    NUMBER,
)
AFTER: tuple[Fault, ...] = (
    after(RESET),
    after(HANG),
    SLOW,
    CUT,
    after(page(502)),
    after(problem("serverInternal", 500)),
    after(HTML),
    after(EMPTY),
    after(GARBAGE),
    WRONG_TYPE,
    NO_NONCE,
    NO_LOCATION,
    DOUBLED,
)
