"""The words for the standing records of dns-persist-01."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from reconciler.orders.standing_records import Unready, txt_record
from reconciler.render.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.orders.methods import PlannedChallenge


def unready_text(why: Unready) -> str:
    """Return why a record cannot be told yet."""
    match why:
        case Unready.NOT_REGISTERED:
            return "the account is not registered yet"
        case Unready.NO_ISSUER:
            return "what the CA calls itself in the DNS is not known yet"
        case _:
            assert_never(why)


def unready_advice(why: Unready) -> str:
    """Return what ends that."""
    match why:
        case Unready.NOT_REGISTERED:
            return "`reconciler apply` registers it"
        case Unready.NO_ISSUER:
            return "the next order that `reconciler apply` makes for it finds out"
        case _:
            assert_never(why)


def standing_lines(challenges: Sequence[PlannedChallenge]) -> tuple[list[str], list[str]]:
    """Return what there is to say of standing records, and the records as lines of a zone file."""
    standing = [each.standing for each in challenges if each.standing is not None]
    lines = {clean(txt_record(each).zone_line) for each in standing if not isinstance(each, Unready)}
    says = [
        f"the record that dns-persist-01 needs is shown after the first apply: {unready_text(why)}"
        for why in sorted({each for each in standing if isinstance(each, Unready)})
    ]
    if lines:
        says.append("dns-persist-01 needs this in the DNS, for this order and all later ones:")
    return says, sorted(lines)
