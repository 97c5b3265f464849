"""Entries of `allowed_domains` and `denied_domains`, parsed and in canonical form."""

from __future__ import annotations

import re

from msgspec import Struct

from reconciler.errors import InvalidEntryError, InvalidIdentifierError
from reconciler.model.identifier import parse_identifier
from reconciler.model.labels import DOTS, LONGEST_NAME
from reconciler.policy.globs import Glob

_STAR_LABEL = re.compile(r"[a-z0-9*-]+")


class Entry(Struct, frozen=True):
    """A plain name, or a pattern with `*`.

    Attributes:
        value: the canonical form: A-labels, lower case, no dot at the end.
        glob: the pattern, where the entry has a `*`; only the role's options make it one that counts.
    """

    value: str
    glob: Glob | None = None


def parse_entry(text: str) -> Entry:
    """Return what an entry of `allowed_domains` means; templates must have been filled.

    Raises:
        InvalidEntryError: when it is no name and no pattern of names; says why.
    """
    if "*" in text:
        return _parse_glob(text)
    return Entry(_canonical_name(text))


def parse_denied_entry(text: str) -> Entry:
    """Return what an entry of `denied_domains` means: as above, or a single label (`internal`).

    Raises:
        InvalidEntryError: when nobody can be sure what is denied.
    """
    if "{{" in text or "}}" in text:
        raise InvalidEntryError(
            f"`{text}`: a template; what is denied must not depend on who asks", "write the names themselves"
        )
    if "*" in text or len(_labels(text)) > 1:
        return parse_entry(text)
    label = canonical_label(_labels(text)[0], text)
    if label.isdigit():
        raise InvalidEntryError(f"`{text}`: a number; no name ends with one")
    return Entry(label)


def _labels(text: str) -> list[str]:
    labels = DOTS.split(text)
    return labels[:-1] if len(labels) > 1 and not labels[-1] else labels


def _canonical_name(text: str) -> str:
    name = ".".join(_labels(text))
    if name.endswith("."):
        raise InvalidEntryError(f"`{text}`: an empty label (two dots at the end)")
    try:
        identifier = parse_identifier(name)
    except InvalidIdentifierError as error:
        raise InvalidEntryError(_reason(error, name, text), _hint(text)) from None
    if identifier.type == "ip":
        raise InvalidEntryError(f"`{text}`: an address", "addresses are allowed by `allowed_ip_ranges` only")
    return identifier.value


def _parse_glob(text: str) -> Entry:
    labels = [
        _star_label(label, text) if "*" in label else canonical_label(label, text) for label in _labels(text)
    ]
    glob = Glob.of(".".join(labels))
    if glob.least > LONGEST_NAME:
        raise InvalidEntryError(f"`{text}`: longer than any name ({LONGEST_NAME} characters)")
    return Entry(glob.value, glob)


def _star_label(label: str, text: str) -> str:
    if not label.isascii():
        raise InvalidEntryError(
            f"`{text}`: `{label}` has both `*` and a character beyond ASCII; such a label is encoded "
            "as a whole and cannot be matched in part"
        )
    if not _STAR_LABEL.fullmatch(label.lower()):
        raise InvalidEntryError(f"`{text}`: `{label}` has more than letters, digits, hyphens and `*`")
    return label.lower()


def canonical_label(label: str, text: str) -> str:
    """Return the canonical form of a label without `*`.

    Args:
        label: in any form.
        text: the entry that it is a part of, for errors.

    Raises:
        InvalidEntryError: when it is no label of a name.
    """
    # The last label must not be the one in question: other rules hold for that.
    context = f"{label}.example"
    try:
        value = parse_identifier(context).value
    except InvalidIdentifierError as error:
        raise InvalidEntryError(_reason(error, context, text), _hint(text)) from None
    return value.removesuffix(".example")


def _reason(error: InvalidIdentifierError, parsed: str, text: str) -> str:
    return f"`{text}`: {str(error).removeprefix(f'{parsed!r}: ')}"


def _hint(text: str) -> str | None:
    if text != text.strip():
        return "remove the space around it"
    if "{" in text or "}" in text:
        return "a template has two braces on each side: {{identity.entity.name}}"
    return None


def is_template(entry: str) -> bool:
    """Whether an entry has braces of a template, well-formed or not."""
    return "{{" in entry or "}}" in entry
