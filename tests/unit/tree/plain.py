"""What the reader of plain YAML promises: what it takes, the strict reader takes, and reads the same."""

from __future__ import annotations

from reconciler.tree.coerce import Wanted, to_value, wanted_by
from reconciler.tree.document import parse
from reconciler.tree.plain_yaml import read_plain
from reconciler.tree.schema import Kind, schema_of
from reconciler.tree.source import Source

# Fields for each way to read a scalar; under `free`, and of other names, everything is text.
MIXED = wanted_by(
    {
        "properties": {
            "yes": {"type": "boolean"},
            "whole": {"type": ["integer", "null"]},
            "real": {"type": "number"},
            "either": {"type": ["array", "string"], "items": {"type": "string"}},
            "many": {"type": "array", "items": {"type": ["boolean", "integer", "null"]}},
            "lists": {"type": "array", "items": {"type": ["array", "string"]}},
            "under": {
                "properties": {"yes": {"type": "boolean"}, "either": {"type": ["array", "string"]}},
                "additionalProperties": {"type": ["number", "null"]},
            },
        }
    }
)
WANTED: tuple[Wanted, ...] = (MIXED, schema_of(Kind.CERTIFICATE).wanted, schema_of(Kind.ROLE).wanted)


def check_plain(text: str, wanted: Wanted = MIXED) -> bool:
    """Hold it against the strict reader; return whether it takes a text without control characters."""
    plain = read_plain(text, wanted)
    if plain is None:
        return False
    line, fields = plain
    source = Source("x.yaml", text)
    root = parse(source)
    assert root is not None, text
    assert source.findings == [], text
    # As Python writes them: True is not 1 then, nor 1 the same as 1.0, and fields have their order.
    assert repr(fields) == repr(to_value(root, wanted)), text
    assert (root.line, root.column) == (line, 1), text
    return True
