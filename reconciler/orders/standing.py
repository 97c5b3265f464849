"""The standing record of dns-persist-01: it names CA and account, and serves every later order.

draft-ietf-acme-dns-persist; its syntax is that of a CAA record's issue value (RFC 8659 section 4.2).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.model.role import ChallengeType
from reconciler.orders.record_names import record_name

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from reconciler.model.identifier import Identifier

FOR_WILDCARD = "; policy=wildcard"
"""The end of a value that serves a name and the wildcard over it."""

_PARAMETER = re.compile(r"([A-Za-z0-9-]+)[ \t]*=[ \t]*([\x21-\x3A\x3C-\x7E]*)")
_SECONDS = re.compile(r"[0-9]{1,15}")
STANDING_TTL = 3600
"""Seconds: it changes as seldom as the account does."""


class StandingRecord(Struct, frozen=True):
    """What has to stand in the DNS for one name and account, and a CAA record that goes with it.

    Attributes:
        name, value: of the TXT record.
        caa_name, caa_tag, caa_value: of the CAA record (RFC 8659, RFC 8657), which lets only this account of
            this CA have certificates for the name, by these challenges. It is advice; no CA needs it.
    """

    name: str
    value: str
    caa_name: str
    caa_tag: str
    caa_value: str


def standing_record(
    identifier: Identifier,
    account_url: str,
    issuer: str,
    methods: Collection[ChallengeType] = (ChallengeType.DNS_PERSIST_01,),
    *,
    with_wildcard: bool = False,
) -> StandingRecord:
    """Return the record that lets an account have an identifier's certificates, now and later.

    Args:
        identifier: a name; a wildcard needs `policy=wildcard`.
        account_url: of the account (RFC 8657 section 3: `accounturi`).
        issuer: one of the CA's issuer domain names.
        methods: the types of challenges that the CAA record is to allow.
        with_wildcard: whether the record is to serve the wildcard over the name as well: one serves both.
    """
    policy = FOR_WILDCARD if identifier.is_wildcard or with_wildcard else ""
    return StandingRecord(
        name=record_name(ChallengeType.DNS_PERSIST_01, identifier, account_url),
        value=f"{issuer}; accounturi={account_url}{policy}",
        caa_name=identifier.base,
        caa_tag="issuewild" if identifier.is_wildcard else "issue",
        caa_value=f"{issuer}; accounturi={account_url}; validationmethods={','.join(sorted(methods))}",
    )


def stands(
    text: str, identifier: Identifier, account_url: str, issuers: Collection[str], now: datetime
) -> bool:
    """Say whether a TXT value at the name of the record lets the account have the identifier's certificates.

    Args:
        text: the value; from anybody.
        identifier: a name.
        account_url: of the account.
        issuers: what the CA calls itself.
        now: the time; a record may say until when it holds (`persistUntil`, in seconds since 1970).
    """
    # As strict as a CA: a record that it finds malformed would cost the order.
    if not text.isascii():
        return False
    issuer, *parameters = (part.strip(" \t") for part in text.split(";"))
    if issuer.lower().rstrip(".") not in {each.lower().rstrip(".") for each in issuers}:
        return False
    given: dict[str, str] = {}
    for parameter in parameters:
        match = _PARAMETER.fullmatch(parameter)
        if match is None or match[1].lower() in given:
            return False
        given[match[1].lower()] = match[2]
    until = given.get("persistuntil")
    if until is not None and not (_SECONDS.fullmatch(until) and int(until) > now.timestamp()):
        return False
    covers = not identifier.is_wildcard or given.get("policy", "").lower() == "wildcard"
    return covers and given.get("accounturi") == account_url
