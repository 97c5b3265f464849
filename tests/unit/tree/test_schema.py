"""The schemas themselves, and the quick yes that must agree with the general validator."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from reconciler.tree.accept import acceptor
from reconciler.tree.schema import Kind, schema_folder, schema_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ANNOTATIONS = ("title", "description", "examples")
KNOWN = {
    "$schema",
    "$id",
    "type",
    "enum",
    "pattern",
    "patternErrorMessage",
    "default",
    "writeOnly",
    "items",
    "properties",
}
KNOWN |= {"required", "additionalProperties", "dependencies", *ANNOTATIONS}
KNOWN |= {"oneOf", "propertyNames", "allOf", "maxLength"}
KNOWN |= {"minLength", "minItems", "maxItems", "minProperties", "maxProperties", "minimum", "maximum"}


def parts_of(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield schema
    for word in ("items", "additionalProperties", "propertyNames"):
        if isinstance(schema.get(word), dict):
            yield from parts_of(schema[word])
    for part in schema.get("properties", {}).values():
        yield from parts_of(part)


@pytest.mark.parametrize("kind", Kind)
def test_the_schemas_are_complete(kind: Kind) -> None:
    document = schema_of(kind).document
    Draft7Validator.check_schema(document)
    assert document["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert document["$id"].endswith(f"/schemas/{kind}.schema.json")
    for part in parts_of(document):
        assert set(part) <= KNOWN
        assert all(part.get(word) for word in ANNOTATIONS), part
        assert "additionalProperties" in part or "object" not in part["type"]
        assert part.get("additionalProperties") is not True
        assert "pattern" not in part or "enum" in part.get("items", {}) or part["patternErrorMessage"]
        for example in part["examples"]:
            Draft7Validator(part).validate(example)
        if "default" in part:
            Draft7Validator(part).validate(part["default"])


def test_every_schema_of_the_tree_is_there() -> None:
    names = {path.name for path in schema_folder().glob("*.schema.json")}
    assert {f"{kind}.schema.json" for kind in Kind} <= names


words = st.sampled_from(
    ["http-01", "ec-256", "33%", "30d", "33%\n", "web", "", "https://ca.example/d", "a@b.example", "x" * 300]
)
keys = st.sampled_from(["other", "cost-center", "a b", ""])
# 1.0 is a whole number to the validator only.
fractions = st.floats(0, 2).filter(lambda number: not number.is_integer())
leaves = words | st.booleans() | st.none() | st.integers(0, 3) | fractions | st.text(max_size=3)


@st.composite
def values(draw: st.DrawFn, schema: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Values that are often valid, and often nearly."""
    types = schema.get("type", "string")
    type_ = draw(st.sampled_from([types] if isinstance(types, str) else types))
    if draw(st.integers(0, 9)) == 0:
        return draw(leaves | st.lists(leaves, max_size=3) | st.dictionaries(words, leaves, max_size=2))
    if type_ == "object":
        fields = {name: values(part) for name, part in schema.get("properties", {}).items()}
        value = draw(st.fixed_dictionaries({}, optional=fields))
        return value if draw(st.integers(0, 9)) else {**value, draw(keys): draw(leaves)}
    if type_ == "array":
        return draw(st.lists(values(schema["items"]), max_size=4))
    candidates = [
        *schema.get("enum", ()),
        *(each for each in schema["examples"] if not isinstance(each, (dict, list))),
    ]
    return draw(st.sampled_from(candidates) | leaves)


@pytest.mark.parametrize("kind", Kind)
@given(data=st.data())
def test_the_quick_yes_agrees_with_the_validator(kind: Kind, data: st.DataObject) -> None:
    schema = schema_of(kind)
    value = data.draw(values(schema.document))
    valid = not list(_violations_of_validator(kind, value))
    assert schema.accepts(value) <= valid
    if json.dumps(value).isprintable() and valid:
        assert schema.accepts(value)


def _violations_of_validator(kind: Kind, value: Any) -> list[str]:  # noqa: ANN401
    class Doubtful(type(schema_of(kind))):  # type: ignore[misc]
        pass

    schema = schema_of(kind)
    doubtful = Doubtful(
        schema.document, lambda _: False, schema.wanted, schema.secret_paths, schema.shown_fields
    )
    return [each.message for each in doubtful.violations(value)]


@pytest.mark.parametrize(
    "schema",
    [
        {"format": "uri"},
        {"type": "number"},
        {"type": "null"},
        {"oneOf": [{}]},
        {"oneOf": [{"required": ["a"]}, {"properties": {}}]},
        {"additionalProperties": True},
        {"additionalProperties": {"format": "uri"}, "minProperties": 1},
        {"propertyNames": False},
        {"properties": {}, "patternProperties": {"^x": {}}, "additionalProperties": False},
        {"dependencies": {"a": {"required": ["b"]}}},
        {"items": [{"type": "string"}]},
        {"items": False},
        {"const": 1},
    ],
)
def test_what_it_does_not_know_is_never_a_yes(schema: Mapping[str, Any]) -> None:
    assert not acceptor(schema)(1 if schema.get("type") == "number" else {})


@pytest.mark.parametrize("value", [True, 1.0, "1", None])
def test_only_a_whole_number_is_surely_one(value: object) -> None:
    assert acceptor({"type": "integer"})(1)
    assert not acceptor({"type": "integer"})(value)


def test_a_dollar_is_the_end() -> None:
    assert acceptor({"pattern": "^a$"})("a")
    assert not acceptor({"pattern": "^a$"})("a\n")
    assert [
        each.keyword
        for each in schema_of(Kind.CERTIFICATE).violations(
            {"role": "a", "identifiers": "b", "renew": {"before": "1d\n"}}
        )
    ] == ["pattern"]
