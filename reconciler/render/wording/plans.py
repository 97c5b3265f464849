"""The words for what a plan holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from reconciler.plan import actions as do
from reconciler.plan import reasons as why
from reconciler.render.rows import OF_ACCOUNTS, Operation, operations_of
from reconciler.render.sections import Part
from reconciler.render.text import clean, count, distance, time_text
from reconciler.render.wording.encryption import reencryption_title
from reconciler.render.wording.flaws import flaws_summary

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.plan.comparison import Comparison

DENIED = "denied; these certificates are left out"
FAILED = "The run has failed: there is no plan"
UNDONE = "No longer, with this branch"
NOTHING = "nothing"

_SHORT_COMMIT = 12
_TO_ORDER = {Operation.ORDER: "order", Operation.REPLACE: "replace", Operation.RENEW: "renew"}

_NOUNS = {Operation.ROTATE: "key"}


def title(action: do.Action, operation: Operation) -> str:  # noqa: C901 - one line for each action
    """Return what an action does, to what."""
    subject = clean(action.subject)
    match action:
        case do.ReencryptKeys():
            return reencryption_title(action)
        case do.RegisterAccount():
            return f"register account {subject}"
        case do.UpdateAccount():
            return f"update account {subject}"
        case do.RotateKey():
            return f"rotate the key of account {subject}"
        case do.DeactivateAccount():
            return f"deactivate account {subject} (for good; its records and keys are archived)"
        case do.RevokeCertificate(certificate=certificate):
            return f"revoke certificate {subject} (serial number {clean(certificate.serial_number)})"
        case do.CreateOrder():
            return f"{_TO_ORDER[operation]} certificate {subject}"
        case do.ResumeOrder(order=order):
            return f"resume order {clean(order.order_id)} of certificate {subject}"
        case do.AbandonOrder(order=order):
            return f"abandon order {clean(order.order_id)} of certificate {subject}"
        case do.DeliverCertificate():
            return f"deliver the files of certificate {subject} again"
        case do.CleanUp(leftovers=leftovers):
            return f"clean up after order {clean(leftovers.order_id)} of certificate {subject}"
        case do.ForgetCertificate():
            return f"forget certificate {subject} (records archived, files left, nothing revoked)"
        case _:
            assert_never(action)


def held_back_title(held: do.HeldBack | do.HeldBackKey | do.HeldBackAction, now: datetime) -> str:
    """Return what is held back, and until when or what."""
    subject = clean(held.subject)
    if any(isinstance(each, why.RecordFlawed) for each in held.reasons):
        return f"held back: {_held_subject(held)} until the record is mended"
    if isinstance(held, do.HeldBackAction):
        until = f" until {time_text(held.until)} at the latest" if held.until else ""
        return f"held back: {_held_action(held.action)}{until}"
    if isinstance(held, do.HeldBackKey):
        claimed = next((each for each in held.reasons if isinstance(each, why.ClaimedElsewhere)), None)
        if claimed is not None:
            return f"held back: account {subject} until {time_text(claimed.until)} at the latest"
        return f"held back: the key of account {subject} until its orders are done"
    if any(isinstance(each, why.ClaimedElsewhere) for each in held.reasons) and held.until is not None:
        return f"held back: certificate {subject} until {time_text(held.until)} at the latest"
    if held.until is not None:
        return f"held back: certificate {subject} until {time_text(held.until)} ({distance(held.until, now)})"
    stopped = next((each for each in held.reasons if isinstance(each, why.OrderHeld)), None)
    if stopped is None:
        return f"held back: certificate {subject} until its file asks for something else"
    how = f"`reconciler order retry {clean(stopped.order_id)}`"
    return f"held back: certificate {subject} until somebody says so: {how}"


def _held_subject(held: do.HeldBack | do.HeldBackKey | do.HeldBackAction) -> str:
    match held:
        case do.HeldBackAction(action=action):
            return _held_action(action)
        case do.HeldBackKey():
            return f"account {clean(held.subject)}"
        case do.HeldBack():
            return f"certificate {clean(held.subject)}"
        case _:
            assert_never(held)


def _held_action(action: do.ReencryptKeys | do.ForgetCertificate | do.CleanUp) -> str:
    match action:
        case do.ReencryptKeys():
            return "encrypting the private keys anew"
        case do.ForgetCertificate():
            return f"forgetting certificate {clean(action.subject)}"
        case do.CleanUp(leftovers=leftovers):
            order = clean(leftovers.order_id)
            return f"cleaning up after order {order} of certificate {clean(action.subject)}"
        case _:
            assert_never(action)


def part_title(part: Part, comparison: Comparison) -> str:
    """Return what a part of a comparison is."""
    match part:
        case Part.CHANGED:
            base = f"{clean(comparison.base)} ({clean(comparison.commit[:_SHORT_COMMIT])})"
            return f"This branch changes, against {base}"
        case Part.DUE:
            return "Due anyway"
        case Part.WHOLE:
            return "All"
        case _:
            assert_never(part)


def digest_text(digest: str) -> str:
    """Return the line with the digest."""
    return f"Digest: {clean(digest)}"


def plan_summary(plan: do.Plan) -> str:
    """Return the last line of a plan."""
    counted = operations_of(plan)
    parts = [_to_do(operation, number) for operation, number in counted.items()]
    rest = [f"{plan.unchanged} unchanged"]
    held_back = len(plan.held_back) + len(plan.held_keys) + len(plan.held_actions)
    if held_back:
        rest.append(f"{held_back} held back")
    if plan.denied_certificates:
        rest.append(f"{len(plan.denied_certificates)} denied")
    if plan.flawed:
        rest.append(flaws_summary(len(plan.flawed)))
    return f"Plan: {', '.join(parts) or 'nothing to do'}; {', '.join(rest)}."


def _to_do(operation: Operation, number: int) -> str:
    if operation is Operation.REENCRYPT:
        return "private keys to re-encrypt"
    noun = count(number, _NOUNS.get(operation, "account")) if operation in OF_ACCOUNTS else str(number)
    return f"{noun} to {operation.replace('_', ' ')}"
