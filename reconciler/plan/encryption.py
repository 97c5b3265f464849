"""The private keys in the state: are they encrypted for whom the settings name?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.plan import reasons as why
from reconciler.plan.actions import ReencryptKeys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.model.encryption import KeyEncryption
    from reconciler.model.settings import Settings
    from reconciler.plan.reasons import Reason


def reencryption(settings: Settings, keys: KeyEncryption) -> ReencryptKeys | None:
    """Return what is to be done about the keys; None where they are as the settings say, or there is none."""
    wanted = settings.encryption.recipients if settings.encryption else ()
    # What was begun may have been done for some keys.
    before = tuple(dict.fromkeys((*keys.recipients, *(keys.next_recipients or ()))))
    added = tuple(each for each in wanted if each not in keys.recipients)
    removed = tuple(each for each in before if each not in wanted)
    reasons = tuple(_reasons(wanted, keys, differs=bool(added or removed)))
    number = keys.clear + keys.encrypted
    return ReencryptKeys(wanted, added, removed, number, reasons) if number and reasons else None


def _reasons(wanted: tuple[str, ...], keys: KeyEncryption, *, differs: bool) -> Iterator[Reason]:
    if wanted and not keys.recipients:
        yield why.EncryptionTurnedOn()
    elif not wanted and keys.recipients:
        yield why.EncryptionTurnedOff()
    elif differs:
        yield why.RecipientsChanged()
    elif keys.clear and wanted:
        yield why.KeysInClear(keys.clear)
    if keys.next_recipients is not None:
        yield why.ReencryptionUnfinished()
