"""How much one run may change: the settings, and what the command line says instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.model.safety import Safety

if TYPE_CHECKING:
    from reconciler.model.desired import Desired
    from reconciler.model.observed import Observed
    from reconciler.plan.actions import Plan


class LimitOptions(Struct, frozen=True):
    """What the user says of limits.

    Attributes:
        overrides: the limits that hold for this run in the place of the settings'; each alone.
        allow_empty_tree: whether a tree without certificates is meant.
    """

    overrides: Safety = field(default_factory=Safety)
    allow_empty_tree: bool = False

    def hold(self, plan: Plan, desired: Desired, observed: Observed) -> Plan:
        """Return a plan with the limits that it passes."""
        from reconciler.plan.limits import passed_limits

        safety = desired.settings.safety.overridden_by(self.overrides)
        passed = passed_limits(plan, desired, observed, safety, allow_empty_tree=self.allow_empty_tree)
        return replace(plan, passed_limits=passed)
