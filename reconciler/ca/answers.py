"""A CA's orders as values of the port: strict in what is relied on, forgiving where the RFC is open."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING

from reconciler.ca.failures import GarbledAnswerError
from reconciler.ca.fields import fields_of
from reconciler.ca.port import AuthorizationAnswer, OrderAnswer
from reconciler.ca.problems import problem_from
from reconciler.ca.retry_after import retry_after
from reconciler.ca.texts import clean, https_url
from reconciler.model.identifier import Identifier
from reconciler.model.order import Challenge, Status
from reconciler.model.role import ChallengeType

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.ca.fields import Fields
    from reconciler.ca.transport import Answer

# RFC 8555 section 7.1.6; "expired" is no status of an order there, but some CAs say it.
_ORDER = frozenset(
    {Status.PENDING, Status.READY, Status.PROCESSING, Status.VALID, Status.INVALID, Status.EXPIRED}
)
_ANY = frozenset(Status)
# 128 bits of entropy are 22 characters (RFC 8555 section 8.1); a token becomes the name of a file.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22,256}", re.ASCII)
_NAME = re.compile(r"(\*\.)?[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*", re.ASCII)
_LONGEST_NAME = 255
_MOST_NAMES = 20
# There are as many as there are types of challenges; all are kept in the order's record.
_MOST_CHALLENGES = 50
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*", re.ASCII)


def order(answer: Answer, now: datetime, url: str | None = None) -> OrderAnswer:
    """Return an order (RFC 8555 section 7.1.3).

    Args:
        answer: to any request that is answered with an order.
        now: for `Retry-After`.
        url: the order's; None for a new order, whose answer has to name it, and where to finalize it.
    """
    fields = fields_of(answer)
    error, profile = fields.child("error"), fields.text("profile")
    return OrderAnswer(
        url=url or location(answer),
        status=fields.status(_ORDER),
        identifiers=tuple(_identifier(each) for each in fields.objects("identifiers")),
        authorizations=tuple(
            fields.checked_url(f"authorizations[{index}]", each)
            for index, each in enumerate(fields.items("authorizations"))
        ),
        finalize=fields.url_text("finalize") if url else fields.needed_url("finalize"),
        certificate=fields.url_text("certificate"),
        expires=fields.date("expires"),
        error=problem_from(error.members) if error else None,
        retry_after=retry_after(answer.headers.get("Retry-After"), now),
        profile=clean(profile, 100) if profile else None,
        not_after=fields.date("notAfter"),
    )


def authorization(answer: Answer, now: datetime) -> AuthorizationAnswer:
    """Return an authorization (RFC 8555 section 7.1.4).

    Some CAs leave the `*.` on a wildcard's name; the RFC has it without.
    """
    fields = fields_of(answer)
    place = fields.child("identifier")
    if place is None:
        raise fields.error("identifier", "is missing")
    identifier = _identifier(place)
    return AuthorizationAnswer(
        url=answer.url,
        identifier=Identifier(identifier.type, identifier.base),
        wildcard=fields.flag("wildcard") or identifier.is_wildcard,
        status=fields.status(_ANY),
        challenges=tuple(_challenge(each) for each in fields.objects("challenges", _MOST_CHALLENGES)),
        expires=fields.date("expires"),
        retry_after=retry_after(answer.headers.get("Retry-After"), now),
    )


def challenge(answer: Answer) -> Challenge:
    """Return a challenge (RFC 8555 section 7.1.5)."""
    return _challenge(fields_of(answer))


def location(answer: Answer) -> str:
    """Return the URL in `Location`, which must be there."""
    url = answer.location
    if not url:
        raise GarbledAnswerError(f"{answer.url}: the answer names no URL (the header Location is missing)")
    https_url(url, f"{answer.url}: the answer's header Location")
    return url


def domain_names(given: object) -> tuple[str, ...]:
    """Return the names in a list, at most twenty, in lower case; what is none is left out.

    What is no list counts as an empty one.
    """
    listed = given[:_MOST_NAMES] if isinstance(given, list) else []
    names = (each.lower().removesuffix(".") for each in listed if isinstance(each, str))
    return tuple(dict.fromkeys(each for each in names if _HOST.fullmatch(each)))


def _challenge(fields: Fields) -> Challenge:
    """Return a challenge; types that are not known here need not have a token, nor one of a known form."""
    kind = fields.needed("type")
    token = fields.text("token") or ""
    status = fields.status(_ANY)
    needs_token = kind in frozenset(ChallengeType) - {ChallengeType.DNS_PERSIST_01}
    if needs_token and not _TOKEN.fullmatch(token) and (token or status is Status.PENDING):
        raise fields.error("token", f"is no token of 22 to 256 base64url characters: {clean(token, 60)!r}")
    error = fields.child("error")
    return Challenge(
        type=clean(kind, 100),
        url=fields.needed_url("url"),
        status=status,
        token=token if _TOKEN.fullmatch(token) else "",
        error=problem_from(error.members) if error else None,
        issuer_domain_names=_issuers(fields) if kind == ChallengeType.DNS_PERSIST_01 else (),
    )


def _issuers(fields: Fields) -> tuple[str, ...]:
    """Return what the CA calls itself in the DNS (draft-ietf-acme-dns-persist)."""
    if fields.members.get("issuer-domain-names") is None:
        return ()
    return domain_names(fields.items("issuer-domain-names"))


def _identifier(fields: Fields) -> Identifier:
    """Return an identifier in canonical form, in whatever case or form the CA echoes it."""
    kind, value = fields.needed("type"), fields.needed("value")
    if kind == "ip":
        try:
            return Identifier("ip", str(ip_address(value)))
        except ValueError:
            raise fields.error("value", f"is no IP address: {clean(value, 60)!r}") from None
    name = value.lower().removesuffix(".")
    if kind != "dns":
        raise fields.error("type", f"is {clean(kind, 60)!r}, which was not asked for")
    if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        raise fields.error("value", f"is no DNS name: {clean(value, 60)!r}")
    return Identifier("dns", name)
