"""The words for a value that a schema does not allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.tree.nodes import Mapping, Node, Scalar, Sequence, Style
from reconciler.tree.suggest import did_you_mean, listed

if TYPE_CHECKING:
    from reconciler.tree.schema import Violation

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


def explain_value(found: Violation, name: str, *, secret: bool) -> tuple[str, str, str | None]:
    """Return code, message and hint for a value of the right type."""
    limit = found.limit
    value = None if secret or not isinstance(found.value, str) else f"`{quoted(found.value)}`"
    examples = found.schema.get("examples", ())
    hint = f"for example `{examples[0]}`" if examples and _is_line(examples[0]) else None
    match found.keyword:
        case "enum":
            return "unknown-value", f"{value or 'this'} is no value of `{name}`", _enum_hint(found)
        case "pattern":
            told = found.schema.get("patternErrorMessage", "this does not fit here")
            return "bad-value", f"`{name}`: {told}{f', not {value}' if value else ''}", hint
        case "minLength":
            return "bad-value", f"`{name}` must not be empty", hint
        case "maxLength":
            return "bad-value", f"`{name}` has {len(found.value):,} characters; {limit:,} are allowed", None
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


def type_hint(node: Node, types: str | list[str]) -> str | None:
    """Return what to do about a node of a type that is not wanted; None if that is plain."""
    if types == "boolean" and isinstance(node, Scalar):
        if node.style is Style.TEXT and node.text.lower() in ("true", "false"):
            return "remove the quotation marks"
        return "YAML 1.2 knows `true` and `false` only" if node.style is Style.PLAIN else None
    if isinstance(node, Scalar) and node.style is Style.LITERAL and "string" in types:
        return "put it in quotation marks"
    return None


def describe(node: Node, *, secret: bool) -> str:
    """Return what a node is, in words; a secret is not repeated."""
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    if node.style is Style.PLAIN and not node.text:
        return "nothing"
    if node.style is not Style.LITERAL:
        return "text"
    return "a literal" if secret else f"`{quoted(node.text)}`"


def either(types: str | list[str]) -> str:
    """Return types of a schema in words."""
    words = [_TYPES[word] for word in ([types] if isinstance(types, str) else types)]
    return " or ".join(words)


def quoted(text: str) -> str:
    """Return a text as far as a message can hold it."""
    return text if len(text) <= _MAX_QUOTED else text[:_MAX_QUOTED] + "..."


def _is_line(value: object) -> bool:
    return isinstance(value, str) and "\n" not in value


def _plural(count: int, word: str) -> str:
    return word if count == 1 else word + "s"
