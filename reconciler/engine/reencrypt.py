"""Encrypting all private keys in the state anew: one after the other, each whole or as it was.

Whom the keys are encrypted for is written down before the first, as begun, and after the last, as done. So
a run that was killed in between is taken up by the next one; and a key is there in one form at least, always.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from reconciler.engine.problems import NO_TIME, problem_of
from reconciler.engine.task import Task, Verdict
from reconciler.errors import EncryptionError, SecretError, StateError
from reconciler.model import events
from reconciler.store.key_paths import encrypted_path, key_paths

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from reconciler.engine.clock import Clock
    from reconciler.model.problem import Problem
    from reconciler.plan.actions import ReencryptKeys
    from reconciler.store.keys import KeyFiles

_AT_ONCE = 20  # keys in a turn: between two of them the run can be stopped
_SHOWN = 3  # reasons


class ReencryptTask(Task):
    """Writes all keys as the settings say, a few in each turn; one that cannot be read holds up no other."""

    def __init__(self, keys: KeyFiles, action: ReencryptKeys, clock: Clock) -> None:
        """Take on what was planned for the keys of the state."""
        self._keys = keys
        self._action = action
        self._clock = clock
        self._left: Iterator[Path] | None = None
        self._number = 0
        self._failures: dict[str, list[str]] = {}

    def run(self) -> Verdict:
        """Write the next few; at the end, say what has become of all."""
        try:
            if self._left is None:
                self._keys.begin()
                # All paths before the first changes.
                self._left = iter(list(key_paths(self._keys.root)))
            batch = list(islice(self._left, _AT_ONCE))
            for path in batch:
                self._reencrypt(path)
            if batch:
                return Verdict(again_at=self._clock.now())
            if self._failures:
                return Verdict((self._failed(problem_of(self._error())),))
            self._keys.end()
        except Exception as error:  # noqa: BLE001 - it must not hold up the rest of the plan
            return Verdict((self._failed(problem_of(error)),))
        return Verdict((events.KeysReencrypted(self._action.recipients, self._number),))

    def postponed(self, until: datetime) -> tuple[events.Event, ...]:
        """Return that there was no time for all; the next run goes on."""
        return (self._failed(NO_TIME, until),)

    def _reencrypt(self, path: Path) -> None:
        try:
            self._keys.reencrypt(path)
            self._number += 1
        except (EncryptionError, SecretError, StateError) as error:
            name, reason = _apart(path, str(error))
            self._failures.setdefault(reason, []).append(name)

    def _error(self) -> EncryptionError:
        left = sum(map(len, self._failures.values()))
        reasons = [f"{_first_of(names)}{reason}" for reason, names in self._failures.items()]
        more = f"; and {len(reasons) - _SHOWN} other reasons" if len(reasons) > _SHOWN else ""
        shown = "; ".join(reasons[:_SHOWN])
        return EncryptionError(
            f"{left} of {left + self._number} private keys are as they were: {shown}{more}"
        )

    def _failed(self, problem: Problem, retry_at: datetime | None = None) -> events.Event:
        return events.ActionFailed(self._action.subject, problem, retry_at=retry_at, kind="keys")


def _apart(path: Path, message: str) -> tuple[str, str]:
    """Return the name of a key that a message begins with, and the rest: it is mostly the same for all."""
    for name in (str(encrypted_path(path)), str(path)):
        if message.startswith(name):
            return name, message.removeprefix(name)
    return "", message


def _first_of(names: list[str]) -> str:
    return names[0] if len(names) == 1 or not names[0] else f"{names[0]} and {len(names) - 1} more"
