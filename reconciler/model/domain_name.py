"""Domain names in any form, to A-labels: IDNA 2008 (RFC 5890 to 5893) after the mapping of UTS 46."""

from __future__ import annotations

import re
from ipaddress import ip_address

import idna

from reconciler.errors import InvalidIdentifierError
from reconciler.model.characters import describe, is_right_to_left
from reconciler.model.idna_rules import in_plain_words
from reconciler.model.labels import DOTS, LONGEST_NAME

_MAX_LABEL = 63
# More than any valid name has before the mapping composes characters or drops some; bounds the work.
_MAX_TEXT = 4 * LONGEST_NAME
_NO_LDH = re.compile(r"[^a-z0-9-]")
# What programs take for a part of an IPv4 address, in the end for one as a whole: 127.1, 0x7f.0.0.0x1.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def canonical_name(text: str) -> str:
    """Return a name as A-labels in lower case, without a dot at the end; `*.` first for a wildcard.

    Any of the dots of UTS 46 may stand between labels. The asterisk of a wildcard has no other form.

    Raises:
        InvalidIdentifierError: when this is no name; says why, without the name.
    """
    if len(text) > _MAX_TEXT:
        raise InvalidIdentifierError(f"a name has at most {LONGEST_NAME} characters, this has {len(text)}")
    star, *rest = DOTS.split(text, maxsplit=1)
    wildcard = star == "*" and rest != []
    labels = _map(rest[0] if wildcard else text).split(".")
    if len(labels) > 1 and not labels[-1]:
        del labels[-1]
    forms = [_both_forms(label) for label in labels]
    name = ".".join(a_label for a_label, _ in forms)
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        raise InvalidIdentifierError(_reason_for_number(name, wildcard))
    if len(forms) == 1:
        raise InvalidIdentifierError("a single label; an ACME CA wants a full domain name")
    if wildcard:
        name = f"*.{name}"
    if len(name) > LONGEST_NAME:
        raise InvalidIdentifierError(f"a name has at most {LONGEST_NAME} characters, this has {len(name)}")
    _check_directions([u_label for _, u_label in forms])
    return name


def to_unicode(name: str) -> str | None:
    """Return the Unicode form of a canonical name, wildcards included; None when it is no valid name."""
    base = name.removeprefix("*.")
    try:
        return name.removesuffix(base) + idna.decode(base)
    except idna.IDNAError:
        return None


def _map(name: str) -> str:
    if name.isascii():
        return name.lower()
    try:
        # What ASCII may hold is checked label by label, with better reasons.
        return idna.uts46_remap(name, std3_rules=False)
    except idna.IDNAError as error:
        position = error.position or 0
        label = DOTS.split(name[:position])[-1] + DOTS.split(name[position:])[0]
        raise InvalidIdentifierError(in_plain_words(error, label)) from None


def _both_forms(label: str) -> tuple[str, str]:
    """Return the A-label and the U-label of a label that the mapping has left."""
    reason = _bad_label(label)
    if reason:
        raise InvalidIdentifierError(reason)
    try:
        if not label.isascii():
            return idna.alabel(label).decode("ascii"), label
        return label, idna.ulabel(label) if label.startswith("xn--") else label
    except idna.IDNAError as error:
        raise InvalidIdentifierError(in_plain_words(error, label)) from None


def _bad_label(label: str) -> str | None:
    """Return what is wrong with a label whatever its characters are; None for nothing."""
    if not label:
        return "an empty label (two dots in a row, a dot at the start, or nothing at all)"
    if "*" in label:
        return "a wildcard must be the whole first label, an ordinary asterisk (*.example.com)"
    if "_" in label:
        return f"an underscore in {label!r}; host names have letters, digits and hyphens"
    for character in filter(str.isascii, _NO_LDH.findall(label)):
        return f"{describe(character)} in {label!r}; host names have letters, digits and hyphens"
    if label.startswith("-") or label.endswith("-"):
        return f"the label {label!r} starts or ends with a hyphen"
    if label.isascii() and len(label) > _MAX_LABEL:
        return f"the label {label!r} has {len(label)} characters; {_MAX_LABEL} are allowed"
    if label[2:4] == "--" and not (label.isascii() and label.startswith("xn--")):
        return f"the label {label!r} has -- in the third and fourth place, which only A-labels (xn--) have"
    return None


def _check_directions(labels: list[str]) -> None:
    # RFC 5893 section 2: one label with right-to-left characters, and the rule holds for all labels.
    if not any(map(is_right_to_left, labels)):
        return
    for label in labels:
        try:
            idna.check_bidi(label, check_ltr=True)
        except idna.IDNAError as error:
            raise InvalidIdentifierError(in_plain_words(error, label)) from None


def _reason_for_number(name: str, wildcard: bool) -> str:
    try:
        address = ip_address(name)
    except ValueError:
        return (
            "neither an IP address nor a name (its last label is a number; "
            "IPv4 is four decimal numbers up to 255, without zeros before them)"
        )
    if wildcard:
        return f"a wildcard cannot stand for addresses ({address})"
    return f"the address {address} in another form; write {address}"
