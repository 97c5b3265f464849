"""A plan as text: a block for each action with its reasons, what is unchanged hidden, one summary line."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from reconciler.plan import actions as do
from reconciler.render.evidence import evidence_lines
from reconciler.render.findings import render_findings
from reconciler.render.rows import Operation, operation_of
from reconciler.render.text import Paint, clean, names, wrap
from reconciler.render.wording import held_back_title, no_changes, plan_summary, reason_text, title
from reconciler.render.wording.methods import challenge_lines
from reconciler.render.wording.safety import LIMIT_PASSED, limit_advice, limit_text, partial_text
from reconciler.render.wording.standing import standing_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from reconciler.model.certificate import Certificate, CertificateSpec
    from reconciler.model.order import Order
    from reconciler.plan.reasons import Reason

_INDENT = 6
_SET_IN = 2
_WIDTH = 80
_SYMBOLS = {
    Operation.REGISTER: "+",
    Operation.UPDATE: "~",
    Operation.ROTATE: "~",
    Operation.ORDER: "+",
    Operation.REPLACE: "~",
    Operation.RENEW: "~",
    Operation.RESUME: ">",
    Operation.ABANDON: "-",
    Operation.DELIVER: "=",
    Operation.REVOKE: "-",
    Operation.FORGET: "-",
    Operation.CLEAN_UP: "-",
    Operation.DEACTIVATE: "-",
}


def render_plan(plan: do.Plan, *, color: bool = False, digest: str | None = None) -> str:
    """Return a plan for people; ends with a line break."""
    paint = Paint(color)
    says_nothing = not (plan.actions or plan.held_back or plan.held_keys or plan.denied)
    blocks = [_action(action, plan.now, paint) for action in plan.actions]
    held: tuple[do.HeldBack | do.HeldBackKey, ...] = (*plan.held_keys, *plan.held_back)
    blocks += [_held_back(each, plan.now, paint) for each in held]
    if plan.denied:
        heading = paint.strong("denied; these certificates are left out")
        blocks += [f"  {paint.bad('!')} {heading}", render_findings(plan.denied, color=color).rstrip("\n")]
    blocks += _notes(plan, paint)
    last = no_changes(plan.unchanged) if says_nothing else paint.strong(plan_summary(plan))
    text = "\n\n".join([*blocks, last]) + "\n"
    return f"{text}\nDigest: {digest}\n" if digest else text


def _notes(plan: do.Plan, paint: Paint) -> Iterator[str]:
    if plan.selection.is_partial:
        first, *others = wrap(partial_text(plan.selection), 4, _WIDTH)
        lines = [f"  {paint.change('!')} {paint.strong(first)}"]
        yield "\n".join([*lines, *(" " * _INDENT + paint.strong(each) for each in others)])
    if plan.passed_limits:
        said = [line for each in plan.passed_limits for line in (limit_text(each), limit_advice(each))]
        yield "\n".join([f"  {paint.bad('!')} {paint.strong(LIMIT_PASSED)}", *_indented(said)])


def _action(action: do.Action, now: datetime, paint: Paint) -> str:
    operation = operation_of(action)
    heading = f"{_symbol(operation, paint)} {paint.strong(title(action, operation))}"
    lines = [*_reasons(action.reasons, now), *_details(action)]
    return "\n".join([f"  {heading}", *_indented(lines), *_standing(action)])


def _held_back(held: do.HeldBack | do.HeldBackKey, now: datetime, paint: Paint) -> str:
    heading = paint.strong(held_back_title(held, now))
    return "\n".join([f"  {paint.change('!')} {heading}", *_indented(_reasons(held.reasons, now))])


def _reasons(reasons: Iterable[Reason], now: datetime) -> list[str]:
    return [reason_text(reason, now) for reason in reasons]


def _details(action: do.Action) -> list[str]:
    match action:
        case do.RegisterAccount(account=account):
            contacts = f", contacts {names(account.email_contacts)}" if account.email_contacts else ""
            return [f"at {clean(account.directory_url)}, key {account.key_type}{contacts}"]
        case do.CreateOrder(spec=spec, current=current, previous=previous, evidence=evidence):
            return [
                *_specification(spec, current),
                *challenge_lines(action.challenges),
                *evidence_lines(evidence, spec.role.name),
                *_given_up(previous),
            ]
        case do.ResumeOrder(spec=spec, evidence=evidence):
            return [
                f"for {_identifiers(spec)}",
                *challenge_lines(action.challenges),
                *evidence_lines(evidence, spec.role.name),
            ]
        case do.RotateKey(account=account):
            return [f"at {clean(account.directory_url)}, new key {account.key_type}"]
        case do.DeactivateAccount(account=known):
            return [f"at {clean(known.directory_url)}"]
        case (
            do.UpdateAccount()
            | do.AbandonOrder()
            | do.DeliverCertificate()
            | do.RevokeCertificate()
            | do.ForgetCertificate()
            | do.CleanUp()
        ):
            return []
        case _:
            assert_never(action)


def _standing(action: do.Action) -> list[str]:
    """Return the records that have to stand, each whole in a line, to be copied."""
    if not isinstance(action, do.CreateOrder):
        return []
    return [
        line
        for says, records in standing_lines(action.challenges)
        for line in (*_indented([says]), *(" " * (_INDENT + _SET_IN) + each for each in records))
    ]


def _given_up(order: Order | None) -> list[str]:
    if order is None or not order.is_open:
        return []
    return [f"order {clean(order.order_id)}, which asks for something else, is given up"]


def _specification(spec: CertificateSpec, current: Certificate | None) -> list[str]:
    account = clean(spec.role.acme_account_name)
    key = " with the requester (CSR)" if spec.csr else ""
    if current is not None and spec.csr_digest is not None and spec.csr_digest == current.csr_digest:
        key = " with the requester (the same CSR)"
    parts = [f"by role {clean(spec.role.name)}, account {account}, key {spec.key_type}{key}"]
    parts += [f"profile {clean(spec.asked_profile)}"] if spec.asked_profile else []
    parts += ["the key it has"] if spec.reuse_key and current is not None else []
    parts += ["must-staple"] if spec.must_staple else []
    parts += [f"until {spec.not_after}"] if spec.not_after and spec.not_after.moment else []
    parts += [f"for {spec.not_after}"] if spec.not_after and spec.not_after.after else []
    return [f"for {_identifiers(spec)}", ", ".join(parts)]


def _identifiers(spec: CertificateSpec) -> str:
    return names(identifier.text for identifier in spec.identifiers)


def _symbol(operation: Operation, paint: Paint) -> str:
    symbol = _SYMBOLS[operation]
    match symbol:
        case "+":
            return paint.good(symbol)
        case "-":
            return paint.bad(symbol)
        case _:
            return paint.change(symbol)


def _indented(lines: Iterable[str]) -> list[str]:
    """Return lines as they fit a narrow terminal; what goes on in the next one is set in."""
    indented = []
    for line in lines:
        text = line.lstrip(" ")
        indent = _INDENT + len(line) - len(text)
        first, *others = wrap(text, indent + _SET_IN, _WIDTH)
        indented += [" " * indent + first, *(" " * (indent + _SET_IN) + each for each in others)]
    return indented
