"""How the names of what is ordered are likely to be validated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.model.role import ChallengeType
from reconciler.orders.methods import planned_challenges, with_wildcards
from reconciler.orders.standing_records import StandingRecords
from reconciler.plan.actions import CreateOrder, ResumeOrder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.desired import Desired
    from reconciler.model.observed import Observed
    from reconciler.orders.methods import PlannedChallenge
    from reconciler.plan.actions import Action


def with_challenges(actions: Iterable[Action], desired: Desired, observed: Observed) -> list[Action]:
    """Return actions, those of orders with the challenges that are likely to be fulfilled."""
    standing = StandingRecords(desired.accounts, observed.accounts, observed.orders.values())
    return [
        _with_challenges(each, desired, standing) if isinstance(each, CreateOrder | ResumeOrder) else each
        for each in actions
    ]


def _with_challenges(
    action: CreateOrder | ResumeOrder, desired: Desired, standing: StandingRecords
) -> CreateOrder | ResumeOrder:
    planned = planned_challenges(action.spec, desired.settings.challenges, desired.dns_providers)
    if isinstance(action, ResumeOrder):
        left = action.order.unfulfilled
        planned = tuple(each for each in planned if each.identifier in left)
    wider = with_wildcards(planned)

    def recorded(each: PlannedChallenge) -> PlannedChallenge:
        if each.challenge_type is not ChallengeType.DNS_PERSIST_01:
            return each
        record = standing.record(action.spec, each.identifier, with_wildcard=each.identifier in wider)
        return replace(each, standing=record)

    return replace(action, challenges=tuple(map(recorded, planned)))
