"""A certificate that was looked up by its serial number, as text and as JSON."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.render.certificate import revocation_document, revocation_text
from reconciler.render.documents import Document, document, value
from reconciler.render.evidence import evidence_document, evidence_fields
from reconciler.render.origin import origin_document, origin_fields, requester_document, who_asked
from reconciler.render.text import Paint, clean, distance, fields, names, time_text, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from reconciler.model.order import Order
    from reconciler.pki import IssuedChain

_INDENT = 20
"""Where the values stand, at most."""


class Standing(StrEnum):
    """What has become of a certificate."""

    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"
    FORGOTTEN = "forgotten"
    REVOKED = "revoked"


class FoundCertificate(Struct, frozen=True):
    """A certificate, the order it came from, and the order that the one in force under its name came from."""

    order: Order
    issued: IssuedChain
    current_order_id: str | None

    @property
    def standing(self) -> Standing:
        """What has become of it."""
        if self.order.revocation is not None:
            return Standing.REVOKED
        if self.current_order_id is None:
            return Standing.FORGOTTEN
        current = self.current_order_id == self.order.order_id
        return Standing.IN_FORCE if current else Standing.SUPERSEDED


def found_document(found: Sequence[FoundCertificate]) -> Document:
    """Return for programs what was looked up: two CAs could have given the same serial number."""
    return document("found_certificates", certificates=[_found(each) for each in found])


def _found(found: FoundCertificate) -> Document:
    """Return a certificate; the names of the fields are the seed system's."""
    order, issued = found.order, found.issued
    return {
        "name": order.certificate_name,
        "standing": str(found.standing),
        "order_id": order.order_id,
        "order_status": str(order.stage),
        "role_name": order.role_name,
        "account_name": order.account_name,
        "identifiers": value(order.identifiers),
        "serial_number": issued.serial_number,
        "issuer": issued.issuer,
        "not_before": value(issued.not_before),
        "not_after": value(issued.not_after),
        "revocation": revocation_document(order.revocation),
        "current_order_id": found.current_order_id,
        "evidence": evidence_document(order.evidence),
        "origin": origin_document(order),
        "requested_by": requester_document(who_asked(order)),
    }


def render_found(found: FoundCertificate, *, now: datetime, color: bool = False) -> str:
    """Return a certificate that was looked up for people."""
    order, issued, paint = found.order, found.issued, Paint(color)
    described = fields(
        [
            ("standing", _standing(found)),
            ("identifiers", wrap(names(each.text for each in order.identifiers), _INDENT)),
            ("serial number", clean(issued.serial_number)),
            ("issuer", clean(issued.issuer)),
            ("valid from", time_text(issued.not_before)),
            ("expires", f"{time_text(issued.not_after)} ({distance(issued.not_after, now)})"),
            ("role", clean(order.role_name)),
            ("account", clean(order.account_name)),
            ("order", f"{clean(order.order_id)} ({order.stage})"),
            *origin_fields(order),
            *evidence_fields(order.evidence, _INDENT),
        ],
        2,
        paint,
    )
    return "\n".join([paint.strong(f"certificate {clean(order.certificate_name)}"), *described]) + "\n"


def _standing(found: FoundCertificate) -> str:
    revoked = revocation_text(found.order.revocation)
    if revoked is not None:
        return f"revoked {revoked}"
    match found.standing:
        case Standing.SUPERSEDED:
            return f"superseded by order {clean(found.current_order_id)}"
        case Standing.FORGOTTEN:
            return "forgotten: the tree no longer asks for it"
        case _:
            return "in force"
