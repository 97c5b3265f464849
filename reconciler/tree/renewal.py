"""Times as people write them: `renew: {before: ...}`, `not_after`, `max_age`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from reconciler.model.renewal import RenewalRule
from reconciler.model.requested_end import RequestedEnd

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SHORTEST, _LONGEST = timedelta(hours=1), timedelta(days=36500)
_YEARS = (2020, 9998)
_RULE = r"(?P<number>[0-9]{1,6}(?P<decimals>\.[0-9]{1,6})?)(?P<unit>[%mhdw])"


def parse_renewal(text: str) -> RenewalRule:
    """Return the rule that a text like `33%`, `30d`, `12h`, `90m` or `2w` stands for.

    Raises:
        ValueError: when it is none; says why.
    """
    match = re.fullmatch(_RULE, text)
    if match is None or (match["decimals"] and match["unit"] != "%"):
        raise ValueError(
            f"`{text[:30]}` is neither a part of the lifetime (33%) nor a time (30d, 12h, 90m, 2w)"
        )
    number = float(match["number"])
    if match["unit"] == "%":
        if not 0 < number < 100:
            raise ValueError(f"`{text}`: a part of the lifetime lies between 0% and 100%")
        return RenewalRule(fraction=number / 100)
    if not number:
        raise ValueError(f"`{text}`: a certificate must be renewed before it expires")
    return RenewalRule(duration=timedelta(**{_UNITS[match["unit"]]: number}))


def parse_duration(text: str) -> timedelta:
    """Return the time that a text like `30d`, `12h`, `90m` or `2w` stands for.

    Raises:
        ValueError: when it is none; says why.
    """
    match = re.fullmatch(_RULE, text)
    if match is None or match["decimals"] or match["unit"] == "%":
        raise ValueError(f"`{text[:30]}` is no time (30d, 12h, 90m, 2w)")
    duration = timedelta(**{_UNITS[match["unit"]]: float(match["number"])})
    if not timedelta() < duration <= _LONGEST:
        raise ValueError(f"`{text}`: a time between 1 minute and 100 years is wanted")
    return duration


def parse_requested_end(text: str) -> RequestedEnd:
    """Return when a certificate is to end: `30d`, or `2027-01-31T00:00:00Z`.

    Raises:
        ValueError: when it is neither; says why.
    """
    if "T" not in text:
        after = parse_duration(text)
        if after < _SHORTEST:
            raise ValueError(f"`{text}`: a certificate of less than an hour would be ordered again and again")
        return RequestedEnd(after=after)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"`{text[:30]}`: there is no such day or time") from None
    if not _YEARS[0] <= moment.year <= _YEARS[1]:
        raise ValueError(f"`{text}`: a year from {_YEARS[0]} to {_YEARS[1]} is wanted")
    return RequestedEnd(moment=moment)
