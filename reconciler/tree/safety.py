"""`safety`: how much one run may change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.model.safety import Limit, LimitKind, Safety

if TYPE_CHECKING:
    from collections.abc import Mapping

_LIMIT = r"([0-9]{1,6})|(100|[1-9][0-9]?)%"


def build_safety(value: Mapping[str, Any]) -> Safety:
    """Return the limits of the field `safety`; the schema has seen to their form."""
    return Safety(**{kind: parse_limit(str(value[kind])) for kind in LimitKind if kind in value})


def parse_limit(text: str) -> Limit:
    """Return the limit that a text like `5` or `10%` stands for.

    Raises:
        ValueError: when it is none; says why.
    """
    match = re.fullmatch(_LIMIT, text)
    if match is None:
        raise ValueError(
            f"`{text[:30]}` is no limit; write a number (5; 0 allows none) or a part of the certificates "
            "that are known (1% to 100%)"
        )
    return Limit(int(match[1])) if match[1] else Limit(int(match[2]), is_percent=True)
