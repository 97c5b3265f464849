"""The JSON documents that commands print, read from their schemas."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tools.reference.schemas import SCHEMAS, type_words
from tools.reference.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.reference.schemas import Schema

_FOLDER = SCHEMAS / "output"
_COMMON = "common.schema.json"
_PART = "part"
_IN_ALL = ("format_version", "kind")


def output_sections() -> str:
    """Return a section for each document, then one for each part that several have in common."""
    documents = [
        json.loads(path.read_text()) for path in sorted(_FOLDER.glob("*.schema.json")) if path.name != _COMMON
    ]
    parts = {name: part for name, part in _parts().items() if "properties" in part}
    return "\n\n".join(
        [
            *(_section(_kind(each), each) for each in documents),
            "## Common parts",
            *(_section(f"{_PART} {name}", part, level=3) for name, part in parts.items()),
            "## Words and texts",
            _simple_parts(),
        ]
    )


def _parts() -> dict[str, Schema]:
    parts: dict[str, Schema] = json.loads((_FOLDER / _COMMON).read_text())["$defs"]
    return parts


def _kind(document: Schema) -> str:
    return str(document["properties"]["kind"]["const"])


def _section(name: str, schema: Schema, level: int = 2) -> str:
    rows = [
        (f"`{path}`", _type(field), _meaning(field))
        for path, field in _fields(schema, "")
        if path not in _IN_ALL
    ]
    base = f"Has the fields of {_reference(schema)}." if "$ref" in schema else ""
    fields = table(("Field", "Type", "Meaning"), rows) if rows else ""
    parts = [f"{'#' * level} {name}", schema["description"], base, fields]
    return "\n\n".join(part for part in parts if part)


def _simple_parts() -> str:
    rows = [
        (f"`{name}`", part.get("description", ""), _type(part))
        for name, part in _parts().items()
        if "properties" not in part
    ]
    return table(("Name", "Meaning", "Form"), rows)


def _fields(schema: Schema, above: str) -> Iterator[tuple[str, Schema]]:
    """Yield path and schema of each field in `schema` itself; what it refers to has a section of its own."""
    for name, field in schema.get("properties", {}).items():
        path = f"{above}{name}"
        yield path, field
        yield from _inner(field, path)


def _inner(field: Schema, path: str) -> Iterator[tuple[str, Schema]]:
    for each in field.get("anyOf", [field]):
        yield from _fields(each, f"{path}.")
        for keyword, step in (("items", "[]"), ("additionalProperties", ".*")):
            if isinstance(each.get(keyword), dict):
                yield from _inner(each[keyword], f"{path}{step}")


def _type(field: Schema) -> str:
    if "anyOf" in field:
        return " or ".join(_type(each) for each in field["anyOf"])
    if "$ref" in field:
        return _reference(field)
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return ", ".join(f"`{word}`" for word in field["enum"])
    if field.get("type") == "array":
        return f"list of {_type(field['items'])}"
    if isinstance(field.get("additionalProperties"), dict):
        return f"mapping to {_type(field['additionalProperties'])}"
    return type_words(field)


def _meaning(field: Schema) -> str:
    part = _parts().get(_referred(field), {}) if "$ref" in field else {}
    return str(field.get("description") or part.get("description", ""))


def _reference(field: Schema) -> str:
    name = _referred(field)
    if name not in _parts():
        return f"[{name}](#{name})"
    return f"[{name}](#{f'{_PART}-{name}' if 'properties' in _parts()[name] else 'words-and-texts'})"


def _referred(field: Schema) -> str:
    """Return the name of a common part, or the kind of a document."""
    return str(field["$ref"]).rpartition("/")[2].removesuffix(".schema.json")
