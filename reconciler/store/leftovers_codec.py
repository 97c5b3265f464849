"""Records of what is still to be taken away, as mappings of texts, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.model.fulfillment import Method, Way
from reconciler.model.instruction import Instruction, Leftovers
from reconciler.model.role import ChallengeType
from reconciler.store.parts import decode_identifier, present

if TYPE_CHECKING:
    from reconciler.store.fields import Fields


def encode_method(method: Method | None) -> dict[str, str] | None:
    """Return how a challenge is fulfilled, for records of several kinds."""
    return present(way=str(method.way), target=method.target, at=method.at) if method else None


def decode_method(fields: Fields | None) -> Method | None:
    """Return how a challenge is fulfilled."""
    if fields is None:
        return None
    way, target = fields.enum("way", Way), fields.optional_text("target") or ""
    return Method(way, target, fields.optional_text("at"))


def encode_leftovers(leftovers: Leftovers) -> dict[str, Any]:
    """Return the record of what is to be taken away."""
    return present(
        order_id=leftovers.order_id,
        certificate_name=leftovers.certificate_name,
        presented=[
            present(
                identifier=each.identifier.value,
                challenge_type=str(each.challenge_type),
                method=encode_method(each.method),
                token=each.token,
                key_authorization=each.key_authorization,
                account_url=each.account_url,
            )
            for each in leftovers.instructions
        ],
    )


def decode_leftovers(fields: Fields) -> Leftovers:
    """Return what a record says is to be taken away."""
    order_id, name = fields.order_id("order_id"), fields.name("certificate_name")
    return Leftovers(
        order_id,
        name,
        tuple(
            Instruction(
                order_id=order_id,
                certificate_name=name,
                identifier=decode_identifier(each.text("identifier")),
                challenge_type=each.enum("challenge_type", ChallengeType),
                token=each.text("token"),
                key_authorization=each.text("key_authorization"),
                account_url=each.optional_text("account_url") or "",
                by_hand=False,
                method=decode_method(each.inner("method")),
            )
            for each in fields.each("presented")
        ),
    )
