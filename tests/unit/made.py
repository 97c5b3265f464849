"""Values for tests that are made by hypothesis."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def made(
    kind: Callable[..., T], /, *given: st.SearchStrategy[object], **fields: st.SearchStrategy[object]
) -> st.SearchStrategy[T]:
    """Return a strategy for values of a kind, like `st.builds`.

    That one asks for the types of the fields, which are known to type checkers only.
    """
    return st.builds(lambda *positional, **named: kind(*positional, **named), *given, **fields)
