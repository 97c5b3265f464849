"""Instructions for the challenges of an order: what has to be where, so that the CA sees it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, assert_never

from reconciler.model.instruction import Instruction
from reconciler.model.order import Status
from reconciler.model.role import ChallengeType

if TYPE_CHECKING:
    from reconciler.model.identifier import Identifier
    from reconciler.model.order import Order

WELL_KNOWN = ".well-known/acme-challenge"


@dataclass(frozen=True, slots=True)
class HttpInstruction:
    """http-01 (RFC 8555 section 8.3): serve `content` at `url`, on port 80 as seen by the CA.

    Attributes:
        path: of the file below a web server's root.
    """

    url: str
    path: str
    content: str


@dataclass(frozen=True, slots=True)
class DnsInstruction:
    """dns-01 (RFC 8555 section 8.4): publish a TXT record; others of the same name may stay."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class TlsAlpnInstruction:
    """tls-alpn-01 (RFC 8737): present the certificate for `server_name` by ALPN `acme-tls/1` on port 443."""

    server_name: str


Explanation = HttpInstruction | DnsInstruction | TlsAlpnInstruction


def key_authorization(token: str, thumbprint: str) -> str:
    """Return what answers a challenge: its token and whose account it is for (RFC 8555 section 8.1)."""
    return f"{token}.{thumbprint}"


def instructions_for(order: Order, thumbprint: str) -> tuple[Instruction, ...]:
    """Return an instruction for each challenge that is chosen and that the CA has not been told of.

    Args:
        order: with its authorizations read and their challenges chosen.
        thumbprint: of the account's key (RFC 8555 section 8.1).
    """
    return tuple(
        Instruction(
            order_id=order.order_id,
            certificate_name=order.certificate_name,
            identifier=authorization.identifier,
            challenge_type=authorization.challenge_type,
            token=authorization.challenge.token,
            key_authorization=key_authorization(authorization.challenge.token, thumbprint),
            by_hand=authorization.by_hand,
            fulfilled=authorization.fulfilled,
            expires=authorization.expires,
        )
        for authorization in order.authorizations
        if authorization.status is Status.PENDING and authorization.challenge_type and authorization.challenge
    )


def explain(instruction: Instruction) -> Explanation:
    """Return what has to be where for one challenge."""
    base = instruction.identifier.base
    match instruction.challenge_type:
        case ChallengeType.HTTP_01:
            path = f"{WELL_KNOWN}/{instruction.token}"
            host = f"[{base}]" if ":" in base else base
            return HttpInstruction(f"http://{host}/{path}", path, instruction.key_authorization)
        case ChallengeType.DNS_01:
            digest = hashlib.sha256(instruction.key_authorization.encode()).digest()
            value = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            return DnsInstruction(f"_acme-challenge.{base}", value)
        case ChallengeType.TLS_ALPN_01:
            return TlsAlpnInstruction(_server_name(instruction.identifier))
        case _:
            assert_never(instruction.challenge_type)


def zone_line(dns: DnsInstruction) -> str:
    """Return the record as a line of a zone file (RFC 1035 section 5.1)."""
    return f'{dns.name}. 60 IN TXT "{dns.value}"'


def _server_name(identifier: Identifier) -> str:
    # An address has no place in SNI: its reverse name stands for it (RFC 8738 section 6).
    return ip_address(identifier.value).reverse_pointer if identifier.type == "ip" else identifier.value
