"""May this role have this name? With the rule that says so, or the reason why none does.

What explains (`answering`, `explaining`, `other_roles`) is taken from its module: a plan that denies nothing
needs none of it.
"""

from __future__ import annotations

from reconciler.model.evidence import Unproved
from reconciler.policy.addresses import parse_ip_range
from reconciler.policy.challenges import ChallengeProblem, challenge_problems
from reconciler.policy.deciding import could_allow, decide
from reconciler.policy.decision import Decision, Denial
from reconciler.policy.judging import Judgement, judge, judge_alone, needs_requester
from reconciler.policy.problem import EntryProblem, EntryRules
from reconciler.policy.problems import (
    allowed_domain_problem,
    denied_domain_problem,
    entry_rules,
    ip_range_problem,
)
from reconciler.policy.requester import entity_of, requester_of
from reconciler.policy.view import PolicyView

__all__ = [
    "ChallengeProblem",
    "Decision",
    "Denial",
    "EntryProblem",
    "EntryRules",
    "Judgement",
    "PolicyView",
    "Unproved",
    "allowed_domain_problem",
    "challenge_problems",
    "could_allow",
    "decide",
    "denied_domain_problem",
    "entity_of",
    "entry_rules",
    "ip_range_problem",
    "judge",
    "judge_alone",
    "needs_requester",
    "parse_ip_range",
    "requester_of",
]
