"""Records as mappings of texts, and back. Nothing secret has a place in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.errors import StateError
from reconciler.model.account import Account, AccountKey, KeyType
from reconciler.model.certificate import Certificate
from reconciler.model.identifier import Identifier
from reconciler.model.order import Authorization, Challenge, Order, Stage, Status
from reconciler.model.problem import Problem
from reconciler.model.role import ChallengeType
from reconciler.store.fields import format_time

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.store.fields import Fields


def encode_account(account: Account) -> dict[str, Any]:
    """Return the record of an account."""
    return _present(
        name=account.name,
        directory_url=account.directory_url,
        account_url=account.account_url,
        email_contacts=list(account.email_contacts),
        active_key_version=account.active_key_version,
        account_keys=[
            {
                "key_version": key.key_version,
                "key_type": str(key.key_type),
                "key_creation_date": format_time(key.key_creation_date),
                "thumbprint": key.thumbprint,
            }
            for key in account.account_keys
        ],
        creation_date=format_time(account.creation_date),
        last_updated_date=format_time(account.last_updated_date),
    )


def decode_account(fields: Fields) -> Account:
    """Return the account of a record."""
    account = Account(
        name=fields.text("name"),
        directory_url=fields.text("directory_url"),
        account_url=fields.optional_text("account_url"),
        email_contacts=fields.texts("email_contacts"),
        active_key_version=fields.whole("active_key_version"),
        account_keys=tuple(
            AccountKey(
                key_version=key.whole("key_version"),
                key_type=key.enum("key_type", KeyType),
                key_creation_date=key.time("key_creation_date"),
                thumbprint=key.text("thumbprint"),
            )
            for key in fields.each("account_keys")
        ),
        creation_date=fields.time("creation_date"),
        last_updated_date=fields.time("last_updated_date"),
    )
    if account.active_key_version not in {key.key_version for key in account.account_keys}:
        raise StateError(f"the account {account.name} has no key of its active_key_version")
    return account


def encode_certificate(certificate: Certificate) -> dict[str, Any]:
    """Return the record of a certificate."""
    return {
        "name": certificate.name,
        "role_name": certificate.role_name,
        "account_name": certificate.account_name,
        "identifiers": [each.value for each in certificate.identifiers],
        "key_type": str(certificate.key_type),
        "order_id": certificate.order_id,
        "serial_number": certificate.serial_number,
        "issuer": certificate.issuer,
        "not_before": format_time(certificate.not_before),
        "not_after": format_time(certificate.not_after),
        "files": dict(certificate.files),
    }


def decode_certificate(fields: Fields) -> Certificate:
    """Return the certificate of a record."""
    files = fields.inner("files")
    return Certificate(
        name=fields.text("name"),
        role_name=fields.text("role_name"),
        account_name=fields.text("account_name"),
        identifiers=tuple(_decode_identifier(each) for each in fields.texts("identifiers")),
        key_type=fields.enum("key_type", KeyType),
        order_id=fields.order_id("order_id"),
        serial_number=fields.text("serial_number"),
        issuer=fields.text("issuer"),
        not_before=fields.time("not_before"),
        not_after=fields.time("not_after"),
        files=dict(files.items()) if files else {},
    )


def encode_order(order: Order) -> dict[str, Any]:
    """Return the record of an order."""
    return _present(
        order_id=order.order_id,
        certificate_name=order.certificate_name,
        role_name=order.role_name,
        account_name=order.account_name,
        stage=str(order.stage),
        status=_word(order.status),
        attempt=order.attempt,
        previous_order_id=order.previous_order_id,
        creation_date=format_time(order.creation_date),
        last_update=format_time(order.last_update),
        next_work_date=_time(order.next_work_date),
        expires=_time(order.expires),
        identifiers=[each.value for each in order.identifiers],
        key_type=str(order.key_type),
        order_url=order.order_url,
        authorization_urls=list(order.authorization_urls),
        finalize_url=order.finalize_url,
        certificate_url=order.certificate_url,
        serial_number=order.serial_number,
        last_error=_encode_problem(order.last_error),
        authorizations=[_encode_authorization(each) for each in order.authorizations],
    )


def decode_order(fields: Fields) -> Order:
    """Return the order of a record."""
    return Order(
        order_id=fields.order_id("order_id"),
        certificate_name=fields.text("certificate_name"),
        role_name=fields.text("role_name"),
        account_name=fields.text("account_name"),
        stage=fields.enum("stage", Stage),
        status=fields.optional_enum("status", Status),
        attempt=fields.whole("attempt", 1),
        previous_order_id=fields.order_id("previous_order_id") if fields.has("previous_order_id") else None,
        creation_date=fields.time("creation_date"),
        last_update=fields.time("last_update"),
        next_work_date=fields.optional_time("next_work_date"),
        expires=fields.optional_time("expires"),
        identifiers=tuple(_decode_identifier(each) for each in fields.texts("identifiers")),
        key_type=fields.enum("key_type", KeyType),
        order_url=fields.optional_text("order_url"),
        authorization_urls=fields.texts("authorization_urls"),
        finalize_url=fields.optional_text("finalize_url"),
        certificate_url=fields.optional_text("certificate_url"),
        serial_number=fields.optional_text("serial_number"),
        last_error=_decode_problem(fields.inner("last_error")),
        authorizations=tuple(_decode_authorization(each) for each in fields.each("authorizations")),
    )


def _encode_authorization(authorization: Authorization) -> dict[str, Any]:
    return _present(
        url=authorization.url,
        identifier=authorization.identifier.value,
        status=str(authorization.status),
        expires=_time(authorization.expires),
        challenge_type=_word(authorization.challenge_type),
        by_hand=authorization.by_hand,
        fulfilled=authorization.fulfilled,
        answered=authorization.answered,
        challenges=[
            _present(
                type=challenge.type,
                status=str(challenge.status),
                token=challenge.token,
                url=challenge.url,
                error=_encode_problem(challenge.error),
            )
            for challenge in authorization.challenges
        ],
    )


def _decode_authorization(fields: Fields) -> Authorization:
    return Authorization(
        url=fields.text("url"),
        identifier=_decode_identifier(fields.text("identifier")),
        status=fields.enum("status", Status),
        expires=fields.optional_time("expires"),
        challenge_type=fields.optional_enum("challenge_type", ChallengeType),
        by_hand=fields.flag("by_hand"),
        fulfilled=fields.flag("fulfilled"),
        answered=fields.flag("answered"),
        challenges=tuple(
            Challenge(
                type=challenge.text("type"),
                status=challenge.enum("status", Status),
                token=challenge.optional_text("token") or "",
                url=challenge.text("url"),
                error=_decode_problem(challenge.inner("error")),
            )
            for challenge in fields.each("challenges")
        ),
    )


def _decode_identifier(value: str) -> Identifier:
    # Canonical values tell themselves apart: a name never has a number as its last label, nor a colon.
    return Identifier("ip" if ":" in value or value.rpartition(".")[2].isdigit() else "dns", value)


def _encode_problem(problem: Problem | None) -> dict[str, Any] | None:
    if problem is None:
        return None
    return _present(
        type=problem.type,
        detail=problem.detail,
        status=problem.status,
        identifier=problem.identifier,
        help_url=problem.help_url,
        subproblems=[_encode_problem(each) for each in problem.subproblems],
    )


def _decode_problem(fields: Fields | None) -> Problem | None:
    if fields is None:
        return None
    subproblems = (_decode_problem(each) for each in fields.each("subproblems"))
    return Problem(
        type=fields.text("type"),
        detail=fields.optional_text("detail") or "",
        status=fields.whole("status") if fields.optional_text("status") else None,
        identifier=fields.optional_text("identifier"),
        help_url=fields.optional_text("help_url"),
        subproblems=tuple(each for each in subproblems if each is not None),
    )


def _present(**values: Any) -> dict[str, Any]:  # noqa: ANN401 - what YAML can say
    """Leave out what is not there: a record shows only what is known."""
    return {
        name: value for name, value in values.items() if value is not False and value not in (None, [], "")
    }


def _word(word: str | None) -> str | None:
    return None if word is None else str(word)


def _time(time: datetime | None) -> str | None:
    return None if time is None else format_time(time)
