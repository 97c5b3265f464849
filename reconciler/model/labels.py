"""What is known of names before they are parsed: where their labels end, and how long they may be."""

from __future__ import annotations

import re

DOTS = re.compile("[.\u3002\uff0e\uff61]")
"""What stands between labels (UTS 46 section 4)."""

LONGEST_NAME = 253
"""Characters of a name in its canonical form (RFC 1035 section 2.3.4, without the octets of the wire)."""


def without_underscored_labels(name: str) -> str:
    """Return the name that a record's name was made of, by labels that begin with `_` in front (RFC 8552).

    >>> without_underscored_labels("_acme-challenge.www.example.com")
    'www.example.com'
    """
    while name.startswith("_"):
        name = name.partition(".")[2]
    return name
