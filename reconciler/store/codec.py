"""Records of accounts and certificates as mappings of texts, and back. Nothing secret has a place in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.model.account import Account, AccountKey, KeyType
from reconciler.model.certificate import Certificate
from reconciler.store.evidence_codec import decode_evidence, encode_evidence
from reconciler.store.fields import format_time
from reconciler.store.origin_codec import decode_origin, encode_origin
from reconciler.store.parts import decode_identifier, present
from reconciler.store.problem_codec import decode_problem, encode_problem
from reconciler.store.validity_codec import (
    decode_renewal_info,
    decode_revocation,
    encode_renewal_info,
    encode_revocation,
)

if TYPE_CHECKING:
    from reconciler.store.fields import Fields


def encode_account(account: Account) -> dict[str, Any]:
    """Return the record of an account."""
    return present(
        name=account.name,
        directory_url=account.directory_url,
        account_url=account.account_url,
        email_contacts=list(account.email_contacts),
        orders_url=account.orders_url,
        caa_identities=list(account.caa_identities),
        active_key_version=account.active_key_version,
        pending_key_version=account.pending_key_version,
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
        last_error=encode_problem(account.last_error),
        trusted_ca=account.trusted_ca,
        additional_hosts=list(account.additional_hosts),
    )


def decode_account(fields: Fields) -> Account:
    """Return the account of a record."""
    account = Account(
        name=fields.name("name"),
        directory_url=fields.url("directory_url"),
        account_url=fields.optional_url("account_url"),
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
        trusted_ca=fields.optional_text("trusted_ca"),
        additional_hosts=fields.texts("additional_hosts"),
        orders_url=fields.optional_url("orders_url"),
        caa_identities=fields.texts("caa_identities"),
        pending_key_version=fields.optional_whole("pending_key_version"),
        last_error=decode_problem(fields.inner("last_error")),
    )
    versions = {key.key_version for key in account.account_keys}
    if account.active_key_version not in versions:
        raise fields.wrong("active_key_version", "is that of no key in `account_keys`")
    if account.pending_key_version not in {None, *versions}:
        raise fields.wrong("pending_key_version", "is that of no key in `account_keys`")
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
        **present(
            superseded_files=dict(certificate.superseded_files) or None,
            csr_digest=certificate.csr_digest,
            profile=certificate.profile,
            must_staple=certificate.must_staple,
            requested_end=certificate.requested_end,
            certificate_id=certificate.certificate_id,
            renewal_info=encode_renewal_info(certificate.renewal_info),
            revocation=encode_revocation(certificate.revocation),
            order_anew=certificate.order_anew,
            suggested=certificate.suggested,
            evidence=encode_evidence(certificate.evidence),
            origin=encode_origin(certificate.origin),
        ),
    }


def decode_certificate(fields: Fields) -> Certificate:
    """Return the certificate of a record."""
    files, superseded = fields.inner("files"), fields.inner("superseded_files")
    not_before, not_after = fields.time("not_before"), fields.time("not_after")
    if not_after < not_before:
        # As a certificate that has expired it would be ordered anew.
        raise fields.wrong("not_after", "is before `not_before`")
    return Certificate(
        name=fields.name("name"),
        role_name=fields.name("role_name"),
        account_name=fields.name("account_name"),
        identifiers=tuple(map(decode_identifier, fields.texts("identifiers"))),
        key_type=fields.enum("key_type", KeyType),
        order_id=fields.order_id("order_id"),
        serial_number=fields.text("serial_number"),
        issuer=fields.text("issuer"),
        not_before=not_before,
        not_after=not_after,
        files=files.of_files() if files else {},
        superseded_files=superseded.of_files() if superseded else {},
        csr_digest=fields.optional_digest("csr_digest"),
        profile=fields.optional_text("profile"),
        evidence=decode_evidence(fields.inner("evidence")),
        origin=decode_origin(fields.inner("origin")),
        must_staple=fields.flag("must_staple"),
        requested_end=fields.optional_text("requested_end"),
        certificate_id=fields.optional_text("certificate_id"),
        renewal_info=decode_renewal_info(fields.inner("renewal_info")),
        revocation=decode_revocation(fields.inner("revocation")),
        order_anew=fields.flag("order_anew"),
        suggested=fields.flag("suggested"),
    )
