"""The schemas of the output, made stricter: a field that no schema describes is an error."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

FOLDER = Path(__file__).parents[3] / "schemas" / "output"
KINDS = sorted(path.name.removesuffix(".schema.json") for path in FOLDER.glob("*.schema.json"))


def check(document: dict[str, Any]) -> None:
    """Raise ValidationError unless `document` is exactly what the schema of its kind describes."""
    schema = _registry().contents(f"https://reconciler.example/schemas/output/{document['kind']}.schema.json")
    Draft202012Validator(schema, registry=_registry(), format_checker=FormatChecker()).validate(document)


def load(kind: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((FOLDER / f"{kind}.schema.json").read_text())
    return schema


@cache
def _registry() -> Registry[Any]:
    schemas = [_closed_document(load(kind)) for kind in KINDS]
    resources: list[Resource[Any]] = [Resource.from_contents(schema) for schema in schemas]
    return resources @ Registry()


def _closed_document(schema: dict[str, Any]) -> dict[str, Any]:
    definitions = schema.pop("$defs", {})
    closed = {name: _inside(each) for name, each in definitions.items()}
    return {**_closed(schema), "$defs": closed}


def _closed(schema: Any) -> Any:  # noqa: ANN401 - a part of a schema
    """Return a schema that allows no fields but those it names, itself or by reference."""
    if not isinstance(schema, dict):
        return schema
    inside = _inside(schema)
    return inside | {"unevaluatedProperties": False} if {"properties", "$ref"} & schema.keys() else inside


def _inside(schema: dict[str, Any]) -> dict[str, Any]:
    """Close what a schema is made of; not itself, for a reference to it may add fields."""
    result = dict(schema)
    for word in ("items", "additionalProperties"):
        if word in result:
            result[word] = _closed(result[word])
    if "properties" in result:
        result["properties"] = {name: _closed(each) for name, each in result["properties"].items()}
    if "anyOf" in result:
        result["anyOf"] = [_closed(each) for each in result["anyOf"]]
    return result
