"""The words for what happens while `apply` works, and for how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from reconciler.model import events as happened
from reconciler.model.encryption import recipient_label
from reconciler.model.problem import Problem
from reconciler.render.text import clean, count, names, time_text
from reconciler.render.wording.methods import presented_text
from reconciler.render.wording.orders import problem_text, stage_text

if TYPE_CHECKING:
    from reconciler.model.events import ApplyResult, Event


def subject_of(event: Event) -> str:
    """Return what an event is about: `shop/www`, `account letsencrypt`."""
    match event:
        case (
            happened.AccountRegistered()
            | happened.AccountUpdated()
            | happened.KeyRotated()
            | happened.AccountDeactivated()
        ):
            return f"account {clean(event.account)}"
        case happened.KeysReencrypted():
            return "private keys"
        case happened.ActionFailed(subject=subject, kind=kind):
            return f"account {clean(subject)}" if kind == "account" else clean(subject)
        case _:
            return clean(event.certificate)


def event_text(event: Event) -> str:  # noqa: C901 - one line for each event
    """Return what happened, without whom it happened to."""
    match event:
        case happened.AccountRegistered(account_url=url):
            return f"registered as {clean(url)}"
        case happened.AccountUpdated():
            return "updated"
        case happened.KeysReencrypted(recipients, number):
            keys = count(number, "key")
            return (
                f"{keys} encrypted for {names(map(recipient_label, recipients))}"
                if recipients
                else f"{keys} now in clear"
            )
        case happened.KeyRotated(_, old, new, key_type):
            return f"key version {new} ({key_type}) has taken the place of version {old}"
        case happened.AccountDeactivated():
            return "deactivated; its records and keys are archived"
        case happened.OrderAdvanced(stage=stage):
            return stage_text(stage)
        case happened.OrderPostponed(problem=Problem(code="sameIdentifiers", detail=detail)):
            return f"waits for another order: {clean(detail)}"
        case happened.OrderPostponed(problem=Problem(code="challengeNotSeen", detail=detail)):
            return f"waits until its challenges can be seen: {clean(detail)}"
        case happened.OrderPostponed(until=until, problem=problem):
            again = f"waits for the CA until {time_text(until)}"
            return f"{again}: {problem_text(problem)}" if problem else again
        case happened.OrderAwaitsPeople(instructions=instructions):
            return f"waits for people to fulfil {count(len(instructions), 'challenge')}"
        case happened.ChallengeUnseen(missing=missing):
            return f"waits until its challenges can be seen: {clean(missing)}"
        case happened.CleanUpFailed(problem=problem, presented=presented):
            what = ", ".join(map(presented_text, presented)) or "what it presented"
            return f"could not take away {what}: {problem_text(problem)}; the next run tries again"
        case happened.CleanedUp():
            return "what was still presented is taken away"
        case happened.ChainNotOffered(preferred=preferred, issuers=issuers):
            return f"the CA offers no chain by {clean(preferred)}; taken is one by {names(issuers)}"
        case happened.CertificateRevoked(serial_number=serial_number, reason=reason):
            return f"revoked {clean(serial_number)} ({reason})"
        case happened.CertificateIssued(folder=folder, not_after=not_after):
            return f"issued until {time_text(not_after)}, written to {clean(folder)}"
        case happened.CertificateDelivered(folder=folder):
            return f"files written to {clean(folder)}"
        case happened.CertificateForgotten():
            return "forgotten; its records are archived"
        case happened.OrderAbandoned():
            return "abandoned; nobody asks for it any more"
        case happened.ActionFailed(problem=problem):
            return f"failed: {problem_text(problem)}"
        case _:
            assert_never(event)


def event_line(event: Event) -> str:
    """Return an event as one line of a log."""
    order_id = getattr(event, "order_id", None)
    order = f" order {clean(order_id)}:" if order_id else ""
    return f"{subject_of(event)}:{order} {event_text(event)}"


def result_summary(result: ApplyResult) -> str:
    """Return the last line of `apply`."""
    keys = sum(each.number for each in result.reencrypted)
    counted = (
        (keys, "key written anew" if keys == 1 else "keys written anew"),
        (len(result.registered), "registered"),
        (len(result.updated), "updated"),
        (len(result.rotated), "given another key"),
        (len(result.issued), "issued"),
        (len(result.revoked), "revoked"),
        (len(result.delivered), "delivered"),
        (len(result.forgotten), "forgotten"),
        (len(result.abandoned), "abandoned"),
        (len(result.deactivated), "deactivated"),
        (len(result.failed), "failed"),
        (len(result.awaiting_people), "waiting for people"),
        (len(result.waiting_for_ca), "waiting for the CA"),
        (len(result.under_way), "under way"),
        (len(result.cleaned_up), "cleaned up"),
        (len(result.left_behind), "not tidied up"),
    )
    parts = [f"{number} {word}" for number, word in counted if number]
    stopped = ""
    if result.stopped:
        stopped = " Stopped before the end; everything is saved, and `reconciler apply` goes on with it."
    return f"Apply: {', '.join(parts) or 'nothing done'}.{stopped}"
