"""What a schema finds wrong, said in the words of the person who wrote the file, at the place of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.tree.coerce import find_node
from reconciler.tree.explain_value import describe, either, explain_value, quoted, type_hint
from reconciler.tree.nodes import Mapping, Node
from reconciler.tree.suggest import did_you_mean, listed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.tree.schema import Schema, Violation
    from reconciler.tree.source import Source


def validate(root: Mapping, value: dict[str, Any], schema: Schema, source: Source) -> frozenset[str]:
    """Note a finding for everything that the schema does not allow.

    Returns:
        The top-level fields that are not to be looked at any further.
    """
    broken = set()
    for found in schema.violations(value):
        if found.keyword == "pattern" and found.value == "" and "minLength" in found.schema:
            continue
        _explain(found, root, schema, source)
        if found.path:
            broken.add(str(found.path[0]))
    return frozenset(broken)


def _explain(found: Violation, root: Mapping, schema: Schema, source: Source) -> None:
    node = find_node(root, found.path)
    if found.is_key and isinstance(node, Mapping) and found.value in node.entries:
        node = node.entries[found.value][0]
    names = tuple(str(step) for step in found.path)
    secret = any(names[: len(path)] == path for path in schema.secret_paths)
    if secret and len(names) > 1:
        source.hide_line(node)
    name = _name(found.path)
    match found.keyword:
        case "type" if names in schema.secret_paths:
            message = f"`{name}` is a secret and does not belong in a file"
            source.error("literal-secret", message, node, "say where it is: {env: NAME} or {file: PATH}")
        case "type":
            message = f"`{name}` must be {either(found.limit)}, not {describe(node, secret=secret)}"
            source.error("wrong-type", message, node, type_hint(node, found.limit))
        case "required":
            _explain_missing(found, node, name, source)
        case "additionalProperties":
            _explain_unknown(found, node, source, secret=secret)
        case "dependencies":
            _explain_dependencies(found, node, source)
        case "oneOf":
            _explain_alternatives(found, node, source)
        case _:
            code, message, hint = explain_value(found, name, secret=secret)
            source.error(code, message, node, hint)


def _explain_missing(found: Violation, node: Node, name: str, source: Source) -> None:
    # There is one violation for each missing field; only its message says for which.
    missing = next(field for field in found.limit if repr(field) in found.message)
    where = f"`{name}` lacks" if name else "the file lacks"
    example = _example(found.schema.get("properties", {}).get(missing, {}))
    hint = f"add `{missing}: {example}`" if example else f"add `{missing}`"
    source.error("missing-field", f"{where} the field `{missing}`", node, hint)


def _explain_unknown(found: Violation, node: Node, source: Source, *, secret: bool) -> None:
    known = found.schema.get("properties", {})
    entries = node.entries if isinstance(node, Mapping) else {}
    for field, (key, _) in entries.items():
        if field not in known:
            unused = [name for name in known if name not in entries]
            hint = did_you_mean(field, unused) or f"known fields: {listed(known)}"
            # {SECRET} is YAML for a field of that name.
            message = (
                f"unknown field in `{_name(found.path)}`" if secret else f"unknown field `{quoted(field)}`"
            )
            source.error("unknown-field", message, key, hint)


def _explain_dependencies(found: Violation, node: Node, source: Source) -> None:
    entries = node.entries if isinstance(node, Mapping) else {}
    for field, others in found.limit.items():
        for other in others:
            if field in entries and other not in entries:
                message = f"`{field}` needs `{other}` beside it"
                source.error("missing-field", message, entries[field][0], f"add `{other}`")


def _explain_alternatives(found: Violation, node: Node, source: Source) -> None:
    """Explain that exactly one of some fields must be there."""
    fields = [name for part in found.limit for name in part["required"]]
    entries = node.entries if isinstance(node, Mapping) else {}
    given = [name for name in entries if name in fields]
    if not given:
        example = _example(found.schema.get("properties", {}).get(fields[0], {}))
        message = f"the file lacks one of the fields {listed(fields)}"
        source.error("missing-field", message, node, f"add `{fields[0]}: {example}`, or one of the others")
    for name in given[1:]:
        message = f"`{given[0]}` and `{name}` exclude each other"
        source.error("conflicting-fields", message, entries[name][0], f"keep one of {listed(fields)}")


def _name(path: Iterable[str | int]) -> str:
    name = ""
    for step in path:
        name += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if name else step
    return name


def _example(schema: dict[str, Any]) -> str | None:
    examples = schema.get("examples")
    if not examples:
        return None
    first = examples[0]
    return (
        f"[{', '.join(first)}]" if isinstance(first, list) else str(first) if isinstance(first, str) else None
    )
