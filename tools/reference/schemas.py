"""The fields of files and of documents, read from their JSON Schemas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tools.reference.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMAS = Path(__file__).parents[2] / "schemas"
_WORDS = {
    "string": "text",
    "boolean": "true or false",
    "integer": "whole number",
    "number": "number",
    "object": "mapping",
    "array": "list",
    "null": "null",
}

Schema = dict[str, Any]


def resource_fields(name: str) -> str:
    """Return the fields of a kind of file: an example, an overview, and a section for each field."""
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    found = list(_fields(schema, ""))
    rows = [
        (f"[`{path}`](#{_anchor(path)})", type_words(field), _default(field, required=required))
        for path, field, required in found
    ]
    overview = table(("Field", "Type", "Default"), rows)
    example = "# or\n".join(_yaml(each) for each in schema["examples"])
    parts = [f"```yaml\n{example}```", overview]
    return "\n\n".join([schema["description"], *parts, *(_section(*each) for each in found)])


def _fields(schema: Schema, above: str) -> Iterator[tuple[str, Schema, bool]]:
    """Yield path, schema and whether it is required for each field, outer ones first."""
    for name, field in schema.get("properties", {}).items():
        yield f"{above}{name}", field, name in schema.get("required", [])
        yield from _fields(field, f"{above}{name}.")


def _section(path: str, field: Schema, required: bool) -> str:
    presence = "Required" if required else f"Default: {_default(field, required=False)}"
    facts = [f"- Type: {type_words(field)}", f"- {presence}"]
    choices = field.get("enum") or field.get("items", {}).get("enum")
    if choices:
        facts.append(f"- One of: {', '.join(f'`{choice}`' for choice in choices)}")
    facts += _limits(field)
    examples = [_example(path.rpartition(".")[2], each) for each in field.get("examples", [])]
    separated = "\n# or\n".join(examples)
    code = f"```yaml\n{separated}\n```" if examples else ""
    return "\n\n".join(part for part in (f"## {path}", field["description"], "\n".join(facts), code) if part)


def _limits(field: Schema) -> list[str]:
    words = {
        "patternErrorMessage": "Form: {}",
        "minItems": "At least {} in the list",
        "maxItems": "At most {} in the list",
        "minimum": "At least {}",
        "maximum": "At most {}",
    }
    facts = [f"- {words[word].format(_form(field[word]))}" for word in words if word in field]
    for word, text in {
        "items": "Each",
        "propertyNames": "Each key",
        "additionalProperties": "Each value",
    }.items():
        inner = field.get(word) or {}
        if "description" in inner:
            facts.append(f"- {text}: {inner['description']}")
        if "patternErrorMessage" in inner:
            facts.append(f"- Form of each: {_form(inner['patternErrorMessage'])}")
    return facts


def _form(message: object) -> str:
    return str(message).removesuffix(" is wanted").removesuffix(" are wanted").rstrip(",")


def type_words(field: Schema) -> str:
    """Return the type of a field in words."""
    kinds = field.get("type", "object")
    names = [_WORDS[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds)]
    if names == ["list", "text"]:
        return "list of texts, or one comma-separated text"
    for word, name in {"items": "list", "additionalProperties": "mapping"}.items():
        inner = field.get(word)
        if names == [name] and isinstance(inner, dict) and inner.get("type") == "string":
            return f"{name} of texts"
    return " or ".join(names)


def _default(field: Schema, *, required: bool) -> str:
    if required:
        return "required"
    if "default" not in field:
        return "none"
    default = field["default"]
    if default in ([], {}):
        return "an empty list" if default == [] else "an empty mapping"
    return ", ".join(f"`{_word(each)}`" for each in (default if isinstance(default, list) else [default]))


def _word(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _example(name: str, value: object) -> str:
    return _yaml({name: value}).rstrip("\n")


def _yaml(value: object) -> str:
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)


class _Dumper(yaml.SafeDumper):
    """Writes YAML as people do: short lists in one line, long texts as blocks."""


def _list(dumper: _Dumper, values: list[object]) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=True)


def _text(dumper: _Dumper, value: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(list, _list)
_Dumper.add_representer(str, _text)


def _anchor(heading: str) -> str:
    return "".join(each for each in heading.lower() if each.isalnum() or each in "-_ ").replace(" ", "-")
