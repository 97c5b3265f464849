"""YAML as libyaml sees it: its events into nodes. No constructor and no resolver of PyYAML is ever asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.tree.nodes import Mapping, Place, Scalar, Sequence, Style

if TYPE_CHECKING:
    from yaml import MarkedYAMLError

    from reconciler.tree.compose import Composer, UnreadableError
    from reconciler.tree.source import Source

_MOST_DIRECTIVES = 100
_STRING_TAG = "tag:yaml.org,2002:str"

# What people mean when the parser says this.
_HINTS = (
    ("scanning an alias", 'text that begins with * needs quotes, as in "*.example.com"'),
    ("scanning an anchor", "text that begins with & needs quotes"),
    ("cannot start any token", "indent with spaces, not tabs; text that begins with @, ` or % needs quotes"),
    ("mapping values are not allowed", "text that has a colon and a space in it needs quotes"),
    ("did not find expected ',' or", "a bracket is not closed, or a comma is missing"),
    ("expected ',' or", "a bracket is not closed, or a comma is missing"),
    (
        "quoted scalar",
        "a quotation mark is not closed, or \\ stands where none may; in '...' it means nothing special",
    ),
    ("could not find expected ':'", "a line like this needs a colon after its first word"),
    ("block mapping", "the lines of a mapping must begin in the same column"),
    ("block collection", "the lines of a list must begin in the same column"),
)


def read_yaml(source: Source, composer: Composer) -> None:
    """Feed a YAML file to the composer.

    Raises:
        UnreadableError: after a syntax error; its finding is noted.
    """
    import yaml

    if "%TAG" in source.text:
        _refuse_many_directives(source, composer)
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _feed(yaml.parse(source.text, Loader=loader), source, composer)
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, composer) from None
    except (yaml.YAMLError, ValueError, OverflowError):
        # The pure parser lets numbers in escapes and directives pass that Python cannot hold.
        raise composer.unreadable("syntax", "this is not YAML", Place(1, 1)) from None


def _refuse_many_directives(source: Source, composer: Composer) -> None:
    """Refuse a file that declares tags without end: libyaml compares each of them with all before it."""
    if source.text.count("%TAG") > _MOST_DIRECTIVES:
        message = f"more than {_MOST_DIRECTIVES} times `%TAG`"
        raise composer.unreadable("syntax", message, Place(1, 1), "remove them; tags have no use here")


def _feed(events: Any, source: Source, composer: Composer) -> None:  # noqa: ANN401 - PyYAML's stubs have no type for it
    from yaml import events as kinds

    documents = 0
    for event in events:
        kind = type(event)
        if kind is kinds.ScalarEvent:
            composer.scalar(_scalar(event, source), event.anchor)
        elif kind is kinds.SequenceStartEvent:
            _refuse_tag(event, source)
            composer.open(Sequence(*_place(event)), event.anchor)
        elif kind is kinds.MappingStartEvent:
            _refuse_tag(event, source)
            composer.open(Mapping(*_place(event)), event.anchor)
        elif kind is kinds.SequenceEndEvent or kind is kinds.MappingEndEvent:
            composer.close(event.end_mark.line + 1, event.end_mark.column + 1)
        elif kind is kinds.AliasEvent:
            composer.alias(event.anchor, Place(*_place(event)))
        elif kind is kinds.DocumentStartEvent:
            documents += 1
            if documents > 1:
                hint = "one file holds one resource; give the second a file of its own"
                raise composer.unreadable(
                    "several-documents", "a second document begins", Place(*_place(event)), hint
                )


def _place(event: Any) -> tuple[int, int, int]:  # noqa: ANN401
    start, end = event.start_mark, event.end_mark
    length = end.column - start.column if end.line == start.line else 1
    return start.line + 1, start.column + 1, max(length, 1)


def _scalar(event: Any, source: Source) -> Scalar:  # noqa: ANN401
    if event.tag is not None:
        _refuse_tag(event, source)
    start, end = event.start_mark, event.end_mark
    text: str = event.value
    length = end.column - start.column if end.line == start.line else 1
    plain = not event.style and event.tag is None
    exact = length == len(text) + (0 if plain else 2)
    return Scalar(
        start.line + 1, start.column + 1, max(length, 1), text, Style.PLAIN if plain else Style.TEXT, exact
    )


def _refuse_tag(event: Any, source: Source) -> None:  # noqa: ANN401
    if event.tag is not None and event.tag != _STRING_TAG:
        source.error("tag", "a tag (`!...`) is not supported", Place(*_place(event)), "remove the tag")


def _syntax_error(error: MarkedYAMLError, composer: Composer) -> UnreadableError:
    mark = error.problem_mark or error.context_mark
    place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
    problem = error.problem or "this is not YAML"
    message = f"{problem} ({error.context})" if error.context else problem
    hint = next((hint for sign, hint in _HINTS if sign in message), None)
    return composer.unreadable("syntax", message, place, hint)
