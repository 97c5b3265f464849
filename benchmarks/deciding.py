"""The time it takes to decide about names, and what scans over the entries take for the same answers."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from itertools import chain, starmap
from typing import TYPE_CHECKING, TypeVar

from benchmarks.measure import MeasurementError
from reconciler.model.identifier import parse_identifier
from reconciler.policy import decide, judge, needs_requester

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from benchmarks.roles import Case

# What takes its time with each entry is measured on a part: on names with so many entries in all.
_LOOKED_AT = 100_000
_JUDGED = 100

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds for each name, but for the first.

    Attributes:
        index: for each entry of a role, to be made ready for the role's first name.
        decided: by `decide`.
        parsed: by `parse_identifier`.
        scanned: by `fnmatch`, entry after entry.
        searched: by one regular expression of all entries.
        judged: as `plan` judges certificates, with the reason of a denial.
    """

    index: float
    decided: float
    parsed: float
    scanned: float
    searched: float
    judged: float


def measure_case(case: Case) -> Times:
    """Measure all of it, on a case that has not been measured before.

    Raises:
        MeasurementError: something has decided otherwise than it should.
    """
    index, decided = measure_decisions(case)
    texts = [identifier.value for spec in case.certificates for identifier in spec.identifiers]
    parsed, _ = _timed(map(parse_identifier, texts))
    return Times(index, decided, parsed, measure_scan(case), measure_search(case), _judge(case))


def measure_decisions(case: Case) -> tuple[float, float]:
    """Return `index` and `decided`, measured on a case that has not been measured before.

    Raises:
        MeasurementError: a decision is wrong, or is due to another entry.
    """
    firsts = {spec.role.name: (spec.role, spec.identifiers[0]) for spec in case.certificates}
    index, _ = _timed(starmap(decide, firsts.values()))
    count = _part(case) if case.mix.is_linear else len(case.certificates)
    asked = zip(case.certificates[:count], case.entities, strict=False)
    questions = [(spec.role, each, entity) for spec, entity in asked for each in spec.identifiers]
    if not case.mix.is_anew:  # otherwise, that templates are filled is what is measured
        _timed(starmap(decide, questions))
    seconds, decisions = _timed(starmap(decide, questions))
    for decision, entry in zip(decisions, chain.from_iterable(case.entries[:count]), strict=True):
        if decision.allowed != case.is_allowed or (case.is_allowed and decision.entry != entry):
            wanted = f"allowed by {entry}" if case.is_allowed else "denied"
            raise MeasurementError(f"{case.mix.name}: a name is to be {wanted}, and there is {decision}")
    return index / case.size.entries, seconds


def measure_scan(case: Case) -> float:
    """Return `scanned`.

    Raises:
        MeasurementError: the scan does not decide as the policy does.
    """
    questions = list(_patterns(case))
    begun = (any(fnmatchcase(value, glob) for glob in globs) for globs, value in questions)
    _expect(case, begun)  # the first time, entries are compiled
    seconds, answers = _timed(any(fnmatchcase(value, glob) for glob in globs) for globs, value in questions)
    _expect(case, answers)
    return seconds


def measure_search(case: Case) -> float:
    """Return `searched`.

    Raises:
        MeasurementError: the expression does not decide as the policy does.
    """
    compiled: dict[tuple[str, ...], re.Pattern[str]] = {}
    questions = []
    for globs, value in _patterns(case):
        if globs not in compiled:
            compiled[globs] = re.compile("|".join(re.escape(each).replace(r"\*", ".+") for each in globs))
        questions.append((compiled[globs], value))
    seconds, answers = _timed(pattern.fullmatch(value) is not None for pattern, value in questions)
    _expect(case, answers)
    return seconds


def _judge(case: Case) -> float:
    now = datetime.now(UTC)
    views = (case.view,)
    # The last ones, of whom nobody has been asked about yet if all are different.
    asked = list(zip(case.certificates, case.proofs, strict=True))[-_JUDGED:]
    seconds, judgements = _timed(
        (needs_requester(spec, views), judge(spec, views, proof, now)) for spec, proof in asked
    )
    _expect(case, (judgement.evidence is not None for _, judgement in judgements))
    return seconds / case.size.names


def _patterns(case: Case) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield, for a part of the names, the patterns of the role and the name."""
    for number, spec in enumerate(case.certificates[: _part(case)]):
        globs = case.globs(number)
        for identifier in spec.identifiers:
            yield globs, identifier.value


def _part(case: Case) -> int:
    """Return how many certificates are measured of what looks at every entry."""
    return max(1, _LOOKED_AT // (case.size.entries * case.size.names))


def _expect(case: Case, answers: Iterable[bool]) -> None:
    if any(answer != case.is_allowed for answer in answers):
        wanted = "allowed" if case.is_allowed else "denied"
        raise MeasurementError(f"{case.mix.name}: not all agree that all names are {wanted}")


def _timed(answers: Iterable[_Answer]) -> tuple[float, list[_Answer]]:
    """Return the seconds that each answer takes, and the answers; they are found out here, one by one."""
    begin = time.perf_counter()
    found = list(answers)
    return (time.perf_counter() - begin) / len(found), found
