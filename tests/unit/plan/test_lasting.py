"""Until when there is nothing to do, if nothing but the time changes."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.model.claim import Claim, ClaimKind
from reconciler.model.desired import Desired
from reconciler.model.finding import Finding, Location, Severity
from reconciler.model.instruction import Leftovers
from reconciler.model.observed import Observed
from reconciler.model.order import Stage
from reconciler.model.renewal import RenewalInfo, RenewalRule, RenewalWindow
from reconciler.model.requested_end import RequestedEnd
from reconciler.model.selection import Selection
from reconciler.plan.diff import make_plan
from reconciler.plan.lasting import lasts_until
from tests.unit.values import DAY, NOW, account, account_spec, certificate, order, role, spec

HOUR = dt.timedelta(hours=1)
TREE = Desired(
    accounts={"ca": account_spec()},
    roles={"web": role()},
    certificates={name: spec(name) for name in ("www", "api")},
)
STATE = Observed(
    accounts={"ca": account()}, certificates={name: certificate(name) for name in ("www", "api")}
)


def until(tree: Desired = TREE, state: Observed = STATE, now: dt.datetime = NOW) -> dt.datetime | None:
    return lasts_until(make_plan(tree, state, now), tree, state)


def test_it_is_a_day_at_most() -> None:
    assert until() == NOW + DAY


def with_www(**changes: object) -> Observed:
    current = replace(certificate("www"), **changes)
    return replace(STATE, certificates={**STATE.certificates, "www": current})


def with_info(selected: dt.datetime) -> RenewalInfo:
    return RenewalInfo(NOW, RenewalWindow(selected, selected + DAY), selected)


@pytest.mark.parametrize(
    ("state", "moment"),
    [
        pytest.param(
            with_www(not_before=NOW - 60 * DAY + HOUR, not_after=NOW + 30 * DAY + HOUR),
            NOW + HOUR,
            id="two thirds of its life are over",
        ),
        pytest.param(with_www(renewal_info=with_info(NOW + 2 * HOUR)), NOW + 2 * HOUR, id="suggested"),
        pytest.param(
            with_www(
                suggested=True,
                not_before=NOW - 9 * DAY + 3 * HOUR,
                not_after=NOW + 81 * DAY + 3 * HOUR,
                renewal_info=with_info(NOW - DAY),
            ),
            NOW + 3 * HOUR,
            id="a suggestion that counts from then on",
        ),
    ],
)
def test_it_is_the_moment_of_a_renewal(state: Observed, moment: dt.datetime) -> None:
    assert until(state=state) == moment
    assert until(state=state, now=moment) is None


def test_it_is_the_moment_at_which_a_key_is_old_enough_for_another() -> None:
    created = STATE.accounts["ca"].active_key.key_creation_date
    aged = replace(account_spec(), key_max_age=NOW - created + HOUR)
    tree = replace(TREE, accounts={"ca": aged})
    assert until(tree) == NOW + HOUR
    assert until(tree, now=NOW + HOUR) is None


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(replace(STATE, orders={"www": order(stage=Stage.ERROR)}), id="an order"),
        pytest.param(replace(STATE, surplus=(order(),)), id="a surplus order"),
        pytest.param(replace(STATE, leftovers={"x": Leftovers("x", "www", ())}), id="leftovers"),
        pytest.param(replace(STATE, output_links={"x": "certs/x"}), id="a link"),
        pytest.param(
            replace(
                STATE, claims=(Claim(ClaimKind.CERTIFICATE, "x", "r", "c", "apply", "h", NOW - DAY, NOW),)
            ),
            id="a claim that is over",
        ),
        pytest.param(replace(STATE, certificates={}), id="nothing issued"),
        pytest.param(
            replace(STATE, certificates={**STATE.certificates, "old": certificate("old")}), id="one too many"
        ),
    ],
)
def test_whoever_has_something_to_say_is_asked_again(state: Observed) -> None:
    assert until(state=state) is None


def test_so_is_a_tree_with_warnings_and_a_part_of_one() -> None:
    warning = Finding("x", "x", Location("x"), severity=Severity.WARNING)
    assert until(replace(TREE, warnings=(warning,))) is None
    part = replace(make_plan(TREE, STATE, NOW), selection=Selection(("www",)))
    assert lasts_until(part, TREE, STATE) is None


moments = st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2027, 1, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001
rules = (
    st.none()
    | st.builds(RenewalRule, fraction=st.floats(0.01, 0.99))
    | st.builds(RenewalRule, duration=st.timedeltas(HOUR, 100 * DAY))
)
ends = st.none() | st.builds(lambda moment: RequestedEnd(moment=moment), moments)


@given(
    start=moments,
    life=st.timedeltas(DAY, 400 * DAY),
    rule=rules,
    end=ends,
    selected=st.none() | moments,
    suggested=st.booleans(),
    max_age=st.none() | st.timedeltas(DAY, 400 * DAY),
    now=moments,
    share=st.floats(0, 1, exclude_max=True),
)
def test_before_then_every_plan_is_the_same(
    start: dt.datetime,
    life: dt.timedelta,
    rule: RenewalRule | None,
    end: RequestedEnd | None,
    selected: dt.datetime | None,
    suggested: bool,
    max_age: dt.timedelta | None,
    now: dt.datetime,
    share: float,
) -> None:
    asked = replace(spec("www"), renew=rule, not_after=end)
    known = replace(
        certificate("www"),
        not_before=start,
        not_after=start + life,
        suggested=suggested,
        requested_end=asked.requested_end,
        renewal_info=with_info(selected) if selected else None,
    )
    tree = replace(
        TREE, certificates={"www": asked}, accounts={"ca": replace(account_spec(), key_max_age=max_age)}
    )
    state = replace(STATE, certificates={"www": known})
    moment = until(tree, state, now)
    if moment is None:
        return
    assert now < moment <= now + DAY
    later = now + (moment - now) * share
    assert make_plan(tree, state, later) == replace(make_plan(tree, state, now), now=later)
