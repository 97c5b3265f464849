"""Before an order: is what this machine has to have there?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.engine.preflight.failures import words_of
from reconciler.errors import ChallengeError
from reconciler.model.preflight import Check, Outcome
from reconciler.model.preflight_facts import LocalObstacle, LocalReady

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.engine.preflight.asking import Asking
    from reconciler.engine.preflight.subjects import Subject
    from reconciler.model.preflight import PreflightFinding


def local_findings(asking: Asking, subject: Subject) -> Iterator[PreflightFinding]:
    """Yield whether the webroot, the program or the listener that is to fulfil the challenge can be used."""
    if subject.method is None:
        return
    try:
        asking.check_local(subject.method)
    except ChallengeError as error:
        fact = LocalObstacle(subject.method, words_of(error))
        yield subject.finding(Check.LOCAL, Outcome.WARNING, fact)
    else:
        yield subject.finding(Check.LOCAL, Outcome.OK, LocalReady(subject.method))
