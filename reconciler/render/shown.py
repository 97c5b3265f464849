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
