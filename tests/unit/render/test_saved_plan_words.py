"""What a stale plan is said of: in the words that the plan has for it."""

from __future__ import annotations

from typing import get_args

import pytest

from reconciler.model.observed import Observed
from reconciler.plan import actions as do
from reconciler.plan.bindings import Binding
from reconciler.plan.saved import NowOther, Stale, TreeChanged
from reconciler.render.wording.saved_plans import stale_lines


def said(kind: str, change: TreeChanged | NowOther) -> str:
    [line] = stale_lines([Stale(Binding(kind, "shop/www", None, None, ()), (change,))], Observed())
    return line


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("create_order", "order certificate shop/www"),
        ("resume_order", "resume the order of certificate shop/www"),
        ("forget_certificate", "forget certificate shop/www"),
        ("update_account", "update account shop/www"),
    ],
)
def test_an_action_is_called_as_in_a_plan(kind: str, words: str) -> None:
    assert said(kind, TreeChanged()) == f"{words}: the tree asks for something else"


def test_what_is_to_be_done_instead_is_said_without_its_name() -> None:
    kinds = tuple(sorted(each.kind for each in get_args(do.Action)))
    assert said("create_order", NowOther(kinds)) == (
        "order certificate shop/www: what is to be done now is: abandon the order, clean up, order, "
        "deactivate, deliver the files, forget, re-encrypt, register, resume the order, revoke, "
        "rotate the key, update"
    )
