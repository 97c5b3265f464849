"""One plan with everything that a reviewer can be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.model.finding import Finding, Location, Severity
from reconciler.model.identifier import parse_identifier
from reconciler.model.preflight import Check, Outcome, PreflightFinding
from reconciler.model.preflight_facts import NoAddress, OutOfTime, RecordStands
from reconciler.model.safety import Limit, LimitKind, PassedLimit
from reconciler.model.selection import Selection
from reconciler.plan import actions as do
from reconciler.plan.comparison import Comparison
from reconciler.render.report_kinds import ReportKind
from reconciler.render.reports import Report, render_report
from reconciler.render.shown import ShownPlan
from tests.unit.render.samples import DENIED, PLAN
from tests.unit.values import NOW

if TYPE_CHECKING:
    from reconciler.model.preflight_facts import Fact

COMMIT = "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432"
DIGEST = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

WARNING = Finding(
    "never-used",
    "`challenges`: `http-01` is never used: no role allows it",
    Location("reconciler.yaml", 3, 5, 7),
    severity=Severity.WARNING,
    hint="remove it",
)
OTHER_TREE = Finding(
    "account-changed",
    "the role `web` would order through another account",
    Location("origin/main:roles/web.yaml", 1, 20, 2),
)
LIMITS = (
    PassedLimit(LimitKind.MAX_FORGET, Limit(10, is_percent=True), 2, 5, 20),
    PassedLimit(LimitKind.MAX_CHANGES, Limit(3), 3, 8, 20),
)
EMPTY = PassedLimit(None, None, 0, 20, 20)


def looked(fact: Fact, outcome: Outcome, name: str = "www.example.com") -> PreflightFinding:
    place = Location("certificates/shop/www.yaml", 2, 15, 15)
    return PreflightFinding("shop/www", parse_identifier(name), Check.PORT, outcome, fact, place)


PREFLIGHT = (
    looked(RecordStands("_v.example.com"), Outcome.OK),
    looked(OutOfTime(), Outcome.UNKNOWN),
    looked(NoAddress(), Outcome.WARNING),
)


def _compared(whole: do.Plan) -> Comparison:
    """Return the plan in two parts: every second action, and what is denied, is the branch's."""
    bare = replace(whole, selection=Selection(), passed_limits=())
    changed = replace(bare, actions=whole.actions[::2], held_back=whole.held_back[:1], held_keys=())
    due = replace(
        bare, actions=whole.actions[1::2], held_back=whole.held_back[1:], denied=(), denied_certificates=()
    )
    return Comparison("origin/main", COMMIT, changed, due, (do.ForgetCertificate("kept", ()),))


WHOLE = replace(
    PLAN,
    denied=(*PLAN.denied, OTHER_TREE),
    denied_certificates=("x", "y"),
    selection=Selection(("shop/*", "old"), ("shop/b",), ("web",), ("ca",)),
    passed_limits=LIMITS,
)
RICH = ShownPlan(WHOLE, _compared(WHOLE), (WARNING,), PREFLIGHT, DIGEST)
PLAIN = ShownPlan(PLAN)
NOTHING = ShownPlan(do.Plan(NOW, unchanged=12))

INVALID = (DENIED, replace(DENIED, message="another"), WARNING, OTHER_TREE)
NAMES = ("shop/www", "unchanged", "x")

REPORTS = {
    "rich": Report("plan", shown=RICH, certificates=NAMES, prefix="pki/"),
    "plain": Report("plan", shown=PLAIN, certificates=NAMES),
    "nothing": Report("plan", shown=NOTHING, certificates=("a", "b")),
    "invalid": Report("validate", INVALID, prefix="pki/"),
}
SUFFIXES = {
    ReportKind.TEXT: "txt",
    ReportKind.JSON: "json",
    ReportKind.MARKDOWN: "md",
    ReportKind.GITHUB: "github.txt",
    ReportKind.SARIF: "sarif",
    ReportKind.CODEQUALITY: "codequality.json",
    ReportKind.GITLAB_TERRAFORM: "gitlab-terraform.json",
    ReportKind.JUNIT: "junit.xml",
}
RENDERED = {
    (name, kind): render_report(report, kind) for name, report in REPORTS.items() for kind in ReportKind
}
