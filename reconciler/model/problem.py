"""Problem documents: how a CA says what went wrong (RFC 8555 section 6.7, RFC 9457)."""

from __future__ import annotations

from msgspec import Struct

ACME_ERROR = "urn:ietf:params:acme:error:"
OWN_ERROR = "urn:reconciler:error:"


class Problem(Struct, frozen=True):
    """What the CA, or this program in its place, says of a failure.

    Attributes:
        type: a URN or URL; those of ACME and of this program by their prefixes above.
        detail: for people.
        status: the HTTP status, where the problem came as an answer.
        identifier: the identifier concerned (RFC 8555 section 6.7.1).
        subproblems: one per identifier that failed.
        help_url: from `Link: rel="help"` (RFC 8555 section 6.6).
    """

    type: str
    detail: str = ""
    status: int | None = None
    identifier: str | None = None
    subproblems: tuple[Problem, ...] = ()
    help_url: str | None = None

    @property
    def code(self) -> str:
        """The last part of the type: `rateLimited`, `badNonce` and so on."""
        return self.type.removeprefix(ACME_ERROR).removeprefix(OWN_ERROR)

    def __str__(self) -> str:
        """One line for people, with what every identifier's subproblem says."""
        own = f"{self.code}: {self.detail}" if self.detail else self.code
        if self.identifier:
            own = f"{self.identifier}: {own}"
        if self.help_url:
            own += f" (see {self.help_url})"
        return "; ".join([own, *map(str, self.subproblems)])
