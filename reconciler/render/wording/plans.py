"""The words for what a plan holds, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from reconciler.plan import actions as do
from reconciler.plan import reasons as why
from reconciler.render.rows import Operation, denied_certificates, operations_of
from reconciler.render.text import clean, count, names, time_text
from reconciler.render.wording.orders import expiry_text, problem_text, stage_text

if TYPE_CHECKING:
    from datetime import datetime

_TO_ORDER = {Operation.ORDER: "order", Operation.REPLACE: "replace", Operation.RENEW: "renew"}


def title(action: do.Action, operation: Operation) -> str:
    """Return what an action does, to what."""
    subject = clean(action.subject)
    match action:
        case do.RegisterAccount():
            return f"register account {subject}"
        case do.CreateOrder():
            return f"{_TO_ORDER[operation]} certificate {subject}"
        case do.ResumeOrder(order=order):
            return f"resume order {clean(order.order_id)} of certificate {subject}"
        case do.AbandonOrder(order=order):
            return f"abandon order {clean(order.order_id)} of certificate {subject}"
        case do.DeliverCertificate():
            return f"deliver the files of certificate {subject} again"
        case do.ForgetCertificate():
            return f"forget certificate {subject} (records archived, files left, nothing revoked)"
        case _:
            assert_never(action)


def reason_text(reason: why.Reason, now: datetime) -> str:  # noqa: C901 - one line for each reason
    """Return why something is done."""
    match reason:
        case why.NewCertificate():
            return "there is no certificate of this name yet"
        case why.IdentifiersChanged(added, removed):
            changes = (*(f"+ {each.text}" for each in added), *(f"- {each.text}" for each in removed))
            return f"identifiers changed: {clean(' '.join(changes))}"
        case why.KeyTypeChanged(before, after):
            return f"key type changed: {before} -> {after}"
        case why.CsrChanged(None):
            return "the key is now the requester's own: a CSR takes the place of a key made here"
        case why.CsrChanged(_, None):
            return "the key is now made here: there is no CSR any more"
        case why.CsrChanged():
            return "the CSR is another one"
        case why.RoleChanged(before, after):
            return f"role changed: {clean(before)} -> {clean(after)}"
        case why.AccountChanged(before, after):
            return f"account changed: {clean(before)} -> {clean(after)}"
        case why.ProfileChanged(before, after):
            return f"profile changed: {clean(before) if before else 'left to the CA'} -> {clean(after)}"
        case why.RenewalDue(since, not_after):
            return f"renewal due since {time_text(since)} ({expiry_text(not_after, now)})"
        case why.FilesMissing(files):
            return f"files missing: {names(files)}"
        case why.FilesAltered(files):
            return f"files altered, or a key that others can read: {names(files)}"
        case why.FilesSuperseded(files):
            return f"files of the certificate before it are still there: {names(files)}"
        case why.OrderOpen(_, stage, next_work_date):
            return f"it {stage_text(stage)}{_not_before(next_work_date, now)}"
        case why.OrderFailed(order_id, attempt, _, problem):
            failure = f": {problem_text(problem)}" if problem else ""
            return f"attempt {attempt} failed (order {clean(order_id)}){failure}"
        case why.OrderExpired(order_id):
            return f"order {clean(order_id)} expired before its challenges were fulfilled"
        case why.NoLongerRequested():
            return "the tree no longer asks for it"
        case why.AccountNotRegistered():
            return "the CA does not know this account yet, and certificates need it"
        case _:
            assert_never(reason)


def no_changes(unchanged: int) -> str:
    """Return the whole of a plan that holds nothing."""
    certificates, them = ("certificate is", "it") if unchanged == 1 else ("certificates are", "them")
    return f"No changes. {unchanged} {certificates} as the tree wants {them}."


def plan_summary(plan: do.Plan) -> str:
    """Return the last line of a plan."""
    counted = operations_of(plan)
    parts = [_to_do(operation, number) for operation, number in counted.items()]
    rest = [f"{plan.unchanged} unchanged"]
    if plan.held_back:
        rest.append(f"{len(plan.held_back)} held back")
    if plan.denied:
        rest.append(f"{denied_certificates(plan)} denied")
    return f"Plan: {', '.join(parts) or 'nothing to do'}; {', '.join(rest)}."


def _to_do(operation: Operation, number: int) -> str:
    noun = count(number, "account") if operation is Operation.REGISTER else str(number)
    return f"{noun} to {operation}"


def _not_before(time: datetime | None, now: datetime) -> str:
    return f"; nothing to do before {time_text(time)}" if time is not None and time > now else ""
