"""When the CA says that a certificate is to be renewed (RFC 9773), and what the new order says of the old."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING

import pytest

from reconciler.ca.port import RenewalAnswer
from reconciler.engine.options import ApplyOptions
from reconciler.errors import CAUnavailableError, ProblemError, ProtocolError
from reconciler.model.problem import ACME_ERROR, Problem
from reconciler.model.renewal import RenewalWindow
from reconciler.plan import actions, reasons
from tests.engine.checks import assert_settled

if TYPE_CHECKING:
    from reconciler.model.certificate import Certificate
    from reconciler.model.renewal import RenewalInfo
    from tests.engine.rig import Rig

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


def issued(rig: Rig) -> Certificate:
    rig.server.renewal_info = True
    rig.want("www", "www.example.com")
    rig.apply()
    return current(rig)


def current(rig: Rig) -> Certificate:
    return rig.store.certificates()["www"]


def info(rig: Rig) -> RenewalInfo:
    known = current(rig).renewal_info
    assert known is not None
    return known


def suggest(
    rig: Rig,
    start: dt.timedelta,
    end: dt.timedelta,
    *,
    url: str | None = None,
    after: dt.timedelta | None = None,
) -> RenewalWindow:
    """Let the CA suggest a window, as from now."""
    now = rig.clock.now()
    window = RenewalWindow(now + start, now + end, url)
    answer = RenewalAnswer(window, None if after is None else now + after)
    rig.server.renewal_windows[current(rig).certificate_id or ""] = answer
    return window


def ask_again(rig: Rig) -> None:
    """Let the time of the next check come, and ask."""
    rig.clock.advance(seconds=(info(rig).next_check - rig.clock.now()).total_seconds())
    rig.refresh()


def test_the_ca_is_asked_right_after_issuance_and_not_again_before_its_time(rig: Rig) -> None:
    certificate = issued(rig)
    assert certificate.certificate_id
    assert rig.server.requests["read_renewal_info"] == 1
    assert info(rig).next_check == rig.clock.now() + 6 * HOUR
    rig.refresh()
    assert rig.server.requests["read_renewal_info"] == 1
    rig.clock.advance(hours=6)
    rig.refresh()
    assert rig.server.requests["read_renewal_info"] == 2
    assert_settled(rig)


def test_the_moment_is_drawn_once_and_kept_as_long_as_the_window_is_the_same(rig: Rig) -> None:
    issued(rig)
    suggest(rig, 10 * DAY, 20 * DAY)
    rig.fraction = 0.25
    ask_again(rig)
    chosen = info(rig).selected_time
    window = info(rig).window
    assert window is not None
    assert chosen == window.moment(0.25)
    rig.fraction = 0.75
    ask_again(rig)
    assert info(rig).selected_time == chosen
    suggest(rig, 30 * DAY, 40 * DAY)
    ask_again(rig)
    window = info(rig).window
    assert window is not None
    assert info(rig).selected_time == window.moment(0.75) != chosen


def test_what_the_ca_suggests_goes_before_the_rule(rig: Rig) -> None:
    issued(rig)
    rig.fraction = 0.0
    suggest(rig, 7 * HOUR, 8 * HOUR, url="https://ca.test/incident")
    ask_again(rig)
    assert not rig.plan().has_changes
    rig.clock.advance(hours=1)
    [action] = rig.plan().actions
    assert isinstance(action, actions.CreateOrder)
    [reason] = action.reasons
    assert isinstance(reason, reasons.RenewalDue)
    assert reason.suggested
    assert reason.explanation_url == "https://ca.test/incident"
    assert rig.apply().issued
    assert_settled(rig)


def test_a_later_window_than_the_rule_waits_for_it(rig: Rig) -> None:
    issued(rig)
    rig.fraction = 0.5
    suggest(rig, 80 * DAY, 82 * DAY)
    ask_again(rig)
    rig.clock.advance(days=70)  # the rule's time was after 60
    assert not rig.plan().has_changes


def test_a_window_beyond_the_certificates_end_is_no_reason_to_let_it_expire(rig: Rig) -> None:
    issued(rig)
    suggest(rig, 200 * DAY, 201 * DAY)
    ask_again(rig)
    rig.clock.advance(days=80)
    assert rig.plan().has_changes


def test_without_renewal_information_the_rule_decides_and_a_day_passes_between_looks(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    assert rig.server.requests["read_renewal_info"] == 0
    assert info(rig).next_check == rig.clock.now() + DAY
    assert info(rig).selected_time is None
    rig.clock.advance(days=60, hours=1)
    assert rig.plan().has_changes


@pytest.mark.parametrize(
    "error",
    [
        CAUnavailableError("away"),
        ProblemError(Problem(f"{ACME_ERROR}malformed", "no")),
        ProtocolError("a page of HTML"),
    ],
)
def test_an_error_keeps_what_is_known_and_is_no_failure(rig: Rig, error: Exception) -> None:
    issued(rig)
    suggest(rig, 10 * DAY, 20 * DAY)
    ask_again(rig)
    known = info(rig)
    rig.server.fail = lambda name, _url: error if name == "read_renewal_info" else None
    ask_again(rig)
    assert (info(rig).window, info(rig).selected_time) == (known.window, known.selected_time)
    assert info(rig).next_check == rig.clock.now() + 6 * HOUR
    rig.want("api", "api.example.com")
    assert not rig.apply().failed


@pytest.mark.parametrize(
    ("said", "kept"),
    [(dt.timedelta(seconds=1), dt.timedelta(minutes=1)), (2 * HOUR, 2 * HOUR), (30 * DAY, DAY)],
)
def test_the_time_of_the_next_check_is_clamped(rig: Rig, said: dt.timedelta, kept: dt.timedelta) -> None:
    issued(rig)
    rig.clock.advance(hours=6)
    suggest(rig, 10 * DAY, 20 * DAY, after=said)
    rig.refresh()
    assert info(rig).next_check == rig.clock.now() + kept


def test_a_window_that_is_none_changes_nothing(rig: Rig) -> None:
    issued(rig)
    before = info(rig)
    rig.server.renewal_windows[current(rig).certificate_id or ""] = RenewalAnswer(None)
    ask_again(rig)
    assert (info(rig).window, info(rig).selected_time) == (before.window, before.selected_time)


def test_a_ca_that_is_away_is_not_asked_for_each_of_many(rig: Rig) -> None:
    rig.server.renewal_info = True
    for number in range(20):
        rig.want(str(number), f"{number}.example.com")
    rig.apply()
    rig.clock.advance(hours=6)
    rig.server.fail = lambda name, _url: CAUnavailableError("away") if name == "read_renewal_info" else None
    before = rig.server.requests["read_renewal_info"]
    rig.refresh()
    assert rig.server.requests["read_renewal_info"] - before <= 3 + 10  # those under way when it is noticed


def test_what_is_expired_or_revoked_is_not_asked_about(rig: Rig) -> None:
    issued(rig)
    asked = rig.server.requests["read_renewal_info"]
    rig.clock.advance(days=91)
    rig.refresh()
    assert rig.server.requests["read_renewal_info"] == asked


def test_a_renewal_says_what_it_replaces(rig: Rig) -> None:
    old = issued(rig)
    rig.clock.advance(days=80)
    rig.apply()
    assert [each.replaces for each in rig.server.orders.values()] == [None, old.certificate_id]
    assert current(rig).certificate_id != old.certificate_id


def test_one_that_was_replaced_already_is_ordered_without(rig: Rig) -> None:
    old = issued(rig)
    rig.clock.advance(days=80)
    first = next(iter(rig.server.orders.values()))
    rig.server.orders[999] = dataclasses.replace(first, number=999, replaces=old.certificate_id)
    assert rig.apply().issued
    assert rig.server.requests["new_order"] == 3
    [order] = rig.store.orders().values()
    assert order.replaces is None
    assert_settled(rig)


@pytest.mark.parametrize(
    ("code", "detail", "tolerated"),
    [
        ("malformed", "the certificate was already replaced", True),
        ("conflict", "a replacement order exists", True),
        ("unauthorized", "requester account did not request the certificate being replaced", True),
        ("rejectedIdentifier", "not this name", False),
    ],
)
def test_other_words_for_it(rig: Rig, code: str, detail: str, tolerated: bool) -> None:
    issued(rig)
    rig.clock.advance(days=80)
    refused = [ProblemError(Problem(f"{ACME_ERROR}{code}", detail, 409))]
    rig.server.fail = lambda name, _url: refused.pop() if name == "new_order" and refused else None
    result = rig.apply()
    assert bool(result.issued) is tolerated


def test_a_ca_without_renewal_information_hears_nothing_of_it(rig: Rig) -> None:
    issued(rig)
    rig.server.renewal_info = False
    rig.clock.advance(days=80)
    assert rig.apply().issued
    assert [each.replaces for each in rig.server.orders.values()] == [None, None]


def test_other_names_replace_nothing(rig: Rig) -> None:
    issued(rig)
    rig.want("www", "other.example.com")
    rig.apply()
    assert [each.replaces for each in rig.server.orders.values()] == [None, None]


# A CA that always suggests the past (RFC 9773 section 4.2: that means at once)


def always_suggest(rig: Rig, start: dt.timedelta, end: dt.timedelta) -> None:
    """Let the CA suggest the same window, as from now, for every certificate that it has."""
    now = rig.clock.now()
    answer = RenewalAnswer(RenewalWindow(now + start, now + end), now)
    for certificate_id in rig.server.certificate_ids:
        rig.server.renewal_windows[certificate_id] = answer


def test_a_window_in_the_past_means_at_once(rig: Rig) -> None:
    issued(rig)
    always_suggest(rig, -2 * DAY, -DAY)
    ask_again(rig)
    assert rig.apply().issued
    assert len(rig.server.issued) == 2


def test_but_not_at_each_run(rig: Rig) -> None:
    issued(rig)
    for _ in range(8):
        rig.clock.advance(hours=6)
        always_suggest(rig, -2 * DAY, -DAY)
        rig.refresh()
        rig.apply()
    assert len(rig.server.issued) == 2
    assert current(rig).suggested
    # After a tenth of its life the CA is believed again, and the rule holds all the time.
    rig.clock.advance(days=9)
    always_suggest(rig, -2 * DAY, -DAY)
    rig.refresh()
    assert rig.apply().issued
    assert len(rig.server.issued) == 3


def test_a_certificate_that_was_ordered_as_suggested_is_renewed_in_its_time_all_the_same(rig: Rig) -> None:
    issued(rig)
    always_suggest(rig, -2 * DAY, -DAY)
    ask_again(rig)
    rig.apply()
    assert current(rig).suggested
    assert not rig.plan().has_changes
    rig.clock.advance(days=80)
    assert rig.apply().issued
    assert_settled(rig)


def test_a_ca_that_does_not_say_it_is_not_asked_after_each_of_many_certificates(rig: Rig) -> None:
    rig.server.renewal_info = True
    rig.server.fail = lambda name, _url: CAUnavailableError("away") if name == "read_renewal_info" else None
    for number in range(10):
        rig.want(str(number), f"{number}.example.com")
    assert len(rig.apply(ApplyOptions(parallelism=1)).issued) == 10
    assert rig.server.requests["read_renewal_info"] == 3
    infos = [each.renewal_info for each in rig.store.certificates().values()]
    assert [each is None for each in infos].count(True) == 7  # the next run asks
