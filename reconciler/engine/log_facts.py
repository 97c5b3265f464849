"""What the log says of what is done: values that JSON has, each of them short; no wording, no secret."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from reconciler.model import events
from reconciler.model.log import LogEvent
from reconciler.model.origin import CommitAuthor
from reconciler.model.problem import Problem
from reconciler.plan.actions import CreateOrder

if TYPE_CHECKING:
    from reconciler.model.evidence import Requester
    from reconciler.model.log import RunStart
    from reconciler.model.origin import Origin
    from reconciler.plan.actions import Plan

_LONGEST = 1000  # characters of a text
_MOST = 20  # elements of a list

# What is written of each event, by the names of its fields.
_ACCOUNT, _CERTIFICATE = ("account",), ("certificate",)
_ORDER = ("certificate", "order_id")
_KEYS = ("account", "old_active_key_version", "new_active_key_version", "key_type")
_WRITTEN: Mapping[type, tuple[LogEvent, tuple[str, ...]]] = MappingProxyType(
    {
        events.AccountRegistered: (LogEvent.ACCOUNT_REGISTERED, ("account", "account_url")),
        events.AccountUpdated: (LogEvent.ACCOUNT_UPDATED, _ACCOUNT),
        events.KeyRotated: (LogEvent.ACCOUNT_KEY_ROTATED, _KEYS),
        events.AccountDeactivated: (LogEvent.ACCOUNT_DEACTIVATED, _ACCOUNT),
        events.OrderAwaitsPeople: (LogEvent.ORDER_AWAITS_PEOPLE, _ORDER),
        events.CertificateIssued: (LogEvent.CERTIFICATE_ISSUED, (*_ORDER, "serial_number", "not_after")),
        events.CertificateDelivered: (LogEvent.CERTIFICATE_DELIVERED, _CERTIFICATE),
        events.CertificateRevoked: (
            LogEvent.CERTIFICATE_REVOKED,
            (*_ORDER, "serial_number", "reason", "already"),
        ),
        events.CertificateForgotten: (LogEvent.CERTIFICATE_FORGOTTEN, _CERTIFICATE),
        events.OrderAbandoned: (LogEvent.ORDER_ABANDONED, _ORDER),
        events.KeysReencrypted: (LogEvent.KEYS_REENCRYPTED, ("recipients", "number")),
        events.CleanUpFailed: (LogEvent.CLEAN_UP_FAILED, (*_ORDER, "problem")),
    }
)
_FAILED = MappingProxyType(
    {
        "account": (LogEvent.ACCOUNT_FAILED, "account"),
        "certificate": (LogEvent.CERTIFICATE_FAILED, "certificate"),
        "delivery": (LogEvent.DELIVERY_FAILED, "certificate"),
        "keys": (LogEvent.KEYS_FAILED, None),
    }
)

NOT_WRITTEN = frozenset(
    {
        events.OrderAdvanced,  # but for one stage, see `Recorder`
        events.OrderPostponed,
        events.ChallengeUnseen,
        events.CleanedUp,
        events.ChainNotOffered,
    }
)
"""Events that do not tell of something that was done, and is to be known later."""


def said_of(event: events.Event) -> tuple[LogEvent, dict[str, object]] | None:
    """Return what is written of an event: of which kind it is, and the facts; None for nothing."""
    if isinstance(event, events.ActionFailed):
        name, kind = _FAILED[event.kind]
        why = {"problem": event.problem, "retry_at": event.retry_at}
        about: dict[str, object] = {kind: event.subject, "order_id": event.order_id} if kind else {}
        return name, about | why
    if type(event) in NOT_WRITTEN:
        return None
    name, fields = _WRITTEN[type(event)]
    return name, {field: getattr(event, field) for field in fields}


def start_facts(start: RunStart) -> dict[str, object]:
    """Return what is written of the beginning of a run."""
    who = {"user": start.user, "host": start.host, "actor": start.actor}
    return {"command": start.command, "version": start.version, **who} | {
        "commit": start.origin.commit,
        "is_modified": start.origin.is_modified,
        "run_url": start.origin.run_url,
    }


def order_facts(plan: Plan, origins: Mapping[str, Origin]) -> dict[str, dict[str, object]]:
    """Return what is written of the orders that a plan makes, by the names of their certificates."""
    facts: dict[str, dict[str, object]] = {}
    for action in plan.actions:
        if isinstance(action, CreateOrder):
            spec, origin = action.spec, origins.get(action.subject)
            proved = action.evidence.requester if action.evidence else None
            facts[spec.name] = {
                "account": action.account_name,
                "role": spec.role.name,
                "identifiers": [each.value for each in spec.identifiers],
                "reasons": [each.code for each in action.reasons],
                "requester": who_facts(proved or (origin.requester if origin else None)),
            }
    return facts


def who_facts(who: Requester | CommitAuthor | None) -> dict[str, object] | None:
    """Return who asked: proved, or as a commit says."""
    if who is None:
        return None
    if isinstance(who, CommitAuthor):
        author = {"author_name": who.author_name, "author_email": who.author_email}
        return {"proved": False, "commit": who.commit, **author}
    entity = {"fingerprint": who.fingerprint, "entity_id": who.entity_id, "entity_name": who.entity_name}
    return {"proved": True, "commit": who.commit, **entity}


def short(facts: Mapping[str, object]) -> dict[str, Any]:
    """Return facts as JSON has them: without what is None or False, and nothing in them long or unreadable.

    Of a list that is longer than the others are the last element says how many are left out.
    """
    return {name: _value(fact) for name, fact in facts.items() if fact is not None and fact is not False}


def _value(fact: object) -> object:
    match fact:
        case str():
            cut = fact if len(fact) <= _LONGEST else f"{fact[:_LONGEST]}..."
            return "".join(each if each.isprintable() else "\ufffd" for each in cut)
        case Problem():
            return {"type": _value(fact.type), "detail": _value(" ".join(str(fact).split()))}
        case datetime():
            return fact.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case Mapping():
            # False is said here: it is what a proof came to.
            return {str(name): _value(each) for name, each in fact.items() if each is not None}
        case list() | tuple():
            shown = [_value(each) for each in fact[:_MOST]]
            return shown if len(fact) <= _MOST else [*shown, f"{len(fact) - _MOST} more"]
        case _:
            return fact
