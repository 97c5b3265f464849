"""What tells an editor which schema is for which file, each made from the kinds of resources."""

from __future__ import annotations

import json

from reconciler.cli.init_files import SCHEMAS
from reconciler.tree.schema import Kind, schema_of
from tools.reference.tables import table


def modelines() -> str:
    """Return the first line of each kind of file as a table."""
    rows = [(f"`{_file(kind)}`", f"`# yaml-language-server: $schema={_up(kind)}`") for kind in Kind]
    return table(["File", "First line"], rows)


def vscode_settings() -> str:
    """Return the setting that makes the lines unnecessary, for a tree in the root of the workspace."""
    mapping = {f"{SCHEMAS}/{kind}.schema.json": _glob(kind) for kind in Kind}
    return f"```json\n{json.dumps({'yaml.schemas': mapping}, indent=2)}\n```"


def catalog() -> str:
    """Return the entries for SchemaStore's catalog.

    Only `reconciler.yaml` is a name of its own. `accounts/*.yaml` and the like could be anybody's files, and
    such patterns are not wanted there; so these entries match nothing by themselves.
    """
    entries = [
        {
            "description": schema_of(kind).document["description"],
            "fileMatch": ["reconciler.yaml"] if kind is Kind.SETTINGS else [],
            "name": f"reconciler {schema_of(kind).document['title']}",
            "url": schema_of(kind).document["$id"],
        }
        for kind in sorted(Kind)
    ]
    head = {"$schema": "https://json.schemastore.org/schema-catalog.json", "version": 1}
    return json.dumps({**head, "schemas": entries}, indent=2) + "\n"


def _file(kind: Kind) -> str:
    if kind is Kind.SETTINGS:
        return "reconciler.yaml"
    return f"{kind.folder}/shop/www.yaml" if kind is Kind.CERTIFICATE else f"{kind.folder}/NAME.yaml"


def _up(kind: Kind) -> str:
    return "../" * _file(kind).count("/") + f"{SCHEMAS}/{kind}.schema.json"


def _glob(kind: Kind) -> str:
    if kind is Kind.SETTINGS:
        return "reconciler.yaml"
    return f"{kind.folder}/**/*.yaml" if kind is Kind.CERTIFICATE else f"{kind.folder}/*.yaml"
