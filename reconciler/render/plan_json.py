"""A plan as a JSON document (`schemas/output/plan.schema.json`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from reconciler.orders.standing import StandingRecord
from reconciler.orders.standing_records import caa_record, txt_record
from reconciler.plan import actions as do
from reconciler.render.documents import Document, document, specification, value
from reconciler.render.evidence import evidence_document
from reconciler.render.findings import findings_document
from reconciler.render.flaws import flaw_documents
from reconciler.render.preflight import preflight_documents
from reconciler.render.rows import Operation, operation_of, operations_of
from reconciler.render.wording.reasons import reason_text
from reconciler.render.wording.safety import limit_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from reconciler.model.certificate import Certificate
    from reconciler.model.safety import PassedLimit
    from reconciler.orders.methods import PlannedChallenge
    from reconciler.plan.comparison import Comparison
    from reconciler.plan.reasons import Reason
    from reconciler.render.shown import ShownPlan


def plan_document(shown: ShownPlan) -> Document:
    """Return a plan for programs; there is a field `preflight` only where that was looked at."""
    plan = shown.plan
    counted = operations_of(plan)
    looked = {} if shown.preflight is None else {"preflight": preflight_documents(shown.preflight)}
    return document(
        "plan",
        created=plan.now,
        has_changes=plan.has_changes,
        actions=[_action(action, plan.now) for action in plan.actions],
        held_back=[_held_back(held, plan.now) for held in plan.held_back],
        held_keys=[
            {"name": held.subject, "reasons": reason_documents(held.reasons, plan.now)}
            for held in plan.held_keys
        ],
        held_actions=[
            _named(held.action)
            | {"until": value(held.until), "reasons": reason_documents(held.reasons, plan.now)}
            for held in plan.held_actions
        ],
        denied=findings_document(plan.denied)["findings"],
        summary={
            **{str(operation): counted.get(operation, 0) for operation in Operation},
            "unchanged": plan.unchanged,
            "held_back": len(plan.held_back) + len(plan.held_keys) + len(plan.held_actions),
            "denied": len(plan.denied_certificates),
            "flawed": len(plan.flawed),
        },
        flawed=flaw_documents(plan.flawed),
        warnings=findings_document(shown.warnings)["findings"],
        selection={**value(plan.selection), "is_partial": plan.selection.is_partial},
        passed_limits=[_passed(each) for each in plan.passed_limits],
        comparison=_comparison(shown.comparison) if shown.comparison else None,
        digest=shown.digest,
        **looked,
    )


def reason_documents(reasons: Iterable[Reason], now: datetime) -> list[Document]:
    """Return reasons: a code that stays, the facts, and the words that the text has."""
    return [{"code": each.code, "message": reason_text(each, now), **value(each)} for each in reasons]


def _action(action: do.Action, now: datetime) -> Document:
    return _named(action) | {"reasons": reason_documents(action.reasons, now)} | _details(action)


def _passed(limit: PassedLimit) -> Document:
    return {
        "kind": limit.kind and str(limit.kind),
        "limit": limit.limit and str(limit.limit),
        "allowed": limit.allowed,
        "counted": limit.counted,
        "known": limit.known,
        "message": limit_text(limit),
    }


def _comparison(comparison: Comparison) -> Document:
    return {
        "base": comparison.base,
        "commit": comparison.commit,
        "changed": _part(comparison.changed),
        "due": _part(comparison.due),
        "undone": [_named(action) for action in comparison.undone],
    }


def _part(plan: do.Plan) -> Document:
    """Return which of the plan's entries are in a part; the facts are in the plan itself."""
    return {
        "actions": [_named(action) for action in plan.actions],
        "held_back": [held.subject for held in plan.held_back],
        "held_keys": [held.subject for held in plan.held_keys],
        "held_actions": [_named(held.action) for held in plan.held_actions],
        "denied_certificates": list(plan.denied_certificates),
    }


def _named(action: do.Action) -> Document:
    return {"action": action.kind, "operation": str(operation_of(action)), "name": action.subject}


def _held_back(held: do.HeldBack, now: datetime) -> Document:
    own = {"name": held.spec.name, "until": value(held.until), "reasons": reason_documents(held.reasons, now)}
    return own | specification(held.spec)


def _current(certificate: Certificate) -> Document:
    return {"serial_number": certificate.serial_number, "not_after": value(certificate.not_after)}


def _challenge(planned: PlannedChallenge) -> Document:
    record = planned.standing if isinstance(planned.standing, StandingRecord) else None
    shown = record and {
        "name": record.name,
        "value": record.value,
        "zone_line": txt_record(record).zone_line,
        "caa": {
            "name": record.caa_name,
            "tag": record.caa_tag,
            "value": record.caa_value,
            "zone_line": caa_record(record).zone_line,
        },
    }
    return {
        "identifier": planned.identifier.value,
        "challenge_type": value(planned.challenge_type),
        "method": value(planned.method),
        "standing_record": shown,
        "standing_record_unknown": None if record else value(planned.standing),
    }


def _details(action: do.Action) -> Document:  # noqa: C901 - one case for each action
    match action:
        case do.ReencryptKeys(recipients=recipients, added=added, removed=removed, number=number):
            return {
                "recipients": value(recipients),
                "added": value(added),
                "removed": value(removed),
                "keys": number,
            }
        case do.RegisterAccount(account=account):
            return {
                "directory_url": account.directory_url,
                "email_contacts": value(account.email_contacts),
                "key_type": str(account.key_type),
            }
        case do.UpdateAccount(account=account):
            return {
                "directory_url": account.directory_url,
                "email_contacts": value(account.email_contacts),
            }
        case do.RotateKey(account=account):
            return {"directory_url": account.directory_url, "key_type": str(account.key_type)}
        case do.DeactivateAccount(account=known):
            return {"directory_url": known.directory_url, "account_url": known.account_url}
        case do.CreateOrder(spec=spec, current=current, previous=previous, evidence=evidence):
            return {
                **specification(spec),
                "evidence": evidence_document(evidence, spec),
                "challenges": [_challenge(each) for each in action.challenges],
                "current": _current(current) if current else None,
                "previous_order_id": previous.order_id if previous else None,
            }
        case do.ResumeOrder(spec=spec, order=order, evidence=evidence):
            return {
                **specification(spec),
                "evidence": evidence_document(evidence, spec),
                "challenges": [_challenge(each) for each in action.challenges],
                "order_id": order.order_id,
            }
        case do.AbandonOrder(spec=spec, order=order):
            return {**specification(spec), "order_id": order.order_id}
        case do.DeliverCertificate(spec=spec, certificate=certificate):
            return {**specification(spec), "serial_number": certificate.serial_number}
        case do.RevokeCertificate(spec=spec, certificate=certificate, reason=reason):
            own = {"serial_number": certificate.serial_number, "order_id": certificate.order_id}
            return {**specification(spec), **own, "reason": str(reason)}
        case do.ForgetCertificate():
            return {}
        case do.CleanUp(leftovers=leftovers):
            return {"order_id": leftovers.order_id}
        case _:
            assert_never(action)
