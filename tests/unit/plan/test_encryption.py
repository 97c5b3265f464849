from __future__ import annotations

import pytest

from reconciler.model.desired import Desired
from reconciler.model.encryption import Encryption, KeyEncryption
from reconciler.model.observed import Observed
from reconciler.model.settings import Settings
from reconciler.plan import reasons as why
from reconciler.plan.actions import ReencryptKeys
from reconciler.plan.diff import make_plan
from reconciler.plan.encryption import reencryption
from tests.unit.values import NOW

A, B = "age1a", "ssh-ed25519 B"


def settings(*recipients: str) -> Settings:
    return Settings(encryption=Encryption(recipients) if recipients else None)


@pytest.mark.parametrize(
    ("wanted", "known", "added", "removed", "reasons"),
    [
        ((A,), KeyEncryption(clear=2), (A,), (), (why.EncryptionTurnedOn(),)),
        ((), KeyEncryption((A,), encrypted=2), (), (A,), (why.EncryptionTurnedOff(),)),
        ((A, B), KeyEncryption((A,), encrypted=2), (B,), (), (why.RecipientsChanged(),)),
        ((B,), KeyEncryption((A,), encrypted=2), (B,), (A,), (why.RecipientsChanged(),)),
        ((A,), KeyEncryption((A,), (A,), encrypted=2), (), (), (why.ReencryptionUnfinished(),)),
        (
            (A,),
            KeyEncryption((A,), (B,), encrypted=2),
            (),
            (B,),
            (why.RecipientsChanged(), why.ReencryptionUnfinished()),
        ),
        (
            (),
            KeyEncryption((), (A,), clear=1, encrypted=1),
            (),
            (A,),
            (why.RecipientsChanged(), why.ReencryptionUnfinished()),
        ),
        ((A,), KeyEncryption((A,), clear=1, encrypted=1), (), (), (why.KeysInClear(1),)),
    ],
)
def test_what_is_to_be_done_about_the_keys(
    wanted: tuple[str, ...],
    known: KeyEncryption,
    added: tuple[str, ...],
    removed: tuple[str, ...],
    reasons: tuple[why.Reason, ...],
) -> None:
    action = ReencryptKeys(wanted, added, removed, 2, reasons)
    assert reencryption(settings(*wanted), known) == action
    plan = make_plan(Desired(settings=settings(*wanted)), Observed(keys=known), NOW)
    assert plan.actions == (action,)


@pytest.mark.parametrize(
    ("wanted", "known"),
    [
        ((), KeyEncryption()),
        ((), KeyEncryption(clear=7)),
        ((A,), KeyEncryption()),
        ((A, B), KeyEncryption((B, A), encrypted=1)),
        ((A,), KeyEncryption((B,))),
    ],
)
def test_there_is_nothing_to_do(wanted: tuple[str, ...], known: KeyEncryption) -> None:
    assert reencryption(settings(*wanted), known) is None
