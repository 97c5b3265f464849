"""What a CA answers about itself and about an account, as values of the port."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from reconciler.ca.answers import domain_names, location
from reconciler.ca.fields import Fields, fields_of
from reconciler.ca.port import AccountAnswer, Directory
from reconciler.ca.texts import clean
from reconciler.model.order import Status

if TYPE_CHECKING:
    from reconciler.ca.transport import Answer

_ANY = frozenset(Status)
_MOST_ORDERS = 10_000
_MOST_PROFILES = 100


def directory(fields: Fields) -> Directory:
    """Return what a directory says of the CA (RFC 8555 section 7.1.1, RFC 9773 section 3)."""
    renewal_info = fields.usable_url("renewalInfo") is not None
    meta = fields.child("meta")
    if meta is None:
        return Directory(renewal_info=renewal_info)
    terms = meta.text("termsOfService")
    profiles = meta.child("profiles")
    return Directory(
        terms_of_service=clean(terms, 500) if terms else None,
        external_account_required=meta.flag("externalAccountRequired"),
        profiles=tuple(clean(each, 100) for each in islice(profiles.members, _MOST_PROFILES))
        if profiles
        else (),
        renewal_info=renewal_info,
        caa_identities=domain_names(meta.members.get("caaIdentities")),
    )


def account(answer: Answer) -> AccountAnswer:
    """Return the account that newAccount made or found (RFC 8555 section 7.3); the answer has to name it."""
    return _account(fields_of(answer), location(answer))


def known_account(answer: Answer, url: str, presumed: Status | None = None) -> AccountAnswer:
    """Return an account whose URL was asked (RFC 8555 section 7.1.2).

    Args:
        answer: to that request.
        url: the account's.
        presumed: the status where the answer does not say it; None where it has to. The answer to a change
            may be empty: what was asked for was done.
    """
    fields = Fields({}, answer.url) if presumed and not answer.body.strip() else fields_of(answer)
    return _account(fields, url, presumed)


def listed_orders(answer: Answer) -> list[str]:
    """Return the URLs on one page of a list of orders (RFC 8555 section 7.1.2.1)."""
    fields = fields_of(answer)
    return [
        fields.checked_url(f"orders[{index}]", each)
        for index, each in enumerate(fields.items("orders", _MOST_ORDERS))
    ]


def _account(fields: Fields, url: str, presumed: Status | None = None) -> AccountAnswer:
    contact = fields.items("contact") if fields.members.get("contact") is not None else []
    unsaid = presumed if fields.members.get("status") is None else None
    return AccountAnswer(
        url=url,
        status=unsaid or fields.status(_ANY),
        contact=tuple(clean(each, 300) for each in contact if isinstance(each, str)),
        orders=fields.usable_url("orders"),
    )
