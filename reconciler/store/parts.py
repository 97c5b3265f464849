"""What the records of all kinds are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.model.identifier import Identifier
from reconciler.store.fields import format_time

if TYPE_CHECKING:
    from datetime import datetime


def decode_identifier(value: str) -> Identifier:
    """Return the identifier of a canonical value."""
    # Canonical values tell themselves apart: a name never has a number as its last label, nor a colon.
    return Identifier("ip" if ":" in value or value.rpartition(".")[2].isdigit() else "dns", value)


def present(**values: Any) -> dict[str, Any]:  # noqa: ANN401 - what YAML can say
    """Leave out what is not there: a record shows only what is known."""
    return {
        name: value for name, value in values.items() if value is not False and value not in (None, [], "")
    }


def word(member: str | None) -> str | None:
    """Return the plain text of a word out of a list."""
    return None if member is None else str(member)


def time_text(time: datetime | None) -> str | None:
    """Return a time as records have it."""
    return None if time is None else format_time(time)
