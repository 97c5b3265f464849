"""The schemas as SchemaStore takes them: its catalog's form, draft-07, and examples, right and wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft4Validator, Draft7Validator

from reconciler.tree.schema import Kind, schema_folder
from tools.reference.editors import catalog

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "schemas"
VALID = sorted((EXAMPLES / "test").glob("*/*"))
WRONG = sorted((EXAMPLES / "negative_test").glob("*/*"))


def _name(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


def schema(kind: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((schema_folder() / f"{kind}.schema.json").read_text("utf-8"))
    return document


def parts(value: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, dict):
        yield value
        for name, each in value.items():
            if name not in ("examples", "default", "enum", "const"):
                yield from parts(each)
    elif isinstance(value, list):
        for each in value:
            yield from parts(each)


def test_the_catalog_has_the_form_of_schemastores() -> None:
    document = json.loads((ROOT / "schemas" / "catalog.json").read_text("utf-8"))
    assert document == json.loads(catalog())
    form = json.loads((Path(__file__).parent / "schema-catalog.json").read_text("utf-8"))
    Draft4Validator.check_schema(form)
    assert not list(Draft4Validator(form).iter_errors(document))
    assert list(Draft4Validator(form).iter_errors({**document, "schema": []}))


def test_the_catalog_has_every_schema_under_its_own_address() -> None:
    entries = json.loads(catalog())["schemas"]
    assert [entry["url"] for entry in entries] == [schema(kind)["$id"] for kind in sorted(Kind)]
    assert len({entry["name"] for entry in entries}) == len(Kind)
    # SchemaStore refuses patterns that files of others match.
    assert [entry["fileMatch"] for entry in entries if entry["fileMatch"]] == [["reconciler.yaml"]]


@pytest.mark.parametrize("kind", Kind)
def test_a_schema_stands_for_itself(kind: Kind) -> None:
    document = schema(kind)
    assert document["$schema"] == "http://json-schema.org/draft-07/schema#"
    Draft7Validator.check_schema(document)
    assert document["$id"].startswith("https://")
    assert document["title"]
    assert document["description"]
    assert document["type"] == "object"
    assert document["additionalProperties"] is False
    references = [part["$ref"] for part in parts(document) if isinstance(part.get("$ref"), str)]
    assert all(reference.startswith("#") for reference in references)


@pytest.mark.parametrize("kind", Kind)
def test_titles_and_descriptions_do_not_end_in_a_colon(kind: Kind) -> None:
    for part in parts(schema(kind)):
        for word in ("title", "description"):
            assert not str(part.get(word, "")).endswith(":")


def test_every_schema_has_examples_of_both_kinds() -> None:
    for examples in (VALID, WRONG):
        folders = [path.parent.name for path in examples]
        assert {folder for folder in folders if folders.count(folder) > 1} == set(Kind)


@pytest.mark.parametrize("path", VALID, ids=_name)
def test_what_is_right_is_valid(path: Path) -> None:
    document = yaml.safe_load(path.read_text("utf-8"))
    assert not [error.message for error in Draft7Validator(schema(path.parent.name)).iter_errors(document)]


@pytest.mark.parametrize("path", WRONG, ids=_name)
def test_what_is_wrong_is_found_at_its_place(path: Path) -> None:
    text = path.read_text("utf-8")
    place = text.splitlines()[0].removeprefix("# wrong: ")
    errors = list(Draft7Validator(schema(path.parent.name)).iter_errors(yaml.safe_load(text)))
    places = {".".join(map(str, error.absolute_path)) or "(the file)" for error in errors}
    assert places == {place}
