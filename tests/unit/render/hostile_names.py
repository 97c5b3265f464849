"""Names that mean something to a terminal, a runner, a forge or a parser."""

from __future__ import annotations

from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.model.finding import Finding, Location
from reconciler.model.preflight import Outcome
from reconciler.model.preflight_facts import Failed, NoRecordStands, NotCovered, ServersFail
from reconciler.model.safety import Limit, LimitKind, PassedLimit
from reconciler.model.selection import Selection
from reconciler.plan import actions as do
from reconciler.plan import reasons as why
from reconciler.plan.comparison import Comparison
from reconciler.render.shown import ShownPlan
from tests.unit.render.review_samples import looked
from tests.unit.values import NOW, account_spec, role, spec

HOSTILE = (
    "",
    " ",
    "a|b",
    "a\\|b\\",
    "`code`",
    "``",
    "`" * 200,
    "```\nx\n```",
    "<img src=x onerror=alert(1)>",
    "<details><summary>",
    "</details>",
    "<!-- -->",
    "-->",
    "@team",
    "@org/team",
    "#12",
    "GH-12",
    "org/repo#1",
    "deadbeefdeadbeef",
    "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d",
    "www.example.com",
    "https://example.com/?a=1&b=2",
    "mail@example.com",
    "![x](https://example.com/x.png)",
    "[x](javascript:alert(1))",
    "[x]: https://example.com",
    ":+1: :tada:",
    "$x^2$",
    "&lt;b&gt;&#64;team",
    "**bold** _it_ ~~gone~~",
    "# heading",
    "- item",
    "1. item",
    "1)",
    "1.",
    "> quote",
    "---",
    "===",
    "/close",
    "::error::owned",
    "::add-mask::e",
    "##[error]owned",
    "%0A::error::owned",
    "a,file=b",
    "\r\n::error::owned",
    "]]>",
    "<![CDATA[",
    "&amp;&quot;",
    "nul\x00",
    "\x1b[31mred\x07",
    "\u202eabc\u2066",
    "\ufffe\uffff",
    "\udcff",
    "\u2028\u2029\x85",
    "  spaces  ",
    "    four",
    "\t\ttabs",
    "ünï©ode 名前",
    "\\",
    "x" * 10_000,
    "@x " * 3_000,
)

TEXTS = st.text(alphabet=st.sampled_from("a1 `|\\@#<>*_~[]()!:/.-&;$\n\t+=\u202e"), max_size=40) | st.text()


def hostile_plan(name: str) -> ShownPlan:
    """Return a plan that has a name everywhere."""
    named = replace(spec(name, of=role(name, name)), profile=name)
    denied = (
        Finding("other", name, Location(name, 1, 1), hint=name),
        Finding("denied", name, Location(name)),
    )
    reasons: tuple[why.Reason, ...] = (why.RoleChanged(name, name), why.OrderExpired(name))
    plan = do.Plan(
        NOW,
        (
            do.RegisterAccount(account_spec(name), reasons),
            do.CreateOrder(named, reasons),
            do.ForgetCertificate(name, reasons),
        ),
        (do.HeldBack(named, reasons, None),),
        denied=denied,
        denied_certificates=(name,),
        held_keys=(do.HeldBackKey(account_spec(name), reasons),),
        selection=Selection((name,)),
        passed_limits=(PassedLimit(LimitKind.MAX_FORGET, Limit(1), 1, 2, 3),),
    )
    bare = replace(plan, selection=Selection(), passed_limits=())
    comparison = Comparison(name, name, bare, bare, plan.actions)
    facts = (Failed(name), ServersFail(name, name), NotCovered(name, "x", name), NoRecordStands(name, name))
    preflight = tuple(replace(looked(each, Outcome.WARNING), certificate=name) for each in facts)
    return ShownPlan(plan, comparison, denied, preflight, name)
