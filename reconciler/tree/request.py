"""What a certificate's file asks for, without how it is written: role, identifiers, CSR.

Whoever last changed this is who asked for the certificate. Comments, the order of identifiers, the form of
names, YAML or JSON, and the fields that say how (`renew`, `challenge_type`, `profile`) are no part of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from reconciler.errors import InvalidIdentifierError
from reconciler.model.identifier import parse_identifier
from reconciler.tree.coerce import to_value
from reconciler.tree.csr_text import path_of_file, request_digest
from reconciler.tree.document import parse, parse_plain
from reconciler.tree.files import decode_text
from reconciler.tree.schema import Kind, schema_of
from reconciler.tree.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.model.certificate import CertificateSpec

_ALTERNATIVES = frozenset({"identifiers", "csr", "csr_file"})


class Request(Struct, frozen=True):
    """What is asked for, for comparison.

    Attributes:
        identifiers: in canonical form; none where a CSR has them.
        csr: the SHA-256 (hex) of the CSR's DER.
    """

    role: str
    identifiers: frozenset[str]
    csr: str | None = None


def request_of(path: str, data: bytes, read_file: Callable[[str], bytes | None]) -> Request | None:
    """Return what the file of a certificate asked for, as it was at some time; never raises.

    Args:
        path: of the file, in the tree; its suffix says how it is read.
        data: its content.
        read_file: gives other files of the same time by their paths in the tree; None where there is none.

    Returns:
        None if the file was no readable request then.
    """
    fields = _fields(path, data)
    role = fields.get("role")
    given = fields.keys() & _ALTERNATIVES
    if not isinstance(role, str) or not role or len(given) != 1:
        return None
    if "identifiers" in given:
        identifiers = _identifiers(fields["identifiers"])
        return Request(role, identifiers) if identifiers else None
    text = fields.get("csr") if "csr" in given else _content(path, fields["csr_file"], read_file)
    return Request(role, frozenset(), request_digest(text)) if isinstance(text, str) and text else None


def request_of_spec(spec: CertificateSpec) -> Request:
    """Return what a certificate of the tree at hand asks for."""
    if spec.csr_digest is not None:
        return Request(spec.role.name, frozenset(), spec.csr_digest)
    return Request(spec.role.name, frozenset(each.value for each in spec.identifiers))


def csr_path_of(path: str, data: bytes) -> str | None:
    """Return the path in the tree of the other file that a certificate's file depends on, if there is one."""
    # Only an escape could hide the name of the field.
    if b"csr_file" not in data and b"\\" not in data:
        return None
    file = _fields(path, data).get("csr_file")
    return path_of_file(path, file) if isinstance(file, str) else None


def _fields(path: str, data: bytes) -> dict[str, Any]:
    """Return the fields of a file; none if a reader could be in doubt about what it says."""
    source = Source(path)
    if not decode_text(source, data):
        return {}
    wanted = schema_of(Kind.CERTIFICATE).wanted
    plain = parse_plain(source, wanted)
    if plain is not None:
        return plain[1]
    root = parse(source)
    if root is None or source.findings:
        return {}
    fields: dict[str, Any] = to_value(root, wanted)
    return fields


def _identifiers(values: Any) -> frozenset[str]:  # noqa: ANN401 - as open as JSON
    """Return identifiers in canonical form; none if one of them is none."""
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        return frozenset()
    try:
        return frozenset(parse_identifier(each).value for each in values)
    except InvalidIdentifierError:
        return frozenset()


def _content(path: str, file: Any, read_file: Callable[[str], bytes | None]) -> str | None:  # noqa: ANN401
    target = path_of_file(path, file) if isinstance(file, str) else None
    data = read_file(target) if target else None
    return None if data is None else data.decode("latin-1")
