"""Encrypting all private keys in the state anew: one after the other, each whole or as it was.

Whom the keys are encrypted for is written down before the first, as begun, and after the last, as done. So
a run that was killed in between is taken up by the next one; and a key is there in one form at least, always.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import EncryptionError, SecretError, StateError
from reconciler.model.events import KeysReencrypted
from reconciler.store.key_paths import key_paths

if TYPE_CHECKING:
    import threading

    from reconciler.plan.actions import ReencryptKeys
    from reconciler.store.keys import KeyFiles

_SHOWN = 3


def reencrypt(keys: KeyFiles, action: ReencryptKeys, stop: threading.Event) -> KeysReencrypted:
    """Write all keys as the settings say.

    Args:
        keys: of the state, by the settings.
        action: what was planned.
        stop: when set, no other key is begun.

    Raises:
        EncryptionError: some could not be read or written, and are as they were; the others are done.
        StateError: what is done cannot be written down.
    """
    keys.begin()
    number, failures = 0, []
    for path in list(key_paths(keys.root)):
        if stop.is_set():
            raise EncryptionError(f"stopped after {number} of the private keys; the next apply goes on")
        try:
            keys.reencrypt(path)
            number += 1
        except (EncryptionError, SecretError, StateError) as error:
            failures.append(str(error))
    if failures:
        more = f"; and {len(failures) - _SHOWN} more" if len(failures) > _SHOWN else ""
        said = "; ".join(dict.fromkeys(failures[:_SHOWN]))
        raise EncryptionError(
            f"{len(failures)} of {number + len(failures)} private keys are as they were: {said}{more}"
        )
    keys.end()
    return KeysReencrypted(action.recipients, number)
