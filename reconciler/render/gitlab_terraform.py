"""A plan as three numbers, which GitLab shows in a merge request as it does those of Terraform.

https://docs.gitlab.com/user/infrastructure/iac/mr_integration/
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from reconciler.render.sections import symbol_of

if TYPE_CHECKING:
    from reconciler.plan.actions import Plan

_FIELDS = {"+": "create", "-": "delete"}


def terraform_document(plan: Plan | None) -> dict[str, int]:
    """Return how much is made, changed and taken away, by the signs that the text has.

    Without a plan there are no numbers: GitLab then says that the report failed, not that nothing changes.
    """
    if plan is None:
        return {}
    counted = Counter(_FIELDS.get(symbol_of(action), "update") for action in plan.actions)
    return {field: counted[field] for field in ("create", "update", "delete")}
