"""May this role have this name? With the rule that says so, or the reason why none does."""

from __future__ import annotations

from reconciler.policy.check import check
from reconciler.policy.decide import Decision, Denial, decide

__all__ = ["Decision", "Denial", "check", "decide"]
