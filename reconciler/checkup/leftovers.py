"""What goes with orders and runs: instructions, what is to be taken away, claims; the log, and the clock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from reconciler.checkup.codes import Code
from reconciler.checkup.seen import APPLY
from reconciler.model.log import Flaw
from reconciler.model.order import Stage
from reconciler.model.state_finding import Level

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from reconciler.checkup.seen import Seen
    from reconciler.model.log import FlawedLine
    from reconciler.model.state_finding import StateFinding

_SKEW = timedelta(minutes=5)  # between the clocks of machines that share a state


def check_instructions(seen: Seen) -> Iterator[StateFinding]:
    """Yield the instructions that nobody needs."""
    folders = sorted({path.split("/")[1] for path in seen.entries if path.startswith("challenges/")})
    for order_id in folders:
        path, order = f"challenges/{order_id}", seen.orders.get(order_id)
        if order is not None and order.stage is Stage.AWAITING_CHALLENGE_FULFILLMENT:
            continue
        if order is not None and order.is_open:
            message = f"these instructions are for an order that does not wait for people ({order.stage})"
            yield seen.by_apply(
                Code.UNNEEDED_INSTRUCTIONS, path, message, "goes on with it, and removes them"
            )
        elif not seen.has(f"orders/{order_id}.yaml") or order is not None:
            # A record that cannot be read may be one that waits.
            message = "these instructions are for an order that is over, or nowhere"
            command = f"rm -r {seen.quoted(path)}"
            yield seen.found(Code.UNNEEDED_INSTRUCTIONS, path, message, "remove them", command)


def check_clean_up(seen: Seen) -> Iterator[StateFinding]:
    """Yield what is to be taken away for orders that are nowhere."""
    for order_id in seen.leftovers:
        path = f"orders/{order_id}.yaml"
        if not (seen.has(path) or seen.has(f"archive/{path}")):
            message = "what is to be taken away here was presented for an order that is nowhere in the state"
            advice = "the next `reconciler apply` takes it away; look whether the order's record was lost"
            yield seen.found(
                Code.CLEAN_UP_OF_NO_ORDER,
                f"cleanup/{order_id}.yaml",
                message,
                advice,
                APPLY,
                field="order_id",
            )


def check_claims(seen: Seen) -> Iterator[StateFinding]:
    """Yield the claims that are past their end."""
    from reconciler.store.claims import claim_path

    for claim in seen.claims:
        if not claim.holds(seen.now):
            path = claim_path(claim.kind, claim.name)
            message = f"this claim of {claim.holder} has ended, and holds nothing up any more"
            advice = "remove it, and commit that where the state is in Git"
            yield seen.found(
                Code.CLAIM_EXPIRED, path, message, advice, f"rm {seen.quoted(path)}", field="until"
            )


def check_log(seen: Seen) -> Iterator[StateFinding]:
    """Yield what does not fit in the log of what was done."""
    if not seen.has("events.jsonl"):
        return
    from reconciler.errors import StateError
    from reconciler.store.event_log import look_through

    try:
        found = look_through(seen.root / "events.jsonl", seen.lineage)
    except StateError as error:
        yield seen.found(Code.LOG_ALTERED, "events.jsonl", str(error), "see to it that it can be read")
        return
    for problem in found.problems:
        # Without a lineage nothing can be said of its beginning, and that there is none is told.
        if problem.flaw is Flaw.TORN:
            yield seen.found(
                Code.LOG_TORN,
                "events.jsonl",
                "the last entry is not written to its end",
                "the next run that writes puts an entry in its place that says so",
                line=problem.line,
            )
        elif seen.lineage or problem.flaw is not Flaw.OTHER_LINEAGE:
            yield _altered(seen, problem)


def _altered(seen: Seen, problem: FlawedLine) -> StateFinding:
    what = {
        Flaw.UNREADABLE: "this is no entry of the log",
        Flaw.ALTERED: "this entry is not what was written",
        Flaw.NEWER_FORMAT: "a newer version of the program has written this entry",
        Flaw.OTHER_LINEAGE: "this is the beginning of another state's log, or not the beginning",
    }.get(problem.flaw, "entries before this one were removed, added, moved or made anew")
    advice = "find out who has changed it, and put it back from a backup or from Git"
    return seen.found(Code.LOG_ALTERED, "events.jsonl", what, advice, line=problem.line)


def check_times(seen: Seen) -> Iterator[StateFinding]:
    """Yield what was done at a time that is yet to come."""
    for path, field, time in _times(seen):
        if time > seen.now + _SKEW:
            message = f"`{field}` is {time:%Y-%m-%d %H:%M:%S} UTC, which is yet to come"
            advice = "see to the clock of this machine, and of where apply ran; no wait ends earlier for it"
            yield seen.found(Code.IN_THE_FUTURE, path, message, advice, level=Level.WARNING, field=field)


def _times(seen: Seen) -> Iterator[tuple[str, str, datetime]]:
    for account in seen.accounts.values():
        path = f"accounts/{account.name}.yaml"
        yield path, "creation_date", account.creation_date
        yield path, "last_updated_date", account.last_updated_date
        newest = max(key.key_creation_date for key in account.account_keys)
        yield path, "key_creation_date", newest
    for order in seen.orders.values():
        path = f"orders/{order.order_id}.yaml"
        yield path, "creation_date", order.creation_date
        yield path, "last_update", order.last_update
    for certificate in seen.certificates.values():
        yield f"certificates/{certificate.name}.yaml", "not_before", certificate.not_before
        if certificate.revocation is not None:
            yield f"certificates/{certificate.name}.yaml", "date", certificate.revocation.date
