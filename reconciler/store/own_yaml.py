"""The YAML that this program writes records in, read and written without PyYAML: at a fifth of the price.

    name: shop/www                      a field; texts are plain, or in single quotes, maybe of several lines
    not_before: '2026-11-25T07:34:08Z'
    identifiers:                        a list of texts, or of mappings, where its field begins
    - www.example.com
    files:                              a mapping, two spaces in
      cert.pem: 90421ae36061...

Nothing is decided here: what has any other form, because people or Git have changed it or it holds an odd
text, is neither read nor written, and left to PyYAML. Both agree on every record that is taken.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

_DEEPEST = 8  # records have six levels
_LARGEST = 1 << 18  # bytes; an order of a hundred names has a third
_LONGEST = 800  # PyYAML folds texts that reach beyond column 1,000

# No blank, no `:` and no `#`, which end a plain text in some places; nothing that ends a line for YAML; and
# nothing that PyYAML writes escaped. Only repeats of single characters are possessive: Python up to 3.11.4
# matches those of groups wrongly. There is one way to match each, so nothing is tried twice.
#
# Beyond ASCII all is taken, once nothing of `_ODD` is there: sets that name characters beyond Latin-1 take
# 20 ms to be compiled, those that name the ASCII that is not in them a hundredth of that.
_ODD = "[\x80-\xa0\u2000-\u202f\ud800-\U0010ffff]"
_BEYOND_ASCII = r"[^\x00-\x7f]"
_INNER = r"[^\x00-\x20#:\x7f]"
_FIRST = rf"(?:[0-9A-Za-z_/(+=~]|{_BEYOND_ASCII}|-(?=[0-9A-Za-z_]))"
_PLAIN = rf"{_FIRST}{_INNER}*+(?:(?: |:++){_INNER}++)*"
_QUOTABLE = r"(?! )[^\x00-\x1f'\x7f]++(?<! )"
_NEXT_LINE = "\n\n  "
# A line of blanks alone counts as a line break more, so only the last one may have nothing else.
_TEXT = rf"(?:{_PLAIN}|'(?:{_QUOTABLE})?(?:{_NEXT_LINE}{_QUOTABLE})*(?:{_NEXT_LINE})?')"
_KEY = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}+"

# The lines of an inner level are only gathered here, and looked at when their turn comes. What is no field
# matches as something without a name, so that nothing is passed over.
_FIELD = re.compile(rf"({_KEY}):(?: ({_TEXT})\n|\n((?:  .++\n)+|(?:- .++\n(?:  .++\n)*)+))|[\s\S]++")
_TEXTS = re.compile(rf"(?:- {_TEXT}\n)+")
_PLAIN_TEXT, _QUOTABLE_TEXT, _KEY_TEXT = map(re.compile, (_PLAIN, _QUOTABLE, _KEY))


class _OtherFormError(ValueError):
    """It is for PyYAML."""


def read_own(content: bytes) -> dict[str, Any] | None:
    """Return the fields of a record, every scalar as the text that it is; None where it has another form."""
    if len(content) > _LARGEST:
        return None
    try:
        text = content.decode()
        return None if _is_odd(text) else _read_mapping(text, _DEEPEST)
    except ValueError:  # no UTF-8 among them
        return None


def _read_mapping(text: str, levels: int) -> dict[str, Any]:
    if not levels:
        raise _OtherFormError
    found = _FIELD.findall(text)
    values: dict[str, Any] = {}
    for key, value, block in found:
        if value:
            values[key] = _said(value)
        elif not key:
            raise _OtherFormError
        elif block[0] == "-":
            values[key] = _read_list(block, levels - 1)
        else:
            values[key] = _read_mapping(_moved_left(block[2:]), levels - 1)
    if len(values) != len(found) or not found:  # a field is there twice, or none is
        raise _OtherFormError
    return values


def _read_list(block: str, levels: int) -> list[Any]:
    entries = block[2:-1].split("\n- ")
    if not _TEXTS.fullmatch(block):
        return [_read_mapping(f"{_moved_left(each)}\n", levels) for each in entries]
    return list(map(_said, entries)) if "'" in block else entries


def _moved_left(block: str) -> str:
    return block.replace("\n  ", "\n")


def _said(text: str) -> str:
    return text[1:-1].replace(_NEXT_LINE, "\n") if text[0] == "'" else text


def write_own(record: dict[str, Any]) -> str | None:
    """Return what PyYAML would make of a record; None where it has to be asked."""
    try:
        return _written_mapping(record, "") or None
    except _OtherFormError:
        return None


def _written_mapping(values: dict[str, Any], indent: str) -> str:
    lines: list[str] = []
    for key, value in values.items():
        if not _is_plain_key(key):
            raise _OtherFormError
        if type(value) is dict and value:
            lines.append(f"{indent}{key}:\n{_written_mapping(value, f'{indent}  ')}")
        elif type(value) is list and value:
            lines.append(f"{indent}{key}:\n")
            lines += [_written_entry(each, indent) for each in value]
        else:
            lines.append(f"{indent}{key}: {_written(value)}\n")
    return "".join(lines)


def _written_entry(value: object, indent: str) -> str:
    if type(value) is dict and value:
        return f"{indent}- {_written_mapping(value, f'{indent}  ')[len(indent) + 2 :]}"
    return f"{indent}- {_written(value)}\n"


def _written(value: object) -> str:
    if type(value) is str:
        return _written_text(value)
    if value is True:
        return "true"
    if type(value) is int:
        return str(value)
    raise _OtherFormError


@lru_cache(512)
def _written_text(text: str) -> str:
    # An order is written several times, and says most of what it says twice.
    if not text:
        return "''"
    if len(text) <= _LONGEST and not _is_odd(text):
        if _PLAIN_TEXT.fullmatch(text):
            return f"'{text}'" if _means_something_else(text) else text
        if (text[0] in "*{" or ": " in text) and _QUOTABLE_TEXT.fullmatch(text):
            return f"'{text}'"
    raise _OtherFormError


@lru_cache(256)
def _is_plain_key(key: object) -> bool:
    return type(key) is str and bool(_KEY_TEXT.fullmatch(key)) and not _means_something_else(key)


def _is_odd(text: str) -> bool:
    return not text.isascii() and re.search(_ODD, text) is not None


def _means_something_else(text: str) -> bool:
    """Say whether YAML 1.1 takes a plain text for a number, a time, a truth value or nothing."""
    for _, pattern in _meanings().get(text[0], ()):  # noqa: SIM110 - a generator costs more than the patterns
        if pattern.match(text):
            return True
    return False


@cache
def _meanings() -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    import yaml  # who only reads does not need it

    return yaml.SafeDumper.yaml_implicit_resolvers
