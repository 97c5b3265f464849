"""The words for what has changed since a plan was saved."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

from reconciler.plan import saved as change
from reconciler.plan.generations import Touched, order_of
from reconciler.render.text import clean, count
from reconciler.render.wording.orders import stage_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.model.certificate import Certificate
    from reconciler.model.observed import Observed
    from reconciler.plan.bindings import Touch

_MOST = 50
_ACTIONS = {
    "create_order": "order certificate",
    "resume_order": "resume the order of certificate",
    "abandon_order": "abandon the order of certificate",
    "deliver_certificate": "deliver the files of certificate",
    "rotate_key": "rotate the key of account",
    "clean_up": "clean up after an order of certificate",
    "reencrypt_keys": "re-encrypt",
}


def stale_lines(stale: Sequence[change.Stale], observed: Observed) -> Iterator[str]:
    """Yield a line for each saved action that cannot be done as it was saved, and how many more there are."""
    for each in stale[:_MOST]:
        why = "; ".join(_change(found, observed) for found in each.changes)
        yield f"{_action(each.binding.action)} {clean(each.binding.name)}: {why}"
    if len(stale) > _MOST:
        yield f"... and {len(stale) - _MOST} more"


def other_state(saved: str, here: str) -> str:
    """Return that a plan was made from another state."""
    which = f"of lineage {clean(here)}" if here else "a new one"
    return f"the saved plan was made from another state (lineage {clean(saved)}); the one here is {which}"


def left_text(number: int) -> str:
    """Return that some of what is due was not saved."""
    actions = count(number, "action is", "actions are")
    return f"{actions} due that the saved plan does not have: left to the next apply"


def done_text(number: int) -> str:
    """Return that some of what was saved has come to its end without this run."""
    actions = count(number, "action", "actions")
    return f"{actions} of the saved plan (files, clean-up): nothing is left to do"


def _action(kind: str) -> str:
    """Return a kind of action in the words of a plan, as far as its name does not say it."""
    return _ACTIONS.get(kind, clean(kind).replace("_", " "))


def _bare(kind: str) -> str:
    """Return the same without what it is about, which was said."""
    return re.sub(" (of|after) .*$| (account|certificate)$", "", _action(kind))


def _change(found: change.Change, observed: Observed) -> str:
    match found:
        case change.TreeChanged():
            return "the tree asks for something else"
        case change.TreeDropped():
            return "the tree does not ask for it any more"
        case change.TreeReturned():
            return "the tree asks for it again"
        case change.RecordChanged(touch=touch):
            return _moved(touch, observed)
        case change.NowDenied():
            return "it is denied now; `reconciler plan` says why"
        case change.NowHeldBack():
            return "it is held back now; `reconciler plan` says why"
        case change.NowOther(actions=()):
            return "nothing is to be done about it any more"
        case change.NowOther(actions=actions):
            return f"what is to be done now is: {', '.join(map(_bare, actions))}"
        case _:
            assert_never(found)


def _moved(touch: Touch, observed: Observed) -> str:
    name, was_there = clean(touch.name), touch.generation is not None
    match touch.kind:
        case Touched.ACCOUNT | Touched.REGISTRATION:
            account = observed.accounts.get(touch.name)
            if account is None:
                return f"the account {name} is not in the state any more"
            if not was_there:
                return f"the account {name} is in the state by now"
            what = "URL, contacts or keys" if touch.kind is Touched.ACCOUNT else "URL"
            return f"the account {name} has another {what}"
        case Touched.CERTIFICATE:
            return _certificate(observed.certificates.get(touch.name))
        case Touched.ORDER:
            order = order_of(observed, touch.name)
            if order is None:
                return "its order is done, or given up"
            return f"its last order is now {clean(order.order_id)}, which {stage_text(order.stage)}"
        case Touched.KEYS:
            return "they are kept for other recipients now"
        case Touched.LEFTOVERS:
            return f"what order {name} has left behind is something else now"
        case _:
            assert_never(touch.kind)


def _certificate(certificate: Certificate | None) -> str:
    if certificate is None:
        return "the state has no certificate of this name any more"
    serial = clean(certificate.serial_number)
    if certificate.revocation is not None:
        return f"its certificate {serial} was revoked"
    return f"its certificate is now {serial}"
