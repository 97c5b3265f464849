"""The YAML that nearly every file is written in, read in a tenth of the time; anything else is left alone.

It is lines of `field: value`, and below a field one list, or one mapping, of such values: each on one line,
plain, or in quotes without escapes; some of them in brackets or braces instead; and comments. A text that is
taken means the same to libyaml, letter by letter, and holds nothing that a finding could be about before its
schema is asked. A text that may be something else is not taken, valid or not: `yaml_reader` reads it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.tree.coerce import TEXT, property_of, scalar_value

if TYPE_CHECKING:
    from reconciler.tree.coerce import Wanted

# Far from what the composer takes for a bomb, however its values are counted.
_LONGEST = 1 << 16

# Repeats of groups are greedy, not possessive: Python up to 3.11.4 matches these wrongly. There is only one
# way to match any of them, so that nothing is tried twice.
_END = r"[ ]*+ (?: (?<=[ ]) \#[^\r\n]*+ )? \n"
_COMMENTS = r"(?: [ ]*+ (?: \#[^\r\n]*+ )? \n )*"
_KEY = r"[A-Za-z_][A-Za-z0-9_-]{0,60}+"
_QUOTED = r""" "[^"\\\t\r\n]*+" | '[^'\t\r\n]*+' """
_WORD = r"[A-Za-z0-9_/][A-Za-z0-9_./%@+=~-]*+"
_WORDS = r"""[A-Za-z0-9_/][A-Za-z0-9_./%@+=~,()-]*+
    (?: (?: :++(?=[A-Za-z0-9_/]) | [ ]++(?=[A-Za-z0-9_/(]) ) [A-Za-z0-9_./%@+=~,()-]*+ )*"""
_VALUE = rf"(?: {_QUOTED} | {_WORDS} )"
# Between brackets a colon or a comma would be more than a part of the text.
_INNER = rf"(?: {_QUOTED} | {_WORD} )"
_PAIR = rf"{_KEY}: [ ]++ {_INNER}"
_LINE = rf"(?P=indent) - [ ]++ {_VALUE} {_END}"
_FIELD_LINE = rf"(?P=depth) {_KEY}: [ ]++ {_VALUE} {_END}"


# Settings that leave everything as it is.
_NOTHING = "{}\n"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.VERBOSE | re.MULTILINE)


_BEGIN = _pattern(rf"{_COMMENTS} (?: ---[ ]*+\n {_COMMENTS} )?")
_FIELD = _pattern(
    rf"""({_KEY}):
    (?: [ ]++ (?: (?P<plain>{_WORDS})
                | (?P<quoted>{_QUOTED})
                | \[ [ ]*+ (?P<inner_list>(?: {_INNER} (?: [ ]*+,[ ]*+ {_INNER} )* )? ) [ ]*+ \]
                | \{{ [ ]*+ (?P<inner_map>{_PAIR} (?: [ ]*+,[ ]*+ {_PAIR} )* ) [ ]*+ \}}
              ) {_END}
      | {_END} {_COMMENTS}
        (?: (?P<list>(?=(?P<indent>[ ]*+)) (?: {_LINE} {_COMMENTS} )+ )
          | (?P<map>(?=(?P<depth>[ ]++)) (?: {_FIELD_LINE} {_COMMENTS} )+ )
        )
    ) {_COMMENTS}"""
)
_ITEMS = {
    "inner_list": _pattern(_INNER),
    "list": _pattern(rf"^[ ]*+ - [ ]++ ({_VALUE})"),
    "inner_map": _pattern(rf"({_KEY}): [ ]++ ({_INNER})"),
    "map": _pattern(rf"^[ ]*+ ({_KEY}): [ ]++ ({_VALUE})"),
}


def read_plain(text: str, wanted: Wanted) -> tuple[int, dict[str, Any]] | None:
    """Return the line of the first field, and all fields, as `to_value` returns them.

    Args:
        text: of a file, without control characters.
        wanted: by its schema.

    Returns:
        None if the text is not of this kind.
    """
    if text == _NOTHING:
        return 1, {}
    if len(text) > _LONGEST:
        return None
    if not text.endswith("\n"):
        text += "\n"
    begin = _BEGIN.match(text)
    position = start = begin.end() if begin else 0
    fields: dict[str, Any] = {}
    while position < len(text):
        match = _FIELD.match(text, position)
        if match is None or match[1] in fields:
            return None
        name, kind = match[1], match.lastgroup or ""
        found, of_field = match[kind], property_of(wanted, name) or TEXT
        if kind == "plain":
            fields[name] = scalar_value(found, of_field)
        elif kind == "quoted":
            fields[name] = _value(found, of_field)
        elif kind.endswith("list"):
            fields[name] = _items(_ITEMS[kind].findall(found), found, of_field.items or TEXT)
        else:
            pairs = _ITEMS[kind].findall(found)
            values = {key: _value(each, property_of(of_field, key) or TEXT) for key, each in pairs}
            if len(values) < len(pairs):
                return None
            fields[name] = values
        position = match.end()
    return (text.count("\n", 0, start) + 1, fields) if fields else None


def _items(items: list[str], text: str, wanted: Wanted) -> list[Any]:
    if wanted.is_text and '"' not in text and "'" not in text:
        return items
    return [_value(each, wanted) for each in items]


def _value(text: str, wanted: Wanted) -> Any:  # noqa: ANN401 - as open as JSON
    """Return the value of a text as it is written."""
    if text[0] in "\"'":
        return scalar_value(text[1:-1], wanted, is_plain=False)
    return scalar_value(text, wanted)
