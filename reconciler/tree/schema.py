"""The JSON Schemas of the tree: found, loaded, and made ready once for each kind of resource."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.json import decode

from reconciler.tree.accept import acceptor, compiled
from reconciler.tree.coerce import Wanted, wanted_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator


class Kind(StrEnum):
    """The kinds of resources, by the names of their schemas."""

    SETTINGS = "reconciler"
    ACCOUNT = "account"
    ROLE = "role"
    IDENTITY = "identity"
    DNS_PROVIDER = "dns-provider"
    CERTIFICATE = "certificate"

    @property
    def folder(self) -> str:
        """The tree's folder for this kind; nothing for the settings, which stand in the root."""
        return _FOLDERS.get(self, "")


_FOLDERS = {
    Kind.ACCOUNT: "accounts",
    Kind.ROLE: "roles",
    Kind.IDENTITY: "identities",
    Kind.DNS_PROVIDER: "dns-providers",
    Kind.CERTIFICATE: "certificates",
}


class Violation(Struct, frozen=True):
    """One thing that a schema does not allow.

    Attributes:
        keyword: the schema's word that is not satisfied, and what stands beside it.
        path: the keys and indices (from 0) that lead to the value.
        schema: the part of the schema that is about the value.
        message: of the validator; for programmers.
        is_key: whether it is about a key (`value`) of the mapping at `path`.
    """

    keyword: str
    limit: Any
    path: tuple[str | int, ...]
    value: Any
    schema: Mapping[str, Any]
    message: str
    is_key: bool = False


class Schema(Struct, frozen=True):
    """A schema made ready.

    Attributes:
        accepts: says of most valid values that they are; the validator has the last word.
        secret_paths: the fields that hold a secret or say where it is (`writeOnly`), by what leads to them.
        shown_fields: the top-level fields whose lines may be shown; None if all may.
    """

    document: Mapping[str, Any]
    accepts: Callable[[Any], bool]
    wanted: Wanted
    secret_paths: frozenset[tuple[str, ...]]
    shown_fields: frozenset[str] | None

    def violations(self, value: Any) -> Iterator[Violation]:  # noqa: ANN401 - as open as JSON
        """Yield everything about a value that the schema does not allow."""
        if self.accepts(value):
            return
        for error in _validator_class()(self.document).iter_errors(value):
            path, schema = tuple(error.absolute_path), error.schema
            yield Violation(
                keyword=str(error.validator),
                limit=error.validator_value,
                path=path,
                value=error.instance,
                schema=schema if isinstance(schema, dict) else {},
                message=error.message,
                is_key="propertyNames" in list(error.relative_schema_path)[-2:],
            )


def schema_folder() -> Path:
    """Return the folder of the schemas: in the package in a wheel, beside it in the repository."""
    package = Path(__file__).resolve().parent.parent
    packaged = package / "schemas"
    return packaged if packaged.is_dir() else package.parent / "schemas"


@cache
def schema_of(kind: Kind) -> Schema:
    """Return the schema of a kind of resource."""
    document = decode((schema_folder() / f"{kind}.schema.json").read_bytes())
    fields = document["properties"]
    secret_paths = frozenset(_secret_paths(document))
    secret = frozenset(path[0] for path in secret_paths if len(path) == 1)
    return Schema(
        document=document,
        accepts=acceptor(document),
        wanted=wanted_by(document),
        secret_paths=secret_paths,
        shown_fields=frozenset(fields) - secret if secret else None,
    )


def _secret_paths(schema: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, field in schema.get("properties", {}).items():
        if field.get("writeOnly"):
            yield (*path, name)
        else:
            yield from _secret_paths(field, (*path, name))


@contextmanager
def _without(name: str) -> Iterator[None]:
    """Let a library be missing for what is imported meanwhile, if nobody has loaded it yet."""
    hides = name not in sys.modules
    if hides:
        sys.modules[name] = None  # type: ignore[assignment]  # so Python says that there is none
    try:
        yield
    finally:
        if hides:
            del sys.modules[name]


@cache
def _validator_class() -> type[Validator]:
    # jsonschema loads what it finds installed for formats, which no schema here names. This one is a grammar,
    # and takes ten times as long as jsonschema itself.
    with _without("rfc3987_syntax"):
        from jsonschema import Draft7Validator, ValidationError  # slow to import
        from jsonschema.validators import extend

    def pattern(
        _validator: Validator, pattern: str, instance: object, _schema: Mapping[str, Any]
    ) -> Iterator[ValidationError]:
        if isinstance(instance, str) and not compiled(pattern).search(instance):
            yield ValidationError(f"does not match {pattern!r}")

    made: type[Validator] = extend(Draft7Validator, {"pattern": pattern})  # type: ignore[no-untyped-call]
    return made
