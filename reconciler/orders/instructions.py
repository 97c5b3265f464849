"""Instructions for the challenges of an order: what has to be where, so that the CA sees it."""

from __future__ import annotations

import base64
import hashlib
from ipaddress import ip_address
from typing import TYPE_CHECKING, assert_never

from msgspec import Struct

from reconciler.model.instruction import Instruction
from reconciler.model.order import Status
from reconciler.model.role import ChallengeType
from reconciler.orders.record_names import record_name
from reconciler.orders.standing import STANDING_TTL, standing_record

if TYPE_CHECKING:
    from reconciler.model.account import Responder
    from reconciler.model.identifier import Identifier
    from reconciler.model.order import Authorization, Challenge, Order
    from reconciler.orders.standing import StandingRecord

WELL_KNOWN = ".well-known/acme-challenge"


class HttpInstruction(Struct, frozen=True):
    """http-01 (RFC 8555 section 8.3): serve `content` at `url`, on port 80 as seen by the CA.

    Attributes:
        path: of the file below a web server's root.
    """

    url: str
    path: str
    content: str


class DnsInstruction(Struct, frozen=True):
    """dns-01 (RFC 8555 section 8.4) and its like: publish a TXT record; others of the same name may stay.

    Attributes:
        standing: for dns-persist-01: it is to stay; and a CAA record that goes with it. None: it may go once
            the CA has seen it.
    """

    name: str
    value: str
    standing: StandingRecord | None = None

    @property
    def ttl(self) -> int:
        """Seconds."""
        return STANDING_TTL if self.standing else 60


class TlsAlpnInstruction(Struct, frozen=True):
    """tls-alpn-01 (RFC 8737): present the certificate for `server_name` by ALPN `acme-tls/1` on port 443."""

    server_name: str


Explanation = HttpInstruction | DnsInstruction | TlsAlpnInstruction


def key_authorization(token: str, thumbprint: str) -> str:
    """Return what answers a challenge: its token and whose account it is for (RFC 8555 section 8.1).

    Empty for a challenge without a token: what answers it names the account itself.
    """
    return f"{token}.{thumbprint}" if token else ""


def instructions_for(order: Order, responder: Responder) -> tuple[Instruction, ...]:
    """Return an instruction for each challenge that is chosen and that the CA has not been told of.

    Args:
        order: with its authorizations read and their challenges chosen.
        responder: the account that the order was made through.
    """
    found = (instruction_for(order, each, responder) for each in order.authorizations)
    return tuple(each for each in found if each is not None)


def instruction_for(order: Order, authorization: Authorization, responder: Responder) -> Instruction | None:
    """Return the instruction for the chosen challenge of an authorization; None where none is to be had."""
    challenge, chosen = authorization.challenge, authorization.challenge_type
    if authorization.status is not Status.PENDING or chosen is None or challenge is None:
        return None
    if not (challenge.token or challenge.issuer_domain_names):
        return None
    return instruction_of(order, authorization, challenge, responder)


def left_by_people(order: Order, responder: Responder) -> tuple[Instruction, ...]:
    """Return what people have done for the challenges of an order that is over: it is of no more use.

    Args:
        order: one that is open has none.
        responder: the account that it was made through.
    """
    if order.is_open:
        return ()
    return tuple(
        instruction_of(order, each, each.challenge, responder)
        for each in order.authorizations
        if each.by_hand
        and each.fulfilled
        and each.challenge is not None
        and each.challenge.token
        and each.challenge_type is not ChallengeType.DNS_PERSIST_01  # its record stays
    )


def instruction_of(
    order: Order, authorization: Authorization, challenge: Challenge, responder: Responder
) -> Instruction:
    """Return what a challenge of an authorization would take, chosen or not; its type has to be known."""
    is_chosen = challenge.type == authorization.challenge_type
    presented = authorization.presented if is_chosen else None
    return Instruction(
        order_id=order.order_id,
        certificate_name=order.certificate_name,
        identifier=authorization.identifier,
        challenge_type=ChallengeType(challenge.type),
        token=challenge.token,
        key_authorization=presented or key_authorization(challenge.token, responder.thumbprint),
        account_url=responder.account_url,
        issuer_domain_names=challenge.issuer_domain_names,
        with_wildcard=_serves_wildcard(order, authorization, challenge),
        by_hand=authorization.by_hand or not is_chosen,
        method=authorization.method if is_chosen else None,
        fulfilled=is_chosen and authorization.fulfilled,
        expires=authorization.expires,
    )


def explain(instruction: Instruction) -> Explanation:
    """Return what has to be where for one challenge."""
    base = instruction.identifier.base
    match instruction.challenge_type:
        case ChallengeType.HTTP_01:
            path = f"{WELL_KNOWN}/{instruction.token}"
            host = f"[{base}]" if ":" in base else base
            return HttpInstruction(f"http://{host}/{path}", path, instruction.key_authorization)
        case ChallengeType.DNS_01 | ChallengeType.DNS_ACCOUNT_01:
            name = record_name(instruction.challenge_type, instruction.identifier, instruction.account_url)
            return DnsInstruction(name, _digest(instruction))
        case ChallengeType.DNS_PERSIST_01:
            issuer = instruction.issuer_domain_names[0]
            record = standing_record(
                instruction.identifier,
                instruction.account_url,
                issuer,
                with_wildcard=instruction.with_wildcard,
            )
            return DnsInstruction(record.name, record.value, record)
        case ChallengeType.TLS_ALPN_01:
            return TlsAlpnInstruction(_server_name(instruction.identifier))
        case _:
            assert_never(instruction.challenge_type)


def _serves_wildcard(order: Order, authorization: Authorization, challenge: Challenge) -> bool:
    """Say whether the order wants the wildcard over an identifier by dns-persist-01, too."""
    if challenge.type != ChallengeType.DNS_PERSIST_01:
        return False
    wildcard = f"*.{authorization.identifier.base}"
    is_chosen = authorization.challenge_type == challenge.type
    return any(
        other.identifier.value == wildcard
        and other.status is Status.PENDING
        and (other.challenge_type == challenge.type) is is_chosen
        for other in order.authorizations
    )


def _digest(instruction: Instruction) -> str:
    digest = hashlib.sha256(instruction.key_authorization.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _server_name(identifier: Identifier) -> str:
    # An address has no place in SNI: its reverse name stands for it (RFC 8738 section 6).
    return ip_address(identifier.value).reverse_pointer if identifier.type == "ip" else identifier.value
