"""The words for the standing records of dns-persist-01."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, assert_never

from reconciler.orders.caa import ISSUE, ISSUE_WILD
from reconciler.orders.standing import StandingRecord
from reconciler.orders.standing_records import Unready, caa_record, txt_record
from reconciler.render.text import clean
from reconciler.render.wording.methods import method_text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from reconciler.model.fulfillment import Method
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


def standing_lines(challenges: Sequence[PlannedChallenge]) -> list[tuple[str, list[str]]]:
    """Return what there is to say of standing records, each with the records as lines of a zone file."""
    unready = sorted({each.standing for each in challenges if isinstance(each.standing, Unready)})
    said: list[tuple[str, list[str]]] = [
        (f"the record that dns-persist-01 needs is shown after the first apply: {unready_text(why)}", [])
        for why in unready
    ]
    published: defaultdict[Method | None, set[str]] = defaultdict(set)
    advised: set[str] = set()
    for each in challenges:
        if isinstance(each.standing, StandingRecord):
            published[each.method].add(clean(txt_record(each.standing).zone_line))
            advised.add(clean(caa_record(each.standing).zone_line))
    for method, lines in published.items():
        by_whom = (
            "dns-persist-01 needs this in the DNS"
            if method is None
            else f"apply publishes this through {method_text(method)}"
        )
        said.append((f"{by_whom}, for this order and all later ones:", sorted(lines)))
    if advised:
        said.append(("optional, so that only this account gets certificates for the names:", sorted(advised)))
    return said


def caa_text(tags: Collection[str]) -> list[str]:
    """Return what CAA records of these tags do (RFC 8659 section 4), a sentence for each."""
    says = {
        ISSUE: "CAA issue: only these accounts get certificates for the name, and for all names below it "
        "that have no CAA records of their own",
        ISSUE_WILD: "CAA issuewild: only these accounts get certificates for wildcards over the name, and "
        "over names below it that have no CAA records of their own; it does not restrict other certificates",
    }
    return [text for tag, text in says.items() if tag in tags]
