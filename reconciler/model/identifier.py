"""Identifiers: what a certificate is for (RFC 8555 section 9.7.7, RFC 8738 for addresses)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal

from reconciler.errors import InvalidIdentifierError

# Letters, digits, hyphens; what needs no IDNA table to be known as valid. "xn--" and its like ("--" in the
# third and fourth place) are left to the idna package.
_LDH_LABEL = re.compile(r"(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_MAX_NAME = 253


@dataclass(frozen=True, slots=True, order=True)
class Identifier:
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
        """For people: the name, followed by its Unicode form where that is another."""
        if "xn--" not in self.value:
            return self.value
        import idna

        try:
            return f"{self.value} ({idna.decode(self.base)})"
        except idna.IDNAError:
            return self.value

    def __str__(self) -> str:
        """Return the canonical value."""
        return self.value


def parse_identifier(text: str) -> Identifier:
    """Return the identifier that a person means by `text`.

    Unicode, upper case and a trailing dot are normalised (IDNA 2008 with UTS 46 mapping).

    Raises:
        InvalidIdentifierError: when the text is no DNS name and no IP address; says why.
    """
    address = _parse_address(text)
    if address is not None:
        return Identifier("ip", address)
    wildcard = text.startswith("*.")
    name = text[2:] if wildcard else text
    canonical = _canonical_name(name, text)
    return Identifier("dns", f"*.{canonical}" if wildcard else canonical)


def _parse_address(text: str) -> str | None:
    # Most texts are names, for which ip_address is slow to say that they are not addresses.
    if ":" not in text and not text[-1:].isdigit():
        return None
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if "%" in text:
        raise InvalidIdentifierError(f"{text!r}: an address with a zone (after %) means nothing to a CA")
    if address.version == 6 and address.ipv4_mapped:
        # Python's versions do not agree on how to write it, and no host is reached by it.
        raise InvalidIdentifierError(f"{text!r}: IPv4 in the form of IPv6; write {address.ipv4_mapped}")
    return str(address)


def _canonical_name(name: str, original: str) -> str:
    lowered = name.lower().removesuffix(".")
    labels = lowered.split(".")
    if not all(_LDH_LABEL.fullmatch(label) for label in labels):
        lowered = _to_ascii(lowered, original)
        labels = lowered.split(".")
    if len(lowered) > _MAX_NAME:
        raise InvalidIdentifierError(
            f"{original!r}: a name has at most {_MAX_NAME} characters, this has {len(lowered)}"
        )
    if len(labels) == 1:
        raise InvalidIdentifierError(f"{original!r}: a single label; an ACME CA wants a full domain name")
    if labels[-1].isdigit():
        raise InvalidIdentifierError(
            f"{original!r}: neither an IP address nor a name (its last label is a number)"
        )
    return lowered


def _to_ascii(name: str, original: str) -> str:
    for label in name.split("."):
        reason = _bad_label(label)
        if reason:
            raise InvalidIdentifierError(f"{original!r}: {reason}")
    import idna

    try:
        return idna.encode(name, uts46=True, transitional=False).decode("ascii")
    except idna.IDNAError as error:
        raise InvalidIdentifierError(f"{original!r}: {error}") from None


def _bad_label(label: str) -> str | None:
    if not label:
        return "an empty label (two dots in a row, or a dot at the start)"
    if "*" in label:
        return "a wildcard must be the whole first label (*.example.com)"
    if "_" in label:
        return f"an underscore in {label!r}; host names have letters, digits and hyphens"
    if label.startswith("-") or label.endswith("-"):
        return f"the label {label!r} starts or ends with a hyphen"
    if label.isascii() and len(label) > 63:
        return f"the label {label!r} has {len(label)} characters; 63 are allowed"
    return None
