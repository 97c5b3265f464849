"""Plans carried out against a CA in memory."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler.engine.fulfilled import mark_fulfilled
from reconciler.engine.options import ApplyOptions
from reconciler.errors import ReconcilerError
from reconciler.model import events
from reconciler.model.order import OrderFile, Stage
from reconciler.model.role import ChallengeType
from reconciler.plan import actions, reasons
from tests.engine.checks import assert_settled

if TYPE_CHECKING:
    from tests.engine.rig import Rig

FIRST_ORDER = Counter(
    directory=1,
    new_account=1,
    new_order=1,
    read_authorization=1,
    answer_challenge=1,
    read_order=2,
    finalize_order=1,
    download_certificate=1,
)


def test_one_name_takes_the_requests_that_the_protocol_demands_and_no_more(rig: Rig) -> None:
    rig.want("shop/www", "www.example.com")
    result = rig.apply()
    assert [event.certificate for event in result.issued] == ["shop/www"]
    assert rig.server.requests == FIRST_ORDER
    assert_settled(rig)


def test_stages_are_told_in_the_order_of_the_machine(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    told = [event.stage for event in rig.events if isinstance(event, events.OrderAdvanced)]
    assert told == [
        Stage.NEW,
        Stage.SUBMITTED,
        Stage.FULFILLING_CHALLENGES,
        Stage.PROPAGATING_CHALLENGES,
        Stage.NOTIFY_ACME_SERVER_CHALLENGES_COMPLETED,
        Stage.PROCESSING_CHALLENGE,
        Stage.FETCHING_CERTIFICATE,
        Stage.COMPLETED,
    ]


def test_what_is_done_is_done_with_no_request(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    rig.server.requests.clear()
    result = rig.apply()
    assert result == events.ApplyResult()
    assert not rig.server.requests


def test_identifiers_authorized_before_need_no_challenge(rig: Rig) -> None:
    rig.server.preauthorized = True
    rig.want("www", "www.example.com", "api.example.com")
    assert rig.apply().issued
    assert not rig.server.requests["read_authorization"]
    assert not rig.server.requests["answer_challenge"]
    assert_settled(rig)


def test_many_run_side_by_side_and_only_a_few_new_orders_at_once(rig: Rig) -> None:
    for number in range(30):
        rig.want(f"team/{number}", f"{number}.example.com", f"www.{number}.example.com")
    result = rig.apply(ApplyOptions(parallelism=10))
    assert len(result.issued) == 30
    assert 1 <= rig.server.most_in_new_order <= rig.account.max_concurrent_new_orders == 4
    assert len(rig.server.completed()) == 30
    assert_settled(rig)


def test_one_that_fails_holds_up_no_other(rig: Rig) -> None:
    rig.server.sees = lambda identifier, _type, _token: identifier.value != "bad.example.com"
    rig.want("bad", "bad.example.com", "fine.example.com")
    rig.want("good", "good.example.com")
    result = rig.apply()
    assert [event.certificate for event in result.issued] == ["good"]
    [failure] = result.failed
    assert failure.subject == "bad"
    assert failure.problem.identifier == "bad.example.com"
    assert failure.problem.code == "unauthorized"
    assert not [path for path in rig.webroot.rglob("*") if path.is_file()]


def test_a_failed_order_is_tried_again_only_when_its_time_has_come(rig: Rig) -> None:
    rig.server.sees = lambda _identifier, _type, _token: False
    rig.want("bad", "bad.example.com")
    waits = []
    for _ in range(5):
        [failure] = rig.apply().failed
        assert failure.retry_at is not None
        waits.append(failure.retry_at - rig.clock.now())
        plan = rig.plan()
        assert not plan.has_changes
        assert plan.held_back[0].until == failure.retry_at
        rig.server.requests.clear()
        rig.apply()
        assert not rig.server.requests
        rig.clock.advance(seconds=waits[-1].total_seconds())
    minute = dt.timedelta(minutes=1)
    assert waits == [minute, 10 * minute, 100 * minute, 1440 * minute, 1440 * minute]
    rig.server.sees = lambda _identifier, _type, _token: True
    assert rig.apply().issued
    assert_settled(rig)


def test_a_failed_order_is_no_reason_to_wait_once_the_tree_asks_for_something_else(rig: Rig) -> None:
    rig.server.sees = lambda identifier, _type, _token: identifier.value != "typo.example.com"
    rig.want("www", "typo.example.com")
    rig.apply()
    rig.want("www", "www.example.com")
    assert rig.apply().issued
    assert_settled(rig)


def test_renewal_takes_a_new_key_and_archives_what_was_before(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    before, old = rig.delivered("www"), rig.store.certificates()["www"]
    rig.clock.advance(days=61)
    [action] = rig.plan().actions
    assert isinstance(action, actions.CreateOrder)
    assert isinstance(action.reasons[0], reasons.RenewalDue)
    rig.apply()
    after, new = rig.delivered("www"), rig.store.certificates()["www"]
    assert before.keys() == after.keys()
    assert all(before[name] != after[name] for name in ("privkey.pem", "cert.pem", "fullchain.pem"))
    assert list(rig.store.orders()) == [new.order_id]
    assert list(rig.store.archived_orders()) == [old.order_id]
    assert_settled(rig)


@pytest.mark.parametrize("name", ["privkey.pem", "cert.pem", "chain.pem", "fullchain.pem"])
def test_files_that_are_gone_or_altered_are_written_again_without_a_request(rig: Rig, name: str) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    before = rig.delivered("www")
    rig.server.requests.clear()
    for content in (None, "something else"):
        (rig.output / "www" / name).unlink()
        if content:
            (rig.output / "www" / name).write_text(content)
        [action] = rig.plan().actions
        assert isinstance(action, actions.DeliverCertificate)
        assert [event.certificate for event in rig.apply().delivered] == ["www"]
        assert rig.delivered("www") == before
    assert not rig.server.requests
    assert_settled(rig)


def test_what_the_tree_no_longer_has_is_forgotten_and_nothing_is_deleted(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    order_id = rig.store.certificates()["www"].order_id
    rig.server.requests.clear()
    rig.specs.clear()
    [action] = rig.plan().actions
    assert isinstance(action, actions.ForgetCertificate)
    assert rig.apply().forgotten == (events.CertificateForgotten("www"),)
    assert not rig.server.requests
    assert not rig.plan().has_changes
    assert set(rig.delivered("www")) == {"privkey.pem", "cert.pem", "chain.pem", "fullchain.pem"}
    assert rig.store.certificates() == {}
    assert rig.store.order_file(order_id, OrderFile.PRIVATE_KEY) == rig.delivered("www")["privkey.pem"]
    assert (rig.folder / "state/archive/certificates/www" / f"{order_id}.yaml").exists()


def test_by_hand_the_order_waits_without_requests_until_people_say_so(rig_by_hand: Rig) -> None:
    rig = rig_by_hand
    rig.want("www", "www.example.com", "*.example.com")
    result = rig.apply()
    [waiting] = result.awaiting_people
    assert result.is_waiting
    assert {each.challenge_type for each in waiting.instructions} == {
        ChallengeType.HTTP_01,
        ChallengeType.DNS_01,
    }
    folder = rig.store.instructions_folder(waiting.order_id)
    document = json.loads((folder / "instructions.json").read_text())
    for entry in document["challenges"]:
        if "http" in entry:
            assert (folder / entry["http"]["file"]).read_text() == entry["challenge_auth"]
        else:
            record = entry["dns"]
            assert f'{record["name"]}. 60 IN TXT "{record["value"]}"' in (folder / record["file"]).read_text()
            assert record["name"] == "_acme-challenge.example.com"

    rig.server.requests.clear()
    rig.apply()
    assert not rig.server.requests

    order = rig.store.order(waiting.order_id)
    rig.store.save_order(mark_fulfilled(order, rig.clock.now(), identifier="www.example.com"))
    [still] = rig.apply().awaiting_people
    assert [each.identifier.value for each in still.instructions] == ["*.example.com"]
    assert not rig.server.requests

    rig.store.save_order(mark_fulfilled(rig.store.order(waiting.order_id), rig.clock.now()))
    assert rig.apply().issued[0].order_id == waiting.order_id
    assert rig.server.requests["new_order"] == 0
    assert_settled(rig)


def test_a_person_may_fulfil_another_challenge_than_was_asked_for(rig_by_hand: Rig) -> None:
    rig = rig_by_hand
    seen: list[str] = []

    def look(_identifier: object, challenge_type: str, _token: str) -> bool:
        seen.append(challenge_type)
        return True

    rig.server.sees = look
    rig.want("www", "www.example.com")
    [waiting] = rig.apply().awaiting_people
    order = rig.store.order(waiting.order_id)
    [authorization] = order.authorizations
    only_http = replace(authorization, challenges=authorization.challenges[:1])
    gone = replace(order, authorizations=(only_http,))
    with pytest.raises(ReconcilerError, match="offers no dns-01"):
        mark_fulfilled(gone, rig.clock.now(), challenge_type="dns-01")
    with pytest.raises(ReconcilerError, match=r"has no other\.example\.com; it has www\.example"):
        mark_fulfilled(order, rig.clock.now(), identifier="other.example.com")
    with pytest.raises(ReconcilerError, match="www may be validated by http-01, not by dns-01"):
        mark_fulfilled(order, rig.clock.now(), challenge_type="dns-01", allowed=[ChallengeType.HTTP_01])
    rig.store.save_order(mark_fulfilled(order, rig.clock.now(), challenge_type="dns-01"))
    assert rig.apply().issued
    assert seen == ["dns-01"]


def test_what_a_person_says_does_not_get_around_the_policy(rig_by_hand: Rig) -> None:
    rig = rig_by_hand
    rig.want("www", "www.example.com", challenge_type=ChallengeType.DNS_01)
    [waiting] = rig.apply().awaiting_people
    order = rig.store.order(waiting.order_id)
    rig.store.save_order(mark_fulfilled(order, rig.clock.now(), challenge_type="http-01"))
    [still] = rig.apply().awaiting_people
    assert [each.challenge_type for each in still.instructions] == [ChallengeType.DNS_01]
    assert not rig.server.requests["answer_challenge"]


def test_many_are_forgotten_in_one_run(rig: Rig) -> None:
    for number in range(40):
        rig.want(f"{number}", f"{number}.example.com")
    rig.apply()
    for number in range(1, 40):
        del rig.specs[f"{number}"]
    assert len(rig.apply().forgotten) == 39
    assert list(rig.store.certificates()) == ["0"]
    assert len(rig.store.orders()) == 1
    assert len(rig.store.archived_orders()) == 39
    assert_settled(rig)


def test_a_signal_after_the_last_step_stops_nothing(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.server.after_request = lambda name: rig.stop.set() if name == "download_certificate" else None
    result = rig.apply()
    assert result.issued
    assert not result.stopped


def test_a_webroot_configured_later_takes_over_an_order_that_waits_for_people(rig_by_hand: Rig) -> None:
    rig = rig_by_hand
    rig.want("www", "www.example.com")
    [waiting] = rig.apply().awaiting_people
    rig.uses_webroot = True
    assert rig.apply().issued[0].order_id == waiting.order_id
    assert_settled(rig)


def test_hybrid_what_people_do_is_waited_for_first(rig: Rig) -> None:
    rig.want("both", "www.example.com", "*.example.com")
    [waiting] = rig.apply().awaiting_people
    assert [each.identifier.value for each in waiting.instructions] == ["*.example.com"]
    assert not [path for path in rig.webroot.rglob("*") if path.is_file()]
    rig.store.save_order(mark_fulfilled(rig.store.order(waiting.order_id), rig.clock.now()))
    assert rig.apply().issued
    assert_settled(rig)


def test_an_order_that_expired_before_it_was_answered_is_replaced(rig_by_hand: Rig) -> None:
    rig = rig_by_hand
    rig.want("www", "www.example.com")
    [waiting] = rig.apply().awaiting_people
    rig.clock.advance(days=8)
    rig.server.orders.clear()
    rig.uses_webroot = True
    [action] = rig.plan().actions
    assert any(isinstance(reason, reasons.OrderExpired) for reason in action.reasons)
    [issued] = rig.apply().issued
    assert issued.order_id != waiting.order_id
    assert_settled(rig)


def test_an_order_for_names_that_are_no_longer_wanted_is_given_up(rig_by_hand: Rig) -> None:
    rig = rig_by_hand
    rig.want("www", "www.example.com")
    [old] = rig.apply().awaiting_people
    rig.want("www", "new.example.com")
    [action] = rig.plan().actions
    assert isinstance(action, actions.CreateOrder)
    assert action.previous is not None
    rig.uses_webroot = True
    assert rig.apply().issued
    assert rig.store.archived_orders()[old.order_id].last_error is not None
    assert_settled(rig)


def test_an_order_is_abandoned_when_the_tree_goes_back_to_what_there_is(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    rig.uses_webroot = False
    rig.want("www", "www.example.com", "more.example.com")
    assert rig.apply().awaiting_people
    rig.want("www", "www.example.com")
    [action] = rig.plan().actions
    assert isinstance(action, actions.AbandonOrder)
    assert len(rig.apply().abandoned) == 1
    assert_settled(rig)


def test_retry_after_becomes_the_next_work_date_and_is_waited_for(rig: Rig) -> None:
    rig.server.retry_after = dt.timedelta(seconds=30)
    rig.server.processing_looks = 1
    rig.want("www", "www.example.com")
    began = rig.clock.now()
    assert rig.apply().issued
    assert rig.server.requests["read_order"] == 3
    assert rig.clock.now() - began == dt.timedelta(seconds=90)


def test_without_waiting_the_order_is_left_for_the_next_run(rig: Rig) -> None:
    rig.server.retry_after = dt.timedelta(seconds=30)
    rig.want("www", "www.example.com")
    result = rig.apply(ApplyOptions(wait=False))
    [postponed] = result.waiting_for_ca
    assert postponed.order_id is not None
    assert postponed.until == rig.clock.now() + dt.timedelta(seconds=30)
    assert rig.store.order(postponed.order_id).next_work_date == postponed.until
    rig.server.requests.clear()
    assert rig.apply(ApplyOptions(wait=False)).waiting_for_ca
    assert not rig.server.requests


def test_a_wait_beyond_the_timeout_is_left_for_the_next_run(rig: Rig) -> None:
    rig.server.retry_after = dt.timedelta(minutes=11)
    rig.want("www", "www.example.com")
    assert rig.apply().waiting_for_ca
    rig.clock.advance(minutes=11)
    rig.server.retry_after = None
    assert rig.apply().issued


def test_when_stopped_everything_is_saved_and_the_next_run_goes_on(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.server.after_request = lambda name: rig.stop.set() if name == "answer_challenge" else None
    result = rig.apply()
    assert result.stopped
    assert not result.issued
    rig.stop.clear()
    rig.server.after_request = lambda _name: None
    assert rig.apply().issued
    assert rig.server.requests["new_order"] == 1
    assert_settled(rig)
