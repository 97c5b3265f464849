"""The YAML of records that have another form than `own_yaml` takes: changed by hand, merged, damaged, odd.

Where in it something is wrong is looked for only once something is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from reconciler.store.fields import Step

_BASE: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_DEEPEST = 32  # records have six levels
_UNDER_WAY = object()
_CONFLICT = re.compile(rb"^(?:<<<<<<<|>>>>>>>)(?: |$)", re.MULTILINE)


class _Loader(_BASE):  # type: ignore[misc]
    """Composes nodes; what a scalar means is for the codec to say."""

    _depth = 0

    def descend_resolver(self, _parent: object, _index: object) -> None:
        """Count: the parser calls itself for each level, and would end the process when the stack is full."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise yaml.MarkedYAMLError(problem=f"more than {_DEEPEST} levels of fields in fields")

    def ascend_resolver(self) -> None:
        """Count."""
        self._depth -= 1

    def resolve(self, _kind: object, _value: object, _implicit: object) -> str:
        """Give no tag: nobody asks for it."""
        return ""


class UnreadableError(Exception):
    """It is no YAML, or none that a record could have.

    Attributes:
        line: from 1; 0: not known.
    """

    def __init__(self, line: int, what: str) -> None:
        """Take the line, and what is wrong there."""
        super().__init__(what)
        self.line = line


def load(content: bytes) -> object:
    """Return the values of a record; every scalar is the text that it is.

    Raises:
        UnreadableError: there are none.
    """
    if not content.strip():
        raise UnreadableError(0, "it is empty")
    try:
        node = yaml.compose(content, Loader=_Loader)
        return None if node is None else _value(node, {})
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise _explained(content, error) from None


def _value(node: yaml.Node, known: dict[int, object]) -> object:
    """Return the texts, lists and mappings of a node: at half the price of the library's constructor.

    Args:
        node: of a record.
        known: the values of lists and mappings by the ids of their nodes: an alias is the same node again.
    """
    if isinstance(node, yaml.ScalarNode):
        return node.value
    value = known.get(id(node))
    if value is _UNDER_WAY:
        raise yaml.MarkedYAMLError(problem="a recursive alias", problem_mark=node.start_mark)
    if value is None:
        known[id(node)] = _UNDER_WAY
        known[id(node)] = value = _mapping(node, known) if _is_mapping(node) else _list(node, known)
    return value


def _list(node: yaml.Node, known: dict[int, object]) -> list[object]:
    return [_value(each, known) for each in node.value]


def _mapping(node: yaml.Node, known: dict[int, object]) -> dict[str, object]:
    values: dict[str, object] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.MarkedYAMLError(problem="the name of a field is no text", problem_mark=key.start_mark)
        # Which of the two is meant nobody knows.
        if key.value in values:
            problem = f"the field `{key.value:.60}` is there twice"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
        values[key.value] = _value(value, known)
    return values


def dump(record: dict[str, Any]) -> str:
    """Return the text of a record."""
    text: str = yaml.dump(record, Dumper=_DUMPER, sort_keys=False, allow_unicode=True, width=1000)
    return text


def line_of(content: bytes, place: tuple[Step, ...]) -> int:
    """Return the line of a field, from 1; of one that is not there, where what it should be in begins.

    Args:
        content: of a record that can be loaded.
        place: of the field, from the top.
    """
    node = yaml.compose(content, Loader=_Loader)
    if node is None:
        return 0
    line = node.start_mark.line + 1
    for step in place:
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
            continue
        found = [each for each in node.value if each[0].value == step] if _is_mapping(node) else []
        if not found:
            break
        key, node = found[0]
        line = key.start_mark.line + 1
    return line


def _is_mapping(node: object) -> bool:
    return isinstance(node, yaml.MappingNode)


def _explained(content: bytes, error: Exception) -> UnreadableError:
    conflict = _CONFLICT.search(content)
    if conflict:
        return UnreadableError(
            _line(content, conflict.start()),
            "it is an unresolved merge of Git: one of two versions is to be chosen",
        )
    if b"\0" in content:
        return UnreadableError(_line(content, content.index(b"\0")), "there are NUL bytes in it")
    if isinstance(error, yaml.reader.ReaderError):
        return UnreadableError(_line(content, error.position), f"it is no text: {error.reason}")
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or error
    return UnreadableError(mark.line + 1 if mark else 0, f"not a readable record: {what}")


def _line(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1
