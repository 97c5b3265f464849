"""http-01 by a listener for the time of the challenge (RFC 8555 section 8.3)."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from reconciler.challenges.listener import Listener
from reconciler.errors import ChallengeError
from reconciler.orders.instructions import HttpInstruction, explain

if TYPE_CHECKING:
    from reconciler.challenges.serving import Connection
    from reconciler.model.instruction import Instruction

# With all that browsers and proxies add, a request for a challenge has less than a tenth of it.
_LONGEST_HEAD = 16 * 1024
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) ([!-~]+) HTTP/1\.[01]\r?")
# Proxies are asked with the whole URL (RFC 9112 section 3.2.2), and some pass it on as it is.
_ABSOLUTE = re.compile(r"https?://[^/?#]*", re.IGNORECASE)


class HttpListener(Listener[bytes]):
    """Answers `GET /.well-known/acme-challenge/TOKEN` with the key authorization; nothing else is there.

    The Host header does not matter: a token is not to be guessed, and a proxy may have changed the header. A
    connection serves one request.
    """

    def _asked(self, instruction: Instruction) -> str:
        return f"/{_explained(instruction).path}"

    def _answer(self, instruction: Instruction) -> bytes:
        return _explained(instruction).content.encode("ascii")

    def _serve(self, connection: Connection) -> None:
        head = _read_head(connection)
        if head is None:
            connection.send(_response(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE))
        else:
            connection.send(self._respond(head))
        connection.hang_up()

    def _respond(self, head: bytes) -> bytes:
        request = _REQUEST_LINE.fullmatch(head.partition(b"\n")[0])
        if not request:
            return _response(HTTPStatus.BAD_REQUEST)
        method, target = (part.decode("ascii") for part in request.groups())
        content = self._newest(_ABSOLUTE.sub("", target, count=1) if target[0] != "/" else target)
        if content is None or method not in ("GET", "HEAD"):
            return _response(HTTPStatus.NOT_FOUND)
        return _response(HTTPStatus.OK, content, with_content=method != "HEAD")


def _explained(instruction: Instruction) -> HttpInstruction:
    explanation = explain(instruction)
    if not isinstance(explanation, HttpInstruction):
        raise ChallengeError(
            f"{instruction.identifier}: {instruction.challenge_type} cannot be fulfilled by HTTP"
        )
    return explanation


def _read_head(connection: Connection) -> bytes | None:
    """Return a request up to the empty line; None if that does not come before the limit."""
    received = b""
    while len(received) <= _LONGEST_HEAD:
        chunk = connection.receive()
        if not chunk:
            raise ConnectionError("the client left within its request")
        received += chunk
        # An empty line before the first is to be overlooked (RFC 9112 section 2.2).
        head = received.lstrip(b"\r\n")
        end = _END_OF_HEAD.search(head)
        if end:
            return head[: end.start()]
    return None


def _response(status: HTTPStatus, content: bytes = b"", *, with_content: bool = True) -> bytes:
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        "Content-Type: application/octet-stream",
        f"Content-Length: {len(content)}",
        "Cache-Control: no-store",
        "Connection: close",
        "",
        "",
    ]
    return "\r\n".join(lines).encode("ascii") + (content if with_content else b"")
