"""Whether CAA records let a CA issue (RFC 8659), to an account and by a challenge (RFC 8657)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.model.caa import CaaObjection, CaaRecord, CaaVerdict, Obstacle

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

ISSUE, ISSUE_WILD = "issue", "issuewild"
_KNOWN = frozenset({ISSUE, ISSUE_WILD, "iodef"})

# The grammar of RFC 8659 section 4.2; what does not keep to it counts as `;`: nobody may issue.
_WSP = " \t"
_LABEL = r"[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*"
_ISSUER = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_TAG = re.compile(_LABEL)
_VALUE = re.compile(r"[\x21-\x3a\x3c-\x7e]*")


class CaaQuestion(Struct, frozen=True):
    """Who wants to issue what.

    Attributes:
        is_wildcard: whether it is for a wildcard name.
        issuers: what the CA calls itself (`caaIdentities` of its directory); empty where it does not say.
        account_url: of the account; empty where it has none yet.
        challenge_type: by which the name will be validated; None where that is not known, and not judged.
    """

    is_wildcard: bool
    issuers: Collection[str]
    account_url: str = ""
    challenge_type: str | None = None


class _Value(Struct, frozen=True):
    """The value of an issue or issuewild property; no issuer means nobody."""

    issuer: str
    parameters: tuple[tuple[str, str], ...]


def judge_caa(records: Sequence[CaaRecord], question: CaaQuestion) -> CaaVerdict:
    """Say whether the CA may issue.

    Args:
        records: all of the name that RFC 8659 section 3 leads to; none means that everybody may.
        question: who wants to issue what.
    """
    unknown = [each for each in records if each.is_critical and each.tag.lower() not in _KNOWN]
    if unknown:
        return CaaVerdict(False, tuple(CaaObjection(each, Obstacle.UNKNOWN_CRITICAL) for each in unknown))
    relevant = _relevant(records, is_wildcard=question.is_wildcard)
    objections = []
    for record in relevant:
        obstacle = _obstacle(record, question)
        if obstacle is None and question.issuers:
            return CaaVerdict(True)
        if obstacle is not None:
            objections.append(CaaObjection(record, obstacle))
    if len(objections) == len(relevant):
        return CaaVerdict(False, tuple(objections)) if relevant else CaaVerdict(True)
    return CaaVerdict(None)


def _relevant(records: Sequence[CaaRecord], *, is_wildcard: bool) -> list[CaaRecord]:
    """Return the properties that count: for a wildcard `issuewild`, if there is any (section 4.3)."""
    wild = [each for each in records if each.tag.lower() == ISSUE_WILD] if is_wildcard else []
    return wild or [each for each in records if each.tag.lower() == ISSUE]


def _obstacle(record: CaaRecord, question: CaaQuestion) -> Obstacle | None:
    """Return what keeps one record from letting the CA issue; without issuers, all but the other CA."""
    value = _parse(record.value)
    if value is None:
        return Obstacle.MALFORMED
    if not value.issuer:
        return Obstacle.NOBODY
    issuers = {each.lower().rstrip(".") for each in question.issuers}
    if issuers and value.issuer not in issuers:
        return Obstacle.OTHER_CA
    accounts, methods = _named(value, "accounturi"), _named(value, "validationmethods")
    # Of several accounts none can be meant (RFC 8657 section 3); CAs see several lists of methods likewise.
    if len(accounts) > 1 or len(methods) > 1:
        return Obstacle.MALFORMED
    if accounts and accounts[0] != question.account_url:
        return Obstacle.OTHER_ACCOUNT if question.account_url else Obstacle.NO_ACCOUNT_YET
    if methods and question.challenge_type and question.challenge_type not in methods[0].split(","):
        return Obstacle.OTHER_CHALLENGE
    return None


def _named(value: _Value, name: str) -> list[str]:
    return [given for tag, given in value.parameters if tag == name]


def _parse(text: str) -> _Value | None:
    """Return what a value says; None where it does not keep to the grammar (RFC 8659 section 4.2)."""
    issuer, semicolon, rest = text.partition(";")
    issuer = issuer.strip(_WSP)
    if issuer and not _ISSUER.fullmatch(issuer):
        return None
    if not semicolon or not rest.strip(_WSP):
        return _Value(issuer.lower(), ())
    parameters = []
    for parameter in rest.split(";"):
        tag, equals, value = parameter.partition("=")
        tag, value = tag.strip(_WSP), value.strip(_WSP)
        if not (equals and _TAG.fullmatch(tag) and _VALUE.fullmatch(value)):
            return None
        parameters.append((tag.lower(), value))
    return _Value(issuer.lower(), tuple(parameters))
