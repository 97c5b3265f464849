"""Changes of a CA's honest answers, as hypothesis strategies."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.unit.ca.whole_ca import STEPS, Draft

if TYPE_CHECKING:
    from collections.abc import Iterator

HOSTILE_TEXTS = (
    "",
    " ",
    "../../../../etc/passwd",
    "/etc/cron.d/evil",
    "$(touch /tmp/owned)`id`;|&",
    "a\x00b",
    "line\r\nX-Injected: yes\r\n\r\n",
    "\x1b[2J\x1b]0;owned\x07",
    "::error file=x::owned",
    "##[error]owned",
    "\u202egnp.exe\u2066",
    "\ud800",
    "ünïcödé",
    "x" * 100_000,
    "{{identity.entity.name}}",
    "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEG\n-----END PRIVATE KEY-----",
    "https://169.254.169.254/latest/meta-data",
    "https://localhost:1/",
    "https://user:pw@ca.test/",
    "https://[::1]/",
    "https://[::1",
    "https://ca.test:99999/",
    "https://ca.test/\r\nHost: evil",
    "https://xn--mnchen-3ya.example/",
    "https://münchen.example/",
    "http://ca.test/plain",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "//evil.example/",
    "https://ca.test/nowhere",
    "https://ca.test/order/0",
    "https://ca.test/account/1/",
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-23:59",
    "10000-01-01T00:00:00Z",
    "2016-12-31T23:59:60Z",
    "2026-02-30T00:00:00Z",
    "2026-01-01T00:00:00",
    "1970-01-01T00:00:00+14:00",
    "pending",
    "ready",
    "processing",
    "valid",
    "invalid",
    "expired",
    "revoked",
    "deactivated",
    "dns-01",
    "dns-persist-01",
    "tls-alpn-01",
    "*.example.com",
    "*.www.example.com",
    "evil.example.com",
    "10.0.0.1",
    "urn:ietf:params:acme:error:badNonce",
    "urn:ietf:params:acme:error:rateLimited",
    "99999999999999999999",
    "-1",
    "Thu, 01 Jan 10000 00:00:00 GMT",
    "Fri, 31 Dec 9999 23:59:59 -2359",
)
_ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    2**64,
    10**4000,
    1.5,
    float("inf"),
    float("nan"),
    [],
    {},
    [[]],
    [None],
    [{}],
    {"type": "dns"},
    [{"type": "dns", "value": "evil.example.com"}],
    ["https://ca.test/order/0"] * 50,
)
_STATUSES = (
    100,
    103,
    200,
    201,
    202,
    204,
    206,
    301,
    302,
    303,
    304,
    307,
    308,
    400,
    401,
    403,
    404,
    405,
    409,
    410,
)
_LATER_STATUSES = (418, 429, 500, 501, 502, 503, 599, 999)
_HEADERS = ("Location", "Replay-Nonce", "Retry-After", "Link", "Content-Type", "Content-Encoding")
_BODIES = (
    b"",
    b"null",
    b"[]",
    b"{}",
    b"{",
    b"<html><script>alert(1)</script>no</html>",
    b"\xff\xfe\x00",
    b"\xef\xbb\xbf{}",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"1e999999",
    b"1" * 10_000,
    b"[" + b"0," * 400_000 + b"0]",
    b'{"status": "valid", "status": "invalid"}',
    b"\x00" * 1000,
)
_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", re.DOTALL)


@dataclass(frozen=True, repr=False)
class Mutation:
    """What becomes of the answer to a step, the first time or every time."""

    step: str
    always: bool
    kind: str
    pick: int
    value: Any

    def __repr__(self) -> str:
        when = "always" if self.always else "once"
        return f"<{self.step} {when}: {self.kind} {self.pick} {self.value!r:.300}>"

    def apply(self, step: str, number: int, draft: Draft) -> Draft:
        """Return the answer that is sent."""
        if step != self.step or (number and not self.always):
            return draft
        changed = copy.deepcopy(draft)
        getattr(self, f"_{self.kind}")(changed)
        return changed

    def _status(self, draft: Draft) -> None:
        draft.status = self.value

    def _body(self, draft: Draft) -> None:
        draft.body = self.value

    def _header(self, draft: Draft) -> None:
        name, text = self.value
        if text is None:
            draft.headers.pop(name, None)
        else:
            draft.headers[name] = text

    def _problem(self, draft: Draft) -> None:
        draft.status, draft.body = self.value

    def _drop(self, draft: Draft) -> None:
        for holder, key in self._picked(draft):
            del holder[key]

    def _replace(self, draft: Draft) -> None:
        for holder, key in self._picked(draft):
            holder[key] = self.value

    def _double(self, draft: Draft) -> None:
        if isinstance(draft.body, dict) and draft.body:
            name = sorted(draft.body)[self.pick % len(draft.body)]
            draft.body = (
                json.dumps({name: self.value}).encode()[:-1] + b"," + json.dumps(draft.body).encode()[1:]
            )

    def _repeat(self, draft: Draft) -> None:
        for holder, key in self._picked(draft):
            if isinstance(holder[key], list):
                holder[key] = holder[key] * 2000

    def _flip(self, draft: Draft) -> None:
        content = bytearray(draft.content)
        if content:
            content[self.pick % len(content)] ^= 1 + self.pick % 255
            draft.body = bytes(content)

    def _cut(self, draft: Draft) -> None:
        content = draft.content
        draft.body = content[: self.pick % (len(content) + 1)]

    def _blocks(self, draft: Draft) -> None:
        blocks = _BLOCK.findall(draft.content)
        if blocks:
            draft.body = b"".join(blocks[each % len(blocks)] for each in self.value)

    def _around(self, draft: Draft) -> None:
        before, after = self.value
        draft.body = before.encode("utf-8", "replace") + draft.content + after.encode("utf-8", "replace")

    def _picked(self, draft: Draft) -> Iterator[tuple[Any, Any]]:
        places = list(_places(draft.body))
        if places:
            yield places[self.pick % len(places)]


def _places(value: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - JSON
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _places(value[key])


_TEXTS = st.sampled_from(HOSTILE_TEXTS)
_VALUES = st.one_of(_TEXTS, st.sampled_from(_ODD_VALUES), st.text(max_size=20), st.integers(-(2**70), 2**70))
_CODES = (
    "malformed",
    "badNonce",
    "rateLimited",
    "accountDoesNotExist",
    "unauthorized",
    "orderNotReady",
    "compound",
)


@st.composite
def _problems(draw: st.DrawFn) -> tuple[int, dict[str, Any]]:
    kind = f"urn:ietf:params:acme:error:{draw(st.sampled_from(_CODES))}"
    body: dict[str, Any] = {"type": draw(st.one_of(st.just(kind), _VALUES)), "detail": draw(_VALUES)}
    if draw(st.booleans()):
        inner = {"type": draw(_VALUES), "detail": draw(_VALUES), "identifier": draw(_VALUES)}
        body["subproblems"] = [inner] * draw(st.sampled_from((1, 3, 500)))
    return draw(st.sampled_from((400, 401, 403, 404, 409, 429, 500, 503))), body


@st.composite
def mutations(draw: st.DrawFn) -> Mutation:
    """Return one change of one answer."""
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "replace": _VALUES,
        "drop": st.none(),
        "double": _VALUES,
        "repeat": st.none(),
        "header": st.tuples(st.sampled_from(_HEADERS), st.none() | _TEXTS | st.text(max_size=40)),
        "status": st.sampled_from(_STATUSES + _LATER_STATUSES),
        "problem": _problems(),
        "body": st.sampled_from(_BODIES),
        "flip": st.none(),
        "cut": st.none(),
        "blocks": st.lists(st.integers(0, 1), max_size=25),
        "around": st.tuples(_TEXTS, _TEXTS),
    }
    kind = draw(st.sampled_from(("replace", "replace", "replace", *kinds)))
    return Mutation(
        draw(st.sampled_from(STEPS)), draw(st.booleans()), kind, draw(st.integers(0, 5000)), draw(kinds[kind])
    )
