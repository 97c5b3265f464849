"""Identifiers: what a certificate is for (RFC 8555 section 9.7.7, RFC 8738 for addresses)."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Literal

from msgspec import Struct

from reconciler.errors import InvalidIdentifierError
from reconciler.model.labels import LONGEST_NAME

# What nearly all names are, and what needs no table to be known as valid: letters, digits, hyphens, but no
# "--" in the third and fourth place, and a letter first in the last label. The rest is for domain_name.py.
_PLAIN_NAME = re.compile(
    r"(?:\*\.)?(?:(?!-|..--)[a-z0-9-]{1,63}+(?<!-)\.)+(?!..--)[a-z][a-z0-9-]{0,62}+(?<!-)"
)


class Identifier(Struct, frozen=True, order=True, gc=False):
    """One name or address, in canonical form: an A-label name in lower case, or an IP address.

    Attributes:
        type: `dns` or `ip`, as in the protocol.
        value: for `dns` the A-label form without a trailing dot (`*.` first for a wildcard);
            for `ip` the canonical text of the address (RFC 5952 for IPv6).
    """

    type: Literal["dns", "ip"]
    value: str

    @property
    def is_wildcard(self) -> bool:
        """Whether this is a wildcard name (RFC 8555 section 7.1.3)."""
        return self.value.startswith("*.")

    @property
    def base(self) -> str:
        """The name without the wildcard label: what the CA authorizes and challenges."""
        return self.value.removeprefix("*.")

    @property
    def text(self) -> str:
        """For people: the name, followed by its Unicode form where that is another.

        The A-label form comes first, whatever the direction of the Unicode form, and a letter from left to
        right comes after it, so that it cannot reorder the rest of a line. Renderers still `clean` it.
        """
        if "xn--" not in self.value:
            return self.value
        from reconciler.model.characters import is_right_to_left
        from reconciler.model.domain_name import to_unicode

        unicode_form = to_unicode(self.value)
        if unicode_form is None:
            return self.value
        note = ", right to left" if is_right_to_left(unicode_form) else ""
        return f"{self.value} ({unicode_form}{note})"

    def __str__(self) -> str:
        """Return the canonical value."""
        return self.value


def parse_identifier(text: str) -> Identifier:
    """Return the identifier that a person means by `text`.

    Names in any form (Unicode, A-labels, upper case, a dot at the end) give one identifier: IDNA 2008 with
    UTS 46 mapping.

    Raises:
        InvalidIdentifierError: when the text is no DNS name and no IP address; says why.
    """
    # A few characters beyond ASCII have an ASCII letter as their lower case; UTS 46 maps them to the same.
    name = text.lower().removesuffix(".")
    if _PLAIN_NAME.fullmatch(name) and len(name) <= LONGEST_NAME:
        return Identifier("dns", name)
    try:
        address = _parse_address(text)
        if address is not None:
            return Identifier("ip", address)
        from reconciler.model.domain_name import canonical_name

        return Identifier("dns", canonical_name(text))
    except InvalidIdentifierError as error:
        raise InvalidIdentifierError(f"{text!r}: {error}") from None


def _parse_address(text: str) -> str | None:
    # ip_address is slow to say that a text is no address.
    if ":" not in text and not text[-1:].isdigit():
        return None
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if "%" in text:
        raise InvalidIdentifierError("an address with a zone (after %) means nothing to a CA")
    if address.version == 6 and address.ipv4_mapped:
        # Python's versions do not agree on how to write it, and no host is reached by it.
        raise InvalidIdentifierError(f"IPv4 in the form of IPv6; write {address.ipv4_mapped}")
    return str(address)
