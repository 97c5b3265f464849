"""The words for records that cannot be read: what is wrong, what is left alone for it, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from reconciler.model.flaw import RecordKind
from reconciler.render.text import clean, count, names

if TYPE_CHECKING:
    from reconciler.model.flaw import FlawedRecord

FLAWED = "records that cannot be read; what they are about is left alone"
FLAWED_CODE = "record-flawed"


def flaw_text(flaw: FlawedRecord) -> str:
    """Return what is wrong with which record."""
    return f"{_record(flaw)} cannot be read: {clean(flaw.message)}"


def flaw_advice(flaw: FlawedRecord) -> str:
    """Return what is left alone until it is mended, and how that is done."""
    back = "take the file back as it was, from Git (`git log`, `git checkout`) or a backup"
    return f"{_left_alone(flaw)}; {back}; `reconciler state check` says what else does not fit"


def flaws_summary(number: int) -> str:
    """Return how many there are."""
    return f"{count(number, 'record')} unreadable"


def _record(flaw: FlawedRecord) -> str:
    name = clean(flaw.name)
    match flaw.kind:
        case RecordKind.ACCOUNT:
            return f"the record of account {name}"
        case RecordKind.CERTIFICATE:
            return f"the record of certificate {name}"
        case RecordKind.ORDER:
            return f"the record of order {name}{_of(flaw)}"
        case RecordKind.ARCHIVED_ORDER:
            return f"the record of the archived order {name}{_of(flaw)}"
        case RecordKind.LEFTOVERS:
            return f"the record of what is left of order {name}{_of(flaw)}"
        case RecordKind.CLAIM:
            return f"the claim of {name}"
        case RecordKind.ENCRYPTION:
            return "the record of whom the private keys are encrypted for"
        case _:
            assert_never(flaw.kind)


def _of(flaw: FlawedRecord) -> str:
    return f" of certificate {names(flaw.certificates)}" if flaw.certificates else ""


def _left_alone(flaw: FlawedRecord) -> str:  # noqa: C901 - one line for each kind
    match flaw.kind:
        case RecordKind.ACCOUNT:
            return "nothing is registered, ordered or revoked through it"
        case RecordKind.CERTIFICATE:
            return "nothing is done about this certificate"
        case RecordKind.ORDER if flaw.certificates:
            return "nothing is ordered for this certificate"
        case RecordKind.ORDER if flaw.identifiers:
            wanted = names(each.text for each in flaw.identifiers)
            return f"nobody knows for which certificate it is: no order is begun for {wanted}"
        case RecordKind.ORDER:
            return "nobody knows for which certificate it is: no order is begun, so that none is made twice"
        case RecordKind.ARCHIVED_ORDER:
            return "nothing else depends on it"
        case RecordKind.LEFTOVERS:
            return "what was presented for it may still be there"
        case RecordKind.CLAIM if flaw.certificates:
            return "another run may work on this certificate, nobody knows until when"
        case RecordKind.CLAIM if flaw.account:
            return "another run may work on this account, nobody knows until when"
        case RecordKind.CLAIM:
            return "another run may work on all private keys, nobody knows until when, so nothing is done"
        case RecordKind.ENCRYPTION:
            return "no private key is made or encrypted anew"
        case _:
            assert_never(flaw.kind)
