"""What is found, as reports for programs show it: by level, with the path from the top of the repository."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.model.finding import Location, Severity
from reconciler.model.preflight import Outcome
from reconciler.render.flaws import flaw_finding
from reconciler.render.text import clean
from reconciler.render.wording.preflight import fact_lines
from reconciler.render.wording.safety import limit_advice, limit_code, limit_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.model.finding import Finding
    from reconciler.model.flaw import FlawedRecord
    from reconciler.model.preflight import PreflightFinding
    from reconciler.model.safety import PassedLimit
    from reconciler.render.shown import ShownPlan

SETTINGS = "reconciler.yaml"
"""Where what is about no file is shown."""

_CERTIFICATE = re.compile(r"certificates/(?P<name>.+)\.(?:ya?ml|json)")
# A file of another commit (origin/main:roles/web.yaml) or outside of the tree, or no file at all: nothing
# here can be annotated.
_NO_FILE = re.compile(
    r"\.|/.*|\.\./.*|.+:(?:(?:accounts|certificates|dns-providers|identities|roles)(?:/.*)?|reconciler\.\w+)"
)
# Messages name other places too.
_LINE_NUMBERS = re.compile(r"(?<=\.yaml|\.json):\d+(?::\d+)?|(?<=\.yml):\d+(?::\d+)?|\bline \d+")


class Level(StrEnum):
    """How bad something is, the worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


class Reported(Struct, frozen=True):
    """One thing to report; all texts are cleaned.

    Attributes:
        code: a stable word.
        message: what is wrong, in one line.
        hint: what to do about it.
        path: of the file, from the top of the repository, with forward slashes.
        line, column, length: as those of a location in the tree; line 0 means the file as a whole.
        certificate: the name of the one that it is about; None where it is about something else.
        fingerprint: stays the same when lines move; no two things of one run have the same.
    """

    code: str
    level: Level
    message: str
    hint: str | None
    path: str
    line: int
    column: int
    length: int
    certificate: str | None
    fingerprint: str

    @property
    def text(self) -> str:
        """What is wrong, and what to do, in lines."""
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class _Draft(Struct, frozen=True):
    code: str
    level: Level
    message: str
    hint: str | None
    location: Location
    certificate: str | None


def reported_findings(findings: Iterable[Finding], prefix: str) -> tuple[Reported, ...]:
    """Return findings about the tree, the worst first.

    Args:
        findings: in any order; the same one twice counts once.
        prefix: the path from the top of the repository to the tree: empty, or ending in a slash.
    """
    return _finished([_of_finding(each) for each in dict.fromkeys(findings)], prefix)


def reported_plan(shown: ShownPlan, prefix: str) -> tuple[Reported, ...]:
    """Return what was found about a plan, the worst first: likewise."""
    found = [_of_limit(each) for each in shown.plan.passed_limits]
    found += [_of_flaw(each) for each in shown.plan.flawed]
    found += [_of_finding(each) for each in dict.fromkeys((*shown.plan.denied, *shown.warnings))]
    found += [_of_preflight(each) for each in shown.preflight or () if each.outcome is not Outcome.OK]
    return _finished(found, prefix)


def _of_finding(finding: Finding) -> _Draft:
    level = Level.ERROR if finding.severity is Severity.ERROR else Level.WARNING
    named = _CERTIFICATE.fullmatch(finding.location.path)
    return _Draft(
        finding.code, level, finding.message, finding.hint, finding.location, named["name"] if named else None
    )


def _of_flaw(flaw: FlawedRecord) -> _Draft:
    found = flaw_finding(flaw)
    certificate = flaw.certificates[0] if len(flaw.certificates) == 1 else None
    return _Draft(found.code, Level.ERROR, found.message, found.hint, found.location, certificate)


def _of_limit(passed: PassedLimit) -> _Draft:
    return _Draft(
        limit_code(passed), Level.ERROR, limit_text(passed), limit_advice(passed), Location(SETTINGS), None
    )


def _of_preflight(finding: PreflightFinding) -> _Draft:
    level = Level.WARNING if finding.outcome is Outcome.WARNING else Level.NOTICE
    code = f"preflight-{finding.fact.code.replace('_', '-')}"
    message = f"{finding.identifier.text}: {finding.check}: {'; '.join(fact_lines(finding.fact))}"
    location = finding.location or Location(SETTINGS)
    return _Draft(code, level, message, None, location, finding.certificate)


def _finished(drafts: Sequence[_Draft], prefix: str) -> tuple[Reported, ...]:
    seen: Counter[str] = Counter()
    found = []
    for draft in drafts:
        location, message = draft.location, clean(draft.message)
        if _NO_FILE.fullmatch(location.path):
            location, message = Location(SETTINGS), f"{clean(location)}: {message}"
        path = clean(prefix + location.path)
        hint = clean(draft.hint) if draft.hint else None
        fingerprint = _fingerprint(seen, draft.code, path, message)
        found.append(
            Reported(
                clean(draft.code),
                draft.level,
                message,
                hint,
                path,
                location.line,
                location.column,
                location.length,
                draft.certificate,
                fingerprint,
            )
        )
    return tuple(sorted(found, key=lambda each: list(Level).index(each.level)))


def _fingerprint(seen: Counter[str], code: str, path: str, message: str) -> str:
    """Return what stands for a thing; `seen` tells those apart that differ in their lines alone."""
    what = json.dumps([code, path, _LINE_NUMBERS.sub("", message)])
    seen[what] += 1
    return hashlib.sha256(f"{what}{seen[what]}".encode()).hexdigest()
