"""A quick yes: whether a value is surely what a schema allows.

Nearly every file is valid, and a general validator takes half of the time of reading ten thousand of them.
So a schema is made into one function that knows the common keywords. What it does not say yes to goes to the
general validator, which alone decides what is an error; a keyword that is unknown here is never a yes.
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Accepts = Callable[[Any], bool]

_TYPES: Mapping[str, type] = {"array": list, "object": dict, "string": str, "boolean": bool}
_ANNOTATIONS = frozenset(
    {"$schema", "$id", "title", "description", "examples", "default", "writeOnly", "patternErrorMessage"}
)
_OF_TEXT = _ANNOTATIONS | {"type", "minLength", "maxLength", "enum", "pattern"}


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Return a schema's pattern for `search`.

    ECMA 262's `$` is the end; Python's would let a line break through before it.
    """
    return re.compile(re.sub(r"\$$", r"\\Z", pattern))


def acceptor(schema: Mapping[str, Any]) -> Accepts:
    """Return a function that is true of values that `schema` surely allows."""
    if schema.get("type") == "string" and schema.keys() <= _OF_TEXT:
        return _text(schema)
    checks = tuple(
        _KEYWORDS.get(word, _never)(limit, schema)
        for word, limit in schema.items()
        if word not in _ANNOTATIONS
    )

    def accepts(value: Any) -> bool:  # noqa: ANN401 - as open as JSON
        for check in checks:  # noqa: SIM110 - all() with a generator takes twice as long
            if not check(value):
                return False
        return True

    return accepts


def _text(schema: Mapping[str, Any]) -> Accepts:
    """Ask at once what most values are asked."""
    least, most = schema.get("minLength", 0), schema.get("maxLength", math.inf)
    allowed = schema.get("enum")
    search = compiled(schema["pattern"]).search if "pattern" in schema else None
    return lambda value: (
        isinstance(value, str)
        and least <= len(value) <= most
        and (allowed is None or value in allowed)
        and (search is None or search(value) is not None)
    )


def _type(names: Any, _schema: Mapping[str, Any]) -> Accepts:  # noqa: ANN401
    # Other numbers and null are for the general validator: Python and JSON Schema differ over True and 1.0.
    names = [names] if isinstance(names, str) else names
    types = tuple(_TYPES[name] for name in names if name in _TYPES)
    if "integer" in names:
        return lambda value: isinstance(value, types) or type(value) is int
    return lambda value: isinstance(value, types)


def _pattern(pattern: Any, _schema: Mapping[str, Any]) -> Accepts:  # noqa: ANN401
    # It is compiled when a file has the field: most have few of them, and each takes as long as a small file.
    return lambda value: not isinstance(value, str) or compiled(pattern).search(value) is not None


def _items(limit: Any, _schema: Mapping[str, Any]) -> Accepts:  # noqa: ANN401
    if not isinstance(limit, dict):
        return _refuse
    item = acceptor(limit)
    return lambda value: not isinstance(value, list) or all(map(item, value))


def _properties(schemas: Any, _schema: Mapping[str, Any]) -> Accepts:  # noqa: ANN401
    fields = {name: acceptor(schema) for name, schema in schemas.items()}

    def accepts(value: Any) -> bool:  # noqa: ANN401
        if isinstance(value, dict):
            for name, child in value.items():
                if name in fields and not fields[name](child):
                    return False
        return True

    return accepts


def _additional_properties(limit: Any, schema: Mapping[str, Any]) -> Accepts:  # noqa: ANN401
    if "patternProperties" in schema or limit is True:
        return _refuse
    known = schema.get("properties", {}).keys()
    if limit is False:
        return lambda value: not isinstance(value, dict) or value.keys() <= known
    other = acceptor(limit)
    return lambda value: (
        not isinstance(value, dict) or all(other(child) for name, child in value.items() if name not in known)
    )


def _property_names(limit: Any, _schema: Mapping[str, Any]) -> Accepts:  # noqa: ANN401
    if not isinstance(limit, dict):
        return _refuse
    name = acceptor(limit)
    return lambda value: not isinstance(value, dict) or all(map(name, value))


def _one_of(limit: Any, _schema: Mapping[str, Any]) -> Accepts:  # noqa: ANN401
    # What is no sure yes may be a yes all the same; only of names of fields is a no as sure.
    if not all(part.keys() == {"required"} for part in limit):
        return _refuse
    needed = [frozenset(part["required"]) for part in limit]
    single = frozenset().union(*needed)
    if all(len(names) == 1 for names in needed) and len(single) == len(needed):
        return lambda value: not isinstance(value, dict) or len(single & value.keys()) == 1
    return lambda value: not isinstance(value, dict) or sum(value.keys() >= names for names in needed) == 1


def _required(limit: Any, _schema: Mapping[str, Any]) -> Accepts:  # noqa: ANN401
    names = frozenset(limit)
    return lambda value: not isinstance(value, dict) or value.keys() >= names


def _dependencies(limit: Any, _schema: Mapping[str, Any]) -> Accepts:  # noqa: ANN401
    if not all(isinstance(names, list) for names in limit.values()):
        return _refuse
    needed = {name: frozenset(names) for name, names in limit.items()}
    return lambda value: (
        not isinstance(value, dict)
        or all(name not in value or value.keys() >= names for name, names in needed.items())
    )


def _all_of(limit: Any, _schema: Mapping[str, Any]) -> Accepts:  # noqa: ANN401
    parts = tuple(map(acceptor, limit))
    return lambda value: all(part(value) for part in parts)


def _if(limit: Any, schema: Mapping[str, Any]) -> Accepts:  # noqa: ANN401
    """Know of one form only whether it applies: that a field that must be there has a certain text."""
    [(name, wanted)] = limit.get("properties", {"": {}}).items()
    if (
        limit != {"properties": {name: {"const": wanted.get("const")}}, "required": [name]}
        or "else" in schema
    ):
        return _refuse
    then = acceptor(schema["then"])
    return lambda value: not isinstance(value, dict) or value.get(name) != wanted["const"] or then(value)


def _refuse(_value: Any) -> bool:  # noqa: ANN401
    return False


def _never(_limit: Any, _schema: Mapping[str, Any]) -> Accepts:  # noqa: ANN401
    return _refuse


def _is_number(value: Any) -> bool:  # noqa: ANN401 - what a document can hold
    return isinstance(value, int | float) and not isinstance(value, bool)


_KEYWORDS: Mapping[str, Callable[[Any, Mapping[str, Any]], Accepts]] = {
    "type": _type,
    "enum": lambda limit, _: lambda value: isinstance(value, str) and value in limit,
    "pattern": _pattern,
    "minLength": lambda limit, _: lambda value: not isinstance(value, str) or len(value) >= limit,
    "maxLength": lambda limit, _: lambda value: not isinstance(value, str) or len(value) <= limit,
    "minItems": lambda limit, _: lambda value: not isinstance(value, list) or len(value) >= limit,
    "maxItems": lambda limit, _: lambda value: not isinstance(value, list) or len(value) <= limit,
    "minimum": lambda limit, _: lambda value: not _is_number(value) or value >= limit,
    "maximum": lambda limit, _: lambda value: not _is_number(value) or value <= limit,
    "minProperties": lambda limit, _: lambda value: not isinstance(value, dict) or len(value) >= limit,
    "maxProperties": lambda limit, _: lambda value: not isinstance(value, dict) or len(value) <= limit,
    "required": _required,
    "items": _items,
    "properties": _properties,
    "additionalProperties": _additional_properties,
    "propertyNames": _property_names,
    "oneOf": _one_of,
    "allOf": _all_of,
    "if": _if,
    "then": lambda _limit, _schema: lambda _value: True,
    "dependencies": _dependencies,
}
