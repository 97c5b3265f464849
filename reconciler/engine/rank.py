"""In which turn things are done when several could be: what lets the CA work, or wait, goes first.

So all orders are finalized before the first is looked at again, and the waits that the CA imposes pass while
there is still something else to do.
"""

from __future__ import annotations

from enum import IntEnum


class Rank(IntEnum):
    """How early a task's next turn is to be; the lowest goes first."""

    SUBMIT = 0
    BEGIN = 1  # after what is ready to be submitted: key and record are made while the CA answers
    FULFIL = 2
    FETCH = 3
    ASK = 4  # nothing waits for the answer
