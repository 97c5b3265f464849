"""What a schema finds wrong, said in the words of the person who wrote the file, at the place of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.tree.coerce import find_node
from reconciler.tree.nodes import Mapping, Node, Scalar, Sequence, Style
from reconciler.tree.suggest import did_you_mean, listed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.tree.schema import Schema, Violation
    from reconciler.tree.source import Source

_TYPES = {
    "array": "a list",
    "object": "a mapping",
    "string": "text",
    "boolean": "`true` or `false`",
    "integer": "a whole number",
    "number": "a number",
    "null": "nothing",
}
_MAX_QUOTED = 60


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
    secret = bool(found.path) and found.path[0] in schema.secret_fields
    name = _name(found.path)
    match found.keyword:
        case "type" if secret and len(found.path) == 1:
            message = f"`{name}` is a secret and does not belong in a file"
            source.error("literal-secret", message, node, "say where it is: {env: NAME} or {file: PATH}")
        case "type":
            message = f"`{name}` must be {_either(found.limit)}, not {_describe(node, secret=secret)}"
            source.error("wrong-type", message, node, _type_hint(node, found.limit))
        case "required":
            _explain_missing(found, node, name, source)
        case "additionalProperties":
            _explain_unknown(found, node, source, secret=secret)
        case "dependencies":
            _explain_dependencies(found, node, source)
        case _:
            code, message, hint = _explain_value(found, name, secret=secret)
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
                f"unknown field in `{_name(found.path)}`" if secret else f"unknown field `{_quoted(field)}`"
            )
            source.error("unknown-field", message, key, hint)


def _explain_dependencies(found: Violation, node: Node, source: Source) -> None:
    entries = node.entries if isinstance(node, Mapping) else {}
    for field, others in found.limit.items():
        for other in others:
            if field in entries and other not in entries:
                message = f"`{field}` needs `{other}` beside it"
                source.error("missing-field", message, entries[field][0], f"add `{other}`")


def _explain_value(found: Violation, name: str, *, secret: bool) -> tuple[str, str, str | None]:
    """Return code, message and hint for a value of the right type."""
    limit = found.limit
    value = None if secret or not isinstance(found.value, str) else f"`{_quoted(found.value)}`"
    examples = found.schema.get("examples", ())
    hint = f"for example `{examples[0]}`" if examples and isinstance(examples[0], str) else None
    match found.keyword:
        case "enum":
            return "unknown-value", f"{value or 'this'} is no value of `{name}`", _enum_hint(found)
        case "pattern":
            told = found.schema.get("patternErrorMessage", "this does not fit here")
            return "bad-value", f"`{name}`: {told}{f', not {value}' if value else ''}", hint
        case "minLength":
            return "bad-value", f"`{name}` must not be empty", hint
        case "minItems":
            return "bad-value", f"`{name}` needs at least {limit} {_plural(limit, 'item')}", hint
        case "maxItems":
            return "bad-value", f"`{name}` has {len(found.value)} items; {limit} are allowed", None
        case "minimum" | "maximum":
            bound = "at least" if found.keyword == "minimum" else "at most"
            return "bad-value", f"`{name}` is {found.value}; it has to be {bound} {limit}", hint
        case "minProperties" | "maxProperties":
            fields = found.schema.get("properties", ())
            return "bad-value", f"`{name}` needs exactly one of {listed(fields)}", None
        case _:
            return "bad-value", f"`{name}` is not allowed like this ({found.keyword}: {limit})", hint


def _enum_hint(found: Violation) -> str:
    known = [str(value) for value in found.limit]
    return did_you_mean(str(found.value), known) or f"one of {', '.join(f'`{value}`' for value in known)}"


def _type_hint(node: Node, types: str | list[str]) -> str | None:
    if types == "boolean" and isinstance(node, Scalar):
        if node.style is Style.TEXT and node.text.lower() in ("true", "false"):
            return "remove the quotation marks"
        return "YAML 1.2 knows `true` and `false` only" if node.style is Style.PLAIN else None
    if isinstance(node, Scalar) and node.style is Style.LITERAL and "string" in types:
        return "put it in quotation marks"
    return None


def _describe(node: Node, *, secret: bool) -> str:
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    if node.style is Style.PLAIN and not node.text:
        return "nothing"
    if node.style is not Style.LITERAL:
        return "text"
    return "a literal" if secret else f"`{_quoted(node.text)}`"


def _either(types: str | list[str]) -> str:
    words = [_TYPES[word] for word in ([types] if isinstance(types, str) else types)]
    return " or ".join(words)


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


def _quoted(text: str) -> str:
    return text if len(text) <= _MAX_QUOTED else text[:_MAX_QUOTED] + "..."


def _plural(count: int, word: str) -> str:
    return word if count == 1 else word + "s"
