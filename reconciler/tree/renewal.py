"""`renew: {before: ...}` as people write it."""

from __future__ import annotations

import re
from datetime import timedelta

from reconciler.model.renewal import RenewalRule

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_RULE = re.compile(r"(?P<number>[0-9]{1,6}(?P<decimals>\.[0-9]{1,6})?)(?P<unit>[%mhdw])")


def parse_renewal(text: str) -> RenewalRule:
    """Return the rule that a text like `33%`, `30d`, `12h`, `90m` or `2w` stands for.

    Raises:
        ValueError: when it is none; says why.
    """
    match = _RULE.fullmatch(text)
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
