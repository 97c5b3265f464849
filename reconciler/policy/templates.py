"""Templates in entries: `{{identity.entity.name}}` and the like, filled with who asked."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from reconciler.errors import InvalidEntryError
from reconciler.model.labels import DOTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.model.identity import Entity

_BRACES = re.compile(r"\{\{([^{}]*)\}\}")
_METADATA = "identity.entity.metadata."
_GROUP = "identity.groups.names."
_VARIABLES = ("identity.entity.id", "identity.entity.name", f"{_METADATA}KEY", f"{_GROUP}GROUP")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


class Unfillable(Struct, frozen=True):
    """A template allows nothing for an entity; the reason goes on after "but"."""

    reason: str


class Variable(Struct, frozen=True):
    """One `{{...}}`.

    Attributes:
        key: of the metadata, or the name of the group.
    """

    kind: Literal["id", "name", "metadata", "group"]
    key: str = ""


class Template(Struct, frozen=True):
    """An entry with variables.

    Attributes:
        text: the entry as it is written.
        parts: what it is made of, in order.
        open_labels: the places of the labels that have a variable; no value has a dot.
    """

    text: str
    parts: tuple[str | Variable, ...]
    open_labels: tuple[int, ...]

    def fill(self, entity: Entity) -> str | Unfillable:
        """Return the entry that this is for an entity, or why it is none.

        A value must be one DNS label of lower-case ASCII, and no A-label. Nor may the label that it becomes
        a part of turn into encoded text (`x{{...}}` filled with `n--a`), or into a glob for such text
        (`{{...}}*` filled with `xn`): what the entry's author had in mind cannot have been that.
        """
        return self.fill_with(lambda variable: _value(variable, entity))

    def fill_with(self, value_of: Callable[[Variable], str | Unfillable]) -> str | Unfillable:
        """Return the entry that this is with values that are good, or why it is none."""
        filled = ""
        for part in self.parts:
            value = part if isinstance(part, str) else value_of(part)
            if isinstance(value, Unfillable):
                return value
            filled += value
        labels = DOTS.split(filled)
        for index in self.open_labels:
            if _is_encoded(labels[index]):
                return Unfillable(f"its label `{labels[index]}` would be encoded text")
        return filled


def is_label(value: str) -> bool:
    """Whether a value may be filled into a template: one DNS label, no A-label."""
    return _LABEL.fullmatch(value) is not None and "xn--" not in value


def parse_template(entry: str) -> Template:
    """Return the template that an entry is.

    Raises:
        InvalidEntryError: a brace is not closed, or a variable is unknown.
    """
    pieces = _BRACES.split(entry)
    for literal in pieces[::2]:
        if "{" in literal or "}" in literal:
            raise InvalidEntryError(f"`{entry}`: braces that are not closed, or not opened")
    parts = [_variable(piece.strip(" "), entry) if index % 2 else piece for index, piece in enumerate(pieces)]
    # What stands before each variable in turn, from the start of the entry on.
    places = accumulate(len(DOTS.findall(literal)) for literal in pieces[:-1:2])
    return Template(entry, tuple(part for part in parts if part), tuple(dict.fromkeys(places)))


def _variable(name: str, entry: str) -> Variable:
    if name == "identity.entity.id":
        return Variable("id")
    if name == "identity.entity.name":
        return Variable("name")
    if name.startswith(_METADATA) and len(name) > len(_METADATA):
        return Variable("metadata", name.removeprefix(_METADATA))
    if name.startswith(_GROUP) and len(name) > len(_GROUP):
        return Variable("group", name.removeprefix(_GROUP))
    raise InvalidEntryError(f"`{entry}`: there is no variable `{name}`", _suggestion(name))


def _suggestion(name: str) -> str:
    import difflib  # only what is wrong needs it

    last = name.rpartition(".")[2]
    known = (*_VARIABLES[:2], _METADATA + last, _GROUP + last) if last else _VARIABLES
    found = difflib.get_close_matches(name.lower()[:100], known, n=1, cutoff=0.6)
    if found:
        return f"did you mean `{found[0]}`?"
    return f"variables are {', '.join(_VARIABLES)}"


def _value(variable: Variable, entity: Entity) -> str | Unfillable:
    match variable.kind:
        case "id":
            value: str | None = entity.id
            what = "the id"
        case "name":
            value, what = entity.name, "the name"
        case "metadata":
            value, what = entity.metadata.get(variable.key), f"the metadata `{variable.key}`"
        case "group":
            if variable.key not in entity.groups:
                return Unfillable(f"`{entity.name}` is not a member of the group `{variable.key}`")
            value, what = variable.key, "the group"
    if value is None:
        return Unfillable(f"`{entity.name}` has no metadata `{variable.key}`")
    if not is_label(value):
        return Unfillable(f"{what} of `{entity.name}` is `{value}`, not one DNS label in lower case")
    return value


def _is_encoded(label: str) -> bool:
    """Whether a filled label is an A-label, becomes one, or is a glob made to match one (`xn*`)."""
    start, star, _ = label.lower().partition("*")
    made_to_match = bool(star and start) and "xn--".startswith(start)
    return label[2:4] == "--" or made_to_match or not label.isascii()
