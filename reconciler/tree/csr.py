"""`csr` and `csr_file` of a certificate: a request that was made elsewhere, read and checked."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.errors import InvalidRequestError
from reconciler.files import read_regular
from reconciler.tree.csr_text import path_of_file
from reconciler.tree.private_keys import HINT, MESSAGE, holds_private_key

if TYPE_CHECKING:
    from reconciler.model.account import KeyType
    from reconciler.model.identifier import Identifier
    from reconciler.tree.document import Document, Path

_MAX_BYTES = 64 * 1024


class GivenRequest(Struct, frozen=True):
    """A CSR of the tree, found good.

    Attributes:
        pem: as every program writes it.
        digest: the SHA-256 (hex) of its DER.
        path: of the field that gives it.
    """

    pem: str
    digest: str
    identifiers: tuple[Identifier, ...]
    key_type: KeyType
    path: Path


def read_given_request(document: Document, root: str) -> GivenRequest | None:
    """Return the CSR that a certificate's file gives or names; None if there is none, or it is wrong.

    Args:
        document: the certificate's file.
        root: the real path of the tree's root.
    """
    given = [field for field in ("identifiers", "csr", "csr_file") if field in document.raw]
    text: str | None = None
    if given == ["csr"]:
        text = document.value.get("csr")
    elif given == ["csr_file"] and "csr_file" in document.value:
        text = _content(document, document.value["csr_file"], root)
    return None if text is None else _parsed(document, given[0], text)


def _parsed(document: Document, field: str, text: str) -> GivenRequest | None:
    from reconciler.pki import read_csr  # slow to import, and few trees have a CSR

    source, node = document.source, document.node(field)
    if holds_private_key(text):
        source.error("private-key", f"`{field}`: {MESSAGE}", node, HINT)
        return None
    try:
        request = read_csr(text)
    except InvalidRequestError as error:
        source.error("invalid-csr", f"`{field}`: {error}", node)
        return None
    return GivenRequest(request.pem, request.digest, request.identifiers, request.key_type, (field,))


def _content(document: Document, file: str, root: str) -> str | None:
    """Return the text of the file that `csr_file` names; None, with a finding, if it cannot be had."""
    source, node = document.source, document.node("csr_file")
    path = path_of_file(source.path, file)
    if path is None:
        folder = posixpath.dirname(source.path)
        hint = f"put it into the tree; the path is relative to `{folder}`"
        source.error("bad-csr-file", f"`csr_file`: `{file[:60]}` leads out of the tree", node, hint)
        return None
    full = os.path.join(root, path)  # noqa: PTH118 - a string, as in the walk
    if os.path.realpath(full) != full:
        # Git's history would show the link, not who has changed what it leads to.
        message = f"`csr_file`: the path `{path}` leads through a link"
        source.error("bad-csr-file", message, node, "name the file itself")
        return None
    try:
        data = read_regular(full, _MAX_BYTES, follow_links=False)
    except OSError as error:
        message = f"`csr_file`: `{path}` cannot be read: {error.strerror}"
        source.error("bad-csr-file", message, node, "the path is relative to the folder of this file")
        return None
    if data is None:
        source.error("bad-csr-file", f"`csr_file`: `{path}` is no regular file", node)
        return None
    if len(data) > _MAX_BYTES:
        source.error("bad-csr-file", f"`csr_file`: `{path}` is larger than 64 KiB", node)
        return None
    return data.decode("latin-1")
