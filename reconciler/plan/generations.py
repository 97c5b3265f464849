"""Digests of what decides: of what the tree asks for, and of the records of the state."""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from reconciler.model.order import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.account import Account, AccountSpec
    from reconciler.model.certificate import Certificate, CertificateSpec
    from reconciler.model.instruction import Leftovers
    from reconciler.model.observed import Observed
    from reconciler.model.order import Order
    from reconciler.model.revocation import Revocation


class Touched(StrEnum):
    """What an action can touch of the state.

    `REGISTRATION` is of an account no more than where it is registered: all that an order through it depends
    on. `ORDER` is by the name of its certificate, or by its id, `LEFTOVERS` by the id of their order.
    """

    ACCOUNT = "account"
    REGISTRATION = "registration"
    CERTIFICATE = "certificate"
    ORDER = "order"
    LEFTOVERS = "leftovers"
    KEYS = "keys"


def generation(observed: Observed, kind: Touched, name: str) -> str | None:
    """Return a digest of what decides of a resource's record; None where there is none."""
    match kind:
        case Touched.ACCOUNT:
            account = observed.accounts.get(name)
            return _account(account) if account else None
        case Touched.REGISTRATION:
            account = observed.accounts.get(name)
            return _digest([account.directory_url, account.account_url]) if account else None
        case Touched.CERTIFICATE:
            certificate = observed.certificates.get(name)
            return _certificate(certificate) if certificate else None
        case Touched.ORDER:
            order = order_of(observed, name)
            return _order(order) if order else None
        case Touched.LEFTOVERS:
            leftovers = observed.leftovers.get(name)
            return _leftovers(leftovers) if leftovers else None
        case Touched.KEYS:
            before, begun = observed.keys.recipients, observed.keys.next_recipients
            return _digest([sorted(before), sorted(begun) if begun is not None else None])
        case _:
            assert_never(kind)


def order_of(observed: Observed, name: str) -> Order | None:
    """Return the last order of a certificate, or the order of an id."""
    if name in observed.orders:
        return observed.orders[name]
    orders = (*observed.surplus, *observed.orders.values())
    return next((each for each in orders if each.order_id == name), None)


def asked_of_keys(recipients: Iterable[str]) -> str:
    """Return a digest of whom the private keys in the state are to be encrypted for."""
    return _digest(sorted(recipients))


def asked_of_certificate(spec: CertificateSpec) -> str:
    """Return a digest of what the tree asks for, its role included; by which challenge is no matter."""
    return _digest(
        {
            "role": spec.role.name,
            "account": spec.role.acme_account_name,
            "identifiers": sorted(each.value for each in spec.identifiers),
            "population": spec.role.csr_identifier_population,
            "key_type": spec.key_type,
            "csr": spec.csr_digest,
            "profile": spec.asked_profile,
            "reuse_key": spec.reuse_key,
            "must_staple": spec.must_staple,
            "preferred_chain": spec.chain_issuer,
            "not_after": spec.requested_end,
            "revoke": spec.revoke,
        }
    )


def asked_of_account(spec: AccountSpec) -> str:
    """Return a digest of what the tree asks for; where a secret is to be found is no matter."""
    return _digest(
        {
            "directory_url": spec.directory_url,
            "email_contacts": sorted(spec.email_contacts),
            "key_type": spec.key_type,
            "terms_of_service_agreed": spec.terms_of_service_agreed,
            "eab_kid": spec.eab_kid,
            "trusted_ca": (spec.trusted_ca or "").strip(),
            "additional_hosts": sorted(spec.additional_hosts),
            "key_max_age": spec.key_max_age.total_seconds() if spec.key_max_age else None,
        }
    )


def _account(account: Account) -> str:
    return _digest(
        {
            "directory_url": account.directory_url,
            "account_url": account.account_url,
            "email_contacts": sorted(account.email_contacts),
            "trusted_ca": (account.trusted_ca or "").strip(),
            "additional_hosts": sorted(account.additional_hosts),
            "keys": [[each.key_version, each.key_type, each.thumbprint] for each in account.account_keys],
            "active_key_version": account.active_key_version,
            "pending_key_version": account.pending_key_version,
        }
    )


def _certificate(certificate: Certificate) -> str:
    return _digest(
        {
            "order_id": certificate.order_id,
            "serial_number": certificate.serial_number,
            "role": certificate.role_name,
            "account": certificate.account_name,
            "identifiers": sorted(each.value for each in certificate.identifiers),
            "key_type": certificate.key_type,
            "csr": certificate.csr_digest,
            "profile": certificate.profile,
            "must_staple": certificate.must_staple,
            "not_after": certificate.requested_end,
            "revocation": _revocation(certificate.revocation),
            "order_anew": certificate.order_anew,
        }
    )


def _order(order: Order) -> str:
    """How far an open order is makes no difference: the same goes on. That the CA has issued it does."""
    under_way = order.is_open and order.stage is not Stage.FETCHING_CERTIFICATE
    problem = order.last_error if order.stage is Stage.ERROR else None
    return _digest(
        {
            "order_id": order.order_id,
            "stage": "under_way" if under_way else order.stage,
            "problem": problem.type if problem else None,
            "role": order.role_name,
            "account": order.account_name,
            "identifiers": sorted(each.value for each in order.identifiers),
            "key_type": order.key_type,
            "csr": order.csr_digest,
            "profile": order.profile,
            "must_staple": order.must_staple,
            "not_after": order.requested_end,
            "revocation": _revocation(order.revocation),
            "retry_wanted": order.retry_wanted,
        }
    )


def _leftovers(leftovers: Leftovers) -> str:
    return _digest(sorted([each.identifier.value, each.challenge_type] for each in leftovers.instructions))


def _revocation(revocation: Revocation | None) -> list[str | None] | None:
    return [revocation.date.isoformat(), revocation.reason, revocation.request] if revocation else None


def _digest(content: object) -> str:
    # Not by RFC 8785, which takes ten times as long: nobody else has to come to the same.
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode('ascii')).hexdigest()}"
