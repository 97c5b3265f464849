"""Changes that hold only if nobody else was faster: read again, and try again."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

from reconciler.errors import ChallengeError

if TYPE_CHECKING:
    from collections.abc import Callable

_TRIES = 6
_FIRST_WAIT = 0.2  # seconds; twice as long each time


class LostRaceError(Exception):
    """The record set is not what it was when it was read, or the provider is busy; the message says which."""


def until_won(change: Callable[[], None], what: str) -> None:
    """Call `change` until it does not raise `LostRaceError`, a few times, for about six seconds.

    Args:
        change: reads, and writes only over what it has read.
        what: is changed, for the message.

    Raises:
        ChallengeError: it was lost each time; whatever else `change` raises.
    """
    reason = ""
    for number in range(_TRIES):
        try:
            return change()
        except LostRaceError as error:
            reason = str(error)
        if number < _TRIES - 1:
            # Two who run into each other should not do so in step. No secret depends on it.
            wait = _FIRST_WAIT * 2**number * random.uniform(0.5, 1)  # noqa: S311
            threading.Event().wait(wait)
    raise ChallengeError(
        f"{what} could not be changed in {_TRIES} tries: {reason}; is somebody else changing it all the time?"
    )
