"""What the values of options mean: for `type=`, so that what is wrong with one is said as click says it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from reconciler.model.safety import Limit

_LONGEST = 100_000  # of any unit: beyond that a date is out of what dates can be
_DURATION = "".join(f"(?:([0-9]{{1,9}}){unit})?" for unit in "dhms")
_DIGEST = r"sha256:[0-9a-f]{64}"


def duration(text: str) -> timedelta:
    """Return the duration that a text means: `90s`, `10m`, `1h30m`, `2d`."""
    match = re.fullmatch(_DURATION, text)
    if not match or not any(match.groups()):
        raise click.BadParameter(f"{text[:80]!r} is no duration; write 90s, 10m, 1h30m or 2d")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    if days + hours + minutes + seconds > _LONGEST:
        raise click.BadParameter(f"{text!r} is too long")
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def plan_digest(text: str) -> str:
    """Return the digest of a plan."""
    if not re.fullmatch(_DIGEST, text):
        raise click.BadParameter(
            f"{text[:80]!r} is no digest; `reconciler plan --digest` shows it: sha256:..."
        )
    return text


def identifier_value(text: str) -> str:
    """Return the canonical value of a name or an address in any spelling."""
    from reconciler.errors import InvalidIdentifierError
    from reconciler.model.identifier import parse_identifier

    try:
        return parse_identifier(text).value
    except InvalidIdentifierError as error:
        raise click.BadParameter(str(error)) from None


def trusted_ref(text: str) -> str:
    """Return the name of a branch that can be trusted."""
    from reconciler.tree import trusted_ref_problem

    problem = trusted_ref_problem(text)
    if problem is not None:
        raise click.BadParameter("; ".join(problem))
    return text


def base(text: str) -> str:
    """Return the name of a branch or a commit to compare with."""
    from reconciler.provenance.merge_base import base_problem

    problem = base_problem(text)
    if problem is not None:
        raise click.BadParameter(problem)
    return text


def limit(text: str) -> Limit:
    """Return the limit that a text means: `5` or `10%`."""
    from reconciler.tree.safety import parse_limit

    try:
        return parse_limit(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
