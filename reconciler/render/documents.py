"""What all JSON documents are made of. Each has a `format_version`, a `kind`, and a schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from reconciler.model.identifier import Identifier
from reconciler.model.problem import Problem
from reconciler.render.text import clean
from reconciler.render.wording.orders import advice_for

if TYPE_CHECKING:
    from reconciler.model.certificate import CertificateSpec
    from reconciler.model.finding import Location

FORMAT_VERSION = "1.1"
"""The first number grows when an older reader would be misled, the second when fields are added."""

Document = dict[str, Any]


def document(kind: str, **values: object) -> Document:
    """Return a document of a kind."""
    own = {name: value(each) for name, each in values.items()}
    return {"format_version": FORMAT_VERSION, "kind": kind, **own}


def dump(whole: Mapping[str, Any] | Sequence[Any]) -> str:
    """Return a document as text; ASCII only, so that no name can act on a terminal."""
    import json  # what people read needs none of it

    return json.dumps(whole, indent=2) + "\n"


def value(each: object) -> Any:  # noqa: ANN401 - what JSON can say
    """Return a value of the model as JSON says it; the fields of a value keep their names."""
    match each:
        case Identifier():
            return each.value
        case Problem():
            return problem(each)
        case datetime():
            return each.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case timedelta():
            return int(each.total_seconds())
        case StrEnum():
            return str(each)
        case Mapping():
            return {str(name): value(inner) for name, inner in each.items()}
        case tuple() | list():
            return [value(inner) for inner in each]
        case Struct():
            return {name: value(getattr(each, name)) for name in each.__struct_fields__}
        case _:
            return each


def problem(each: Problem) -> Document:
    """Return a problem document, in the members of RFC 8555 section 6.7, with what can be done about it."""
    return {
        "type": each.type,
        "detail": each.detail,
        "status": each.status,
        "identifier": each.identifier,
        "subproblems": [problem(inner) for inner in each.subproblems],
        "help_url": each.help_url,
        "advice": advice_for(each),
    }


def place(location: Location | None) -> Document | None:
    """Return a place in the tree: the file, and line and column from 1."""
    if location is None:
        return None
    return {"path": clean(location.path), "line": location.line, "column": location.column}


def specification(spec: CertificateSpec) -> Document:
    """Return what a certificate is ordered with."""
    return {
        "role_name": spec.role.name,
        "account_name": spec.role.acme_account_name,
        "identifiers": value(spec.identifiers),
        "key_type": str(spec.key_type),
        "csr_digest": spec.csr_digest,
        "profile": spec.asked_profile,
        "reuse_key": spec.reuse_key,
        "must_staple": spec.must_staple,
        "preferred_chain": spec.chain_issuer,
        "not_after": spec.requested_end,
        "challenge_type": value(spec.challenge_type),
    }
