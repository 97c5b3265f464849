"""From documents to identities: each with the keys that prove it, and none with what is another's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.model.identity import Entity, Identity, SigningKey
from reconciler.tree.signing_keys import parse_signing_key
from reconciler.tree.ssh_blob import UnusableKeyError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.finding import Location
    from reconciler.tree.document import Document
    from reconciler.tree.nodes import Place

# https://github.com/web-flow.gpg: what GitHub signs squashes, edits on the web and merges with.
_GITHUB = frozenset({"5DE3E0509C47EA3CF04A42D34AEE18F83AFDEB23", "968479A1AFF927E37D1A566BB5690EEEBB952194"})
_FINGERPRINT = re.compile(r"[0-9A-F]{40}|[0-9A-F]{64}")
_SHORT_ID = re.compile(r"(?:0X)?(?:[0-9A-F]{8}|[0-9A-F]{16})")
_SHOW_FINGERPRINT = "gpg --fingerprint shows it: 40 hexadecimal digits"


class _Taken:
    """What belongs to one identity only, and the place at which it does."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, str], Location] = {}

    def take(self, document: Document, kind: str, value: str, place: Place) -> None:
        """Take a value for an identity; note an error if it is taken."""
        here = document.source.location(place)
        there = self._places.setdefault((kind, value), here)
        if there != here:
            again = "in this file as well" if there.path == here.path else "another identity's as well"
            message = f"the {kind} `{value[:90]}` is {again}: {there}"
            document.source.error("duplicate-identity", message, place, "remove one of the two")


def build_identities(documents: Iterable[Document]) -> dict[str, Identity]:
    """Return the identities by the names of their files; what is missing or wrong has its default."""
    taken = _Taken()
    return {document.name: _build(document, taken) for document in documents}


def _build(document: Document, taken: _Taken) -> Identity:
    value = document.value
    entity = Entity(
        id=value.get("id", ""),
        name=value.get("name", document.name),
        metadata=value.get("metadata", {}),
        groups=frozenset(value.get("groups", ())),
    )
    if entity.id:
        taken.take(document, "id", entity.id, document.node("id"))
    taken.take(document, "name", entity.name, document.node("name"))
    ssh_keys = tuple(_ssh_keys(document, taken))
    gpg_fingerprints = tuple(_gpg_fingerprints(document, taken))
    if not document.raw.get("ssh_keys") and not document.raw.get("gpg_fingerprints"):
        document.source.warning(
            "proves-nothing",
            "without a key, nothing can prove that this identity has asked for a certificate",
            document.root,
            "add `ssh_keys` or `gpg_fingerprints`",
        )
    return Identity(document.name, entity, document.location, ssh_keys, gpg_fingerprints)


def _ssh_keys(document: Document, taken: _Taken) -> Iterable[SigningKey]:
    for path, line in document.items("ssh_keys"):
        node = document.node(*path)
        try:
            key = parse_signing_key(line)
        except UnusableKeyError as error:
            document.source.error("unusable-key", f"`ssh_keys`: {error}", node, error.hint)
            continue
        taken.take(document, "key", key.fingerprint, node)
        yield key


def _gpg_fingerprints(document: Document, taken: _Taken) -> Iterable[str]:
    for path, text in document.items("gpg_fingerprints"):
        node = document.node(*path)
        fingerprint = "".join(text.split()).upper()
        problem = _fingerprint_problem(fingerprint)
        if problem is not None:
            message, hint = problem
            document.source.error("unusable-key", f"`gpg_fingerprints`: {message}", node, hint)
            continue
        taken.take(document, "key", fingerprint, node)
        yield fingerprint


def _fingerprint_problem(fingerprint: str) -> tuple[str, str] | None:
    """Return what is wrong with a fingerprint without spaces in upper case, and what to do."""
    if _SHORT_ID.fullmatch(fingerprint):
        return "a key id this short can be forged; the whole fingerprint is wanted", _SHOW_FINGERPRINT
    if not _FINGERPRINT.fullmatch(fingerprint):
        return "this is no fingerprint of a GPG key", _SHOW_FINGERPRINT
    if fingerprint in _GITHUB:
        return "GitHub signs with this key for everybody; it is no person's", "remove it"
    return None
