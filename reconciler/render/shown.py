"""What is shown of a plan: the same for every renderer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from reconciler.model.finding import Finding
    from reconciler.model.preflight import PreflightFinding
    from reconciler.plan.actions import Plan
    from reconciler.plan.comparison import Comparison


class ShownPlan(Struct, frozen=True):
    """A plan, and what was found besides.

    Attributes:
        plan: all of it.
        comparison: the same in two parts, where it was compared with another commit.
        warnings: about the tree.
        preflight: what was looked at before; None where nothing was.
        digest: stands for what would be done (`sha256:...`); None where nobody has asked for it.
    """

    plan: Plan
    comparison: Comparison | None = None
    warnings: tuple[Finding, ...] = ()
    preflight: tuple[PreflightFinding, ...] | None = None
    digest: str | None = None

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to say of the plan but that everything is as it should be."""
        plan = self.plan
        has_notes = plan.selection.is_partial or plan.passed_limits or plan.flawed
        return says_nothing(plan) and self.comparison is None and not has_notes


def says_nothing(plan: Plan) -> bool:
    """Say whether there is nothing in a plan to be shown."""
    return not (plan.actions or plan.waits or plan.denied)
