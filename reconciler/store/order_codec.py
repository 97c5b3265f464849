"""Records of orders as mappings of texts, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.model.account import KeyType
from reconciler.model.order import Authorization, Challenge, Order, Stage, Status
from reconciler.model.role import ChallengeType
from reconciler.store.evidence_codec import decode_evidence, encode_evidence
from reconciler.store.fields import format_time
from reconciler.store.leftovers_codec import decode_method, encode_method
from reconciler.store.origin_codec import decode_origin, encode_origin
from reconciler.store.parts import decode_identifier, present, time_text, word
from reconciler.store.problem_codec import decode_problem, encode_problem
from reconciler.store.validity_codec import decode_revocation, encode_revocation

if TYPE_CHECKING:
    from reconciler.store.fields import Fields


def encode_order(order: Order) -> dict[str, Any]:
    """Return the record of an order."""
    return present(
        order_id=order.order_id,
        certificate_name=order.certificate_name,
        role_name=order.role_name,
        account_name=order.account_name,
        stage=str(order.stage),
        status=word(order.status),
        attempt=order.attempt,
        previous_order_id=order.previous_order_id,
        creation_date=format_time(order.creation_date),
        last_update=format_time(order.last_update),
        next_work_date=time_text(order.next_work_date),
        expires=time_text(order.expires),
        identifiers=[each.value for each in order.identifiers],
        key_type=str(order.key_type),
        csr_digest=order.csr_digest,
        profile=order.profile,
        must_staple=order.must_staple,
        requested_end=order.requested_end,
        not_after=time_text(order.not_after),
        replaces=order.replaces,
        evidence=encode_evidence(order.evidence),
        origin=encode_origin(order.origin),
        order_url=order.order_url,
        authorization_urls=list(order.authorization_urls),
        finalize_url=order.finalize_url,
        certificate_url=order.certificate_url,
        serial_number=order.serial_number,
        suggested=order.suggested,
        finalized=order.finalized,
        revocation=encode_revocation(order.revocation),
        retry_wanted=order.retry_wanted,
        last_error=encode_problem(order.last_error),
        authorizations=[_encode_authorization(each) for each in order.authorizations],
    )


def decode_order(fields: Fields) -> Order:
    """Return the order of a record."""
    return Order(
        order_id=fields.order_id("order_id"),
        certificate_name=fields.name("certificate_name"),
        role_name=fields.name("role_name"),
        account_name=fields.name("account_name"),
        stage=fields.enum("stage", Stage),
        status=fields.optional_enum("status", Status),
        attempt=fields.whole("attempt", 1),
        previous_order_id=fields.order_id("previous_order_id") if fields.has("previous_order_id") else None,
        creation_date=fields.time("creation_date"),
        last_update=fields.time("last_update"),
        next_work_date=fields.optional_time("next_work_date"),
        expires=fields.optional_time("expires"),
        identifiers=tuple(map(decode_identifier, fields.texts("identifiers"))),
        key_type=fields.enum("key_type", KeyType),
        csr_digest=fields.optional_digest("csr_digest"),
        profile=fields.optional_text("profile"),
        must_staple=fields.flag("must_staple"),
        requested_end=fields.optional_text("requested_end"),
        not_after=fields.optional_time("not_after"),
        replaces=fields.optional_text("replaces"),
        evidence=decode_evidence(fields.inner("evidence")),
        origin=decode_origin(fields.inner("origin")),
        order_url=fields.optional_url("order_url"),
        authorization_urls=fields.urls("authorization_urls"),
        finalize_url=fields.optional_url("finalize_url"),
        certificate_url=fields.optional_url("certificate_url"),
        serial_number=fields.optional_text("serial_number"),
        suggested=fields.flag("suggested"),
        finalized=fields.flag("finalized"),
        revocation=decode_revocation(fields.inner("revocation")),
        retry_wanted=fields.flag("retry_wanted"),
        last_error=decode_problem(fields.inner("last_error")),
        authorizations=tuple(_decode_authorization(each) for each in fields.each("authorizations")),
    )


def _encode_authorization(authorization: Authorization) -> dict[str, Any]:
    return present(
        url=authorization.url,
        identifier=authorization.identifier.value,
        status=str(authorization.status),
        expires=time_text(authorization.expires),
        challenge_type=word(authorization.challenge_type),
        by_hand=authorization.by_hand,
        method=encode_method(authorization.method),
        presented=authorization.presented,
        fulfilled=authorization.fulfilled,
        answered=authorization.answered,
        challenges=[
            present(
                type=challenge.type,
                status=str(challenge.status),
                token=challenge.token,
                url=challenge.url,
                issuer_domain_names=list(challenge.issuer_domain_names),
                error=encode_problem(challenge.error),
            )
            for challenge in authorization.challenges
        ],
    )


def _decode_authorization(fields: Fields) -> Authorization:
    return Authorization(
        url=fields.url("url"),
        identifier=decode_identifier(fields.text("identifier")),
        status=fields.enum("status", Status),
        expires=fields.optional_time("expires"),
        challenge_type=fields.optional_enum("challenge_type", ChallengeType),
        by_hand=fields.flag("by_hand"),
        method=decode_method(fields.inner("method")),
        presented=fields.optional_text("presented"),
        fulfilled=fields.flag("fulfilled"),
        answered=fields.flag("answered"),
        challenges=tuple(
            Challenge(
                type=challenge.text("type"),
                status=challenge.enum("status", Status),
                token=challenge.optional_text("token") or "",
                url=challenge.url("url"),
                issuer_domain_names=challenge.texts("issuer_domain_names"),
                error=decode_problem(challenge.inner("error")),
            )
            for challenge in fields.each("challenges")
        ),
    )
