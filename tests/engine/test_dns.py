"""DNS challenges through a provider: published together, seen everywhere, removed whatever happens."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler.engine.fulfilled import mark_fulfilled
from reconciler.engine.observe import observe
from reconciler.engine.options import ApplyOptions
from reconciler.errors import ChallengeError, ProblemError
from reconciler.model.dns_provider import DnsProvider, Propagation, Rfc2136
from reconciler.model.events import ChallengeUnseen
from reconciler.model.finding import Location
from reconciler.model.fulfillment import ExecMethod, Method, Way
from reconciler.model.identifier import parse_identifier
from reconciler.model.instruction import Instruction
from reconciler.model.order import Stage
from reconciler.model.problem import ACME_ERROR, Problem
from reconciler.model.role import ChallengeType
from reconciler.model.selection import Selection
from reconciler.plan import actions
from reconciler.plan.selecting import select
from reconciler.render.wording.events import event_line
from tests.engine.checks import assert_settled
from tests.engine.test_kill import killed_everywhere, one_of_each

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reconciler.challenges.dns.port import TxtRecord
    from reconciler.model.events import ActionFailed, ApplyResult
    from reconciler.model.identifier import Identifier
    from reconciler.model.order import Order
    from tests.engine.rig import Rig

HERE = Location("dns-providers/corp.yaml", 1, 1)
DNS = ChallengeType.DNS_01
WWW = "_acme-challenge.www.example.com"


def provider(name: str, *identifiers: str, timeout: int = 120) -> DnsProvider:
    waits = Propagation(timeout=dt.timedelta(seconds=timeout))
    return DnsProvider(name, HERE, identifiers, Rfc2136("192.0.2.53"), propagation=waits)


def prepare(rig: Rig) -> None:
    """Let all of example.com be published, and the CA look where it would."""
    rig.providers = {"corp": provider("corp", "example.com", "*.example.com")}

    def sees(identifier: Identifier, challenge_type: str, _token: str) -> bool:
        name = f"_acme-challenge.{identifier.base}"
        name = rig.dns.aliases.get(name, name)
        ages = [rig.clock.monotonic() - at for record, at in rig.dns.records.items() if record.name == name]
        return challenge_type != DNS or any(age >= rig.dns.lag for age in ages)

    rig.server.sees = sees


@pytest.fixture
def dns_rig(rig_by_hand: Rig) -> Rig:
    prepare(rig_by_hand)
    return rig_by_hand


def the_order(rig: Rig) -> Order:
    [order] = rig.store.orders().values()
    return order


def failure(result: ApplyResult) -> ActionFailed:
    [failed] = result.failed
    return failed


def test_a_record_is_published_for_the_challenge_and_removed(dns_rig: Rig) -> None:
    dns_rig.want("www", "www.example.com")
    assert len(dns_rig.apply().issued) == 1
    assert dns_rig.dns.changes == [("corp", "example.com", 1, 0), ("corp", "example.com", 0, 1)]
    assert_settled(dns_rig)
    assert not dns_rig.store.leftovers()


def test_name_and_wildcard_share_a_name_with_two_values(dns_rig: Rig) -> None:
    dns_rig.want("all", "example.com", "*.example.com")
    seen = []
    dns_rig.server.after_request = lambda name: (
        seen.append(dns_rig.dns.by_name()) if name == "answer_challenge" else None
    )
    assert dns_rig.apply().issued
    assert seen == [{"_acme-challenge.example.com": 2}] * 2
    assert dns_rig.dns.records == {}


def test_the_records_of_many_orders_go_together(dns_rig: Rig) -> None:
    for number in range(40):
        dns_rig.want(f"c{number}", f"n{number}.example.com")
    assert len(dns_rig.apply().issued) == 40
    added = [each[2] for each in dns_rig.dns.changes if each[2]]
    removed = [each[3] for each in dns_rig.dns.changes if each[3]]
    assert (sum(added), sum(removed), len(removed)) == (40, 40, 1)
    assert len(added) <= 4
    assert_settled(dns_rig)


def test_the_ca_is_told_once_every_server_has_it(dns_rig: Rig) -> None:
    dns_rig.dns.lag = 45
    dns_rig.want("www", "www.example.com")
    assert dns_rig.apply().issued
    assert dns_rig.clock.monotonic() >= 45
    unseen = [each.missing for each in dns_rig.events if isinstance(each, ChallengeUnseen)]
    assert unseen == ["ns2.example.com (192.0.2.2) does not have it yet"]


def test_a_record_that_is_not_seen_in_time_is_an_error_that_names_the_server(dns_rig: Rig) -> None:
    dns_rig.dns.lag = 150
    dns_rig.want("www", "www.example.com")
    failed = failure(dns_rig.apply())
    assert "120 s after this run published it" in failed.problem.detail
    assert "ns2.example.com (192.0.2.2) does not have it yet" in failed.problem.detail
    assert dns_rig.server.requests["answer_challenge"] == 0
    order = the_order(dns_rig)
    assert order.stage is Stage.PROPAGATING_CHALLENGES
    # The next run goes on with the same order, whose record has stood meanwhile.
    assert dns_rig.apply().issued
    assert the_order(dns_rig).order_id == order.order_id
    assert len(dns_rig.server.orders) == 1
    assert dns_rig.dns.records == {}


def test_without_a_wait_the_next_run_looks_again(dns_rig: Rig) -> None:
    dns_rig.dns.lag = 5
    dns_rig.want("www", "www.example.com")
    result = dns_rig.apply(ApplyOptions(wait=False))
    [waiting] = result.waiting_for_ca
    assert "waits until its challenges can be seen: ns2.example.com (192.0.2.2)" in event_line(waiting)
    assert result.failed == ()
    dns_rig.clock.advance(seconds=10)
    assert dns_rig.apply().issued


def test_where_nobody_is_to_look_the_ca_is_told_at_once(dns_rig: Rig) -> None:
    corp = provider("corp", "*.example.com")
    dns_rig.providers = {"corp": replace(corp, propagation=Propagation(skip=True))}
    dns_rig.dns.lag = 45
    dns_rig.server.sees = lambda *_: True
    dns_rig.want("www", "www.example.com")
    assert dns_rig.apply().issued
    assert dns_rig.clock.monotonic() < 45


def test_an_alias_is_followed_to_the_provider_that_covers_its_target(dns_rig: Rig) -> None:
    dns_rig.providers["acme"] = provider("acme", "*.acme.example.net")
    dns_rig.dns.aliases[WWW] = "www.acme.example.net"
    dns_rig.want("www", "www.example.com")
    assert dns_rig.apply().issued
    assert dns_rig.dns.changes == [("acme", "example.net", 1, 0), ("acme", "example.net", 0, 1)]


def test_an_alias_to_what_nobody_covers_is_for_people(dns_rig: Rig) -> None:
    dns_rig.dns.aliases[WWW] = "www.elsewhere.example.net"
    dns_rig.want("www", "www.example.com", challenge_type=DNS)
    [waiting] = dns_rig.apply().awaiting_people
    assert [each.by_hand for each in waiting.instructions] == [True]
    assert dns_rig.dns.changes == []


def test_people_go_first_and_then_the_program(dns_rig: Rig) -> None:
    dns_rig.want("both", "www.example.com", "by-hand.example.org", challenge_type=DNS)
    [waiting] = dns_rig.apply().awaiting_people
    assert [each.identifier.value for each in waiting.instructions] == ["by-hand.example.org"]
    assert dns_rig.dns.changes == []
    dns_rig.server.sees = lambda *_: True
    dns_rig.store.save_order(mark_fulfilled(the_order(dns_rig), dns_rig.clock.now()))
    assert dns_rig.apply().issued
    assert dns_rig.dns.changes == [("corp", "example.com", 1, 0), ("corp", "example.com", 0, 1)]


def test_one_name_that_is_refused_does_not_hold_up_the_others(dns_rig: Rig) -> None:
    def refuse(_zone: str, records: Sequence[TxtRecord]) -> str | None:
        return "REFUSED" if any("bad." in each.name for each in records) else None

    dns_rig.dns.refuse = refuse
    for name in ("a", "bad", "c"):
        dns_rig.want(name, f"{name}.example.com")
    result = dns_rig.apply()
    assert sorted(each.certificate for each in result.issued) == ["a", "c"]
    failed = failure(result)
    assert (failed.subject, failed.problem.detail) == (
        "bad",
        "the TXT record at _acme-challenge.bad.example.com: the DNS provider corp: REFUSED",
    )


def test_a_zone_that_takes_nothing_is_not_tried_for_each_name(dns_rig: Rig) -> None:
    tried = []

    def refuse(_zone: str, records: Sequence[TxtRecord]) -> str:
        tried.append(len(records))
        return "REFUSED"

    dns_rig.dns.refuse = refuse
    for number in range(30):
        dns_rig.want(f"c{number}", f"n{number}.example.com")
    assert len(dns_rig.apply().failed) == 30
    assert len(tried) < 15


def test_old_records_that_cannot_be_removed_hold_up_no_new_ones(dns_rig: Rig) -> None:
    dns_rig.providers["corp"] = provider("corp", "*")
    for number in range(5):
        dns_rig.want(f"c{number}", f"n{number}.example.net")

    def forget_zone(_name: str) -> None:
        if dns_rig.server.requests["finalize_order"] == 5 and "example.net" in dns_rig.dns.zones:
            dns_rig.dns.zones.remove("example.net")

    dns_rig.server.after_request = forget_zone
    assert len(dns_rig.apply().left_behind) == 5
    dns_rig.want("www", "www.example.com")
    assert len(dns_rig.apply().left_behind) == 5
    assert WWW not in dns_rig.dns.by_name()


def test_what_cannot_be_removed_is_remembered_until_it_is(dns_rig: Rig) -> None:
    dns_rig.want("www", "www.example.com")
    dns_rig.server.after_request = lambda name: (
        setattr(dns_rig.dns, "refuse", lambda *_: "SERVFAIL") if name == "finalize_order" else None
    )
    result = dns_rig.apply()
    assert (len(result.issued), result.failed) == (1, ())
    [left] = result.left_behind
    assert left.problem.detail == f"the TXT record at {WWW}: the DNS provider corp: SERVFAIL"
    assert dns_rig.dns.by_name() == {WWW: 1}
    [action] = dns_rig.plan().actions
    assert isinstance(action, actions.CleanUp)
    assert len(dns_rig.apply().left_behind) == 1
    dns_rig.dns.refuse = lambda *_: None
    result = dns_rig.apply()
    assert (len(result.cleaned_up), result.left_behind, dns_rig.dns.records) == (1, (), {})
    assert_settled(dns_rig)


def test_a_provider_that_is_gone_is_asked_for(dns_rig: Rig) -> None:
    dns_rig.dns.lag = 150
    dns_rig.want("www", "www.example.com")
    dns_rig.apply()
    gone = dns_rig.providers.pop("corp")
    dns_rig.providers["other"] = provider("other", "example.net")
    result = dns_rig.apply()
    assert result.awaiting_people
    [left] = result.left_behind
    assert "there is no DNS provider corp any more" in left.problem.detail
    dns_rig.providers["corp"] = gone
    result = dns_rig.apply()
    assert result.issued
    assert dns_rig.dns.records == {}


def test_a_refusal_of_the_ca_removes_the_record(dns_rig: Rig) -> None:
    refusal = ProblemError(Problem(f"{ACME_ERROR}malformed", "no"))
    dns_rig.server.fail = lambda name, _url: refusal if name == "finalize_order" else None
    dns_rig.want("www", "www.example.com")
    assert dns_rig.apply().failed
    assert dns_rig.dns.records == {}


def test_what_is_asked_for_no_more_is_removed(dns_rig: Rig) -> None:
    dns_rig.dns.lag = 150
    dns_rig.want("www", "www.example.com")
    dns_rig.apply()
    assert dns_rig.dns.by_name() == {WWW: 1}
    dns_rig.specs.clear()
    dns_rig.apply()
    assert dns_rig.dns.records == {}
    assert not dns_rig.store.leftovers()


@pytest.mark.parametrize("path", ["x" * 250, "é"])
def test_a_value_that_no_character_string_can_hold_is_for_people(dns_rig: Rig, path: str) -> None:
    method = Method(Way.DNS_PROVIDER, "corp")
    asked = Instruction(
        "order",
        "www",
        parse_identifier("www.example.com"),
        ChallengeType.DNS_PERSIST_01,
        token="",
        key_authorization="",
        account_url=f"https://ca.test/{path}",
        issuer_domain_names=("ca.test",),
        method=method,
    )
    with pytest.raises(ChallengeError, match=r"publish it by hand|cannot stand in a TXT record"):
        dns_rig.place().fulfillers.of(method, ChallengeType.DNS_PERSIST_01).present(asked)


def test_without_a_wait_all_records_of_a_zone_get_out(dns_rig: Rig) -> None:
    for number in range(40):
        dns_rig.want(f"c{number}", f"n{number}.example.com")
    dns_rig.apply(ApplyOptions(wait=False))
    assert sum(each[2] for each in dns_rig.dns.changes) == 40
    dns_rig.apply()
    assert len(dns_rig.store.certificates()) == 40
    assert dns_rig.dns.records == {}


def test_a_bug_that_one_record_meets_ends_that_order_alone(dns_rig: Rig) -> None:
    def refuse(_zone: str, records: Sequence[TxtRecord]) -> str | None:
        if any("bad." in each.name for each in records):
            raise ValueError("not this one")
        return None

    dns_rig.dns.refuse = refuse
    for name in ("a", "bad", "c", "d"):
        dns_rig.want(name, f"{name}.example.com")
    result = dns_rig.apply()
    assert sorted(each.certificate for each in result.issued) == ["a", "c", "d"]
    assert "ValueError: not this one" in failure(result).problem.detail


def test_a_bug_in_removing_costs_no_result(dns_rig: Rig) -> None:
    dns_rig.want("www", "www.example.com")

    def break_down(name: str) -> None:
        if name == "finalize_order":
            dns_rig.dns.zones.clear()

    dns_rig.server.after_request = break_down
    result = dns_rig.apply()
    assert (len(result.issued), len(result.left_behind)) == (1, 1)
    assert "no zone was found" in result.left_behind[0].problem.detail


def test_nobody_asks_the_dns_for_names_that_need_it_not(dns_rig: Rig) -> None:
    dns_rig.uses_webroot = True
    dns_rig.dns.zones.clear()
    dns_rig.dns.aliases = None  # type: ignore[assignment] # whoever looks breaks down
    dns_rig.server.sees = lambda *_: True
    dns_rig.want("www", "www.example.com")
    assert dns_rig.apply().issued


def test_the_order_remembers_how_it_is_fulfilled(dns_rig: Rig) -> None:
    dns_rig.dns.lag = 150
    dns_rig.want("www", "www.example.com")
    dns_rig.apply()
    [authorization] = the_order(dns_rig).authorizations
    assert authorization.method == Method(Way.DNS_PROVIDER, "corp", WWW)


def test_what_was_published_is_removed_where_it_was_though_an_alias_has_changed(dns_rig: Rig) -> None:
    rig = dns_rig
    rig.providers["acme"] = provider("acme", "*.acme.example.net")
    rig.dns.lag = 150
    rig.want("www", "www.example.com")
    rig.want("api", "api.example.com")
    rig.dns.aliases["_acme-challenge.api.example.com"] = "api.acme.example.net"
    rig.apply()
    assert rig.dns.by_name() == {WWW: 1, "api.acme.example.net": 1}
    rig.dns.aliases = {WWW: "www.acme.example.net"}
    rig.specs.clear()
    rig.apply()
    assert rig.dns.records == {}


def test_an_alias_that_changes_in_the_middle_of_an_order_is_followed(dns_rig: Rig) -> None:
    rig = dns_rig
    rig.providers["acme"] = provider("acme", "*.acme.example.net")
    rig.dns.lag = 150
    rig.want("www", "www.example.com")
    rig.apply()
    rig.dns.aliases[WWW] = "www.acme.example.net"
    rig.dns.lag = 0
    assert rig.apply().issued
    assert rig.dns.records == {}
    assert rig.dns.changes[0] == ("corp", "example.com", 1, 0)
    assert rig.dns.changes[1] == ("acme", "example.net", 1, 0)
    assert sorted(rig.dns.changes[2:]) == [("acme", "example.net", 0, 1), ("corp", "example.com", 0, 1)]


def test_a_program_is_run_with_the_arguments_that_are_for_the_name(dns_rig: Rig) -> None:
    (dns_rig.folder / "hook").write_text('#!/bin/sh\necho "$1 $2 $RECONCILER_IDENTIFIER" >>said\n')
    (dns_rig.folder / "hook").chmod(0o755)
    programs = [
        ExecMethod(("./hook", f"to {each}"), identifiers=(f"{each}.example.com",)) for each in ("a", "b")
    ]
    dns_rig.challenges = {ChallengeType.HTTP_01: tuple(programs)}
    for name in ("a", "b"):
        dns_rig.want(name, f"{name}.example.com")
    assert len(dns_rig.apply().issued) == 2
    assert sorted((dns_rig.folder / "said").read_text().splitlines()) == [
        f"to {each} {action} {each}.example.com" for each in ("a", "b") for action in ("cleanup", "present")
    ]


def test_what_a_program_has_presented_is_taken_away_by_it_with_other_arguments(dns_rig: Rig) -> None:
    (dns_rig.folder / "hook").write_text('#!/bin/sh\necho "$1 $2" >>said\ntest "$1" != fails\n')
    (dns_rig.folder / "hook").chmod(0o755)
    dns_rig.challenges = {ChallengeType.HTTP_01: (ExecMethod(("./hook", "fails")),)}
    dns_rig.want("www", "www.example.com")
    assert dns_rig.apply().failed
    dns_rig.challenges = {ChallengeType.HTTP_01: (ExecMethod(("./hook", "--other")),)}
    assert dns_rig.apply().issued
    said = (dns_rig.folder / "said").read_text().splitlines()
    assert said == ["fails present", "--other cleanup", "--other present", "--other cleanup"]
    assert not dns_rig.store.leftovers()


def test_killed_anywhere_no_record_stays(tmp_path: Path) -> None:
    def begin(rig: Rig) -> None:
        prepare(rig)
        rig.want("www", "www.example.com", "*.example.com")

    def check(rig: Rig) -> None:
        one_of_each(rig)
        assert rig.dns.records == {}
        assert not rig.store.leftovers()

    assert killed_everywhere(tmp_path, begin, check, webroot=False) > 50


def test_what_others_have_left_behind_is_not_touched(dns_rig: Rig) -> None:
    for name in ("www", "mail"):
        dns_rig.want(name, f"{name}.example.com")
    # What is there cannot be removed.
    dns = dns_rig.dns
    dns.refuse = lambda _, records: "SERVFAIL" if dns.records.keys() & set(records) else None
    assert len(dns_rig.apply().left_behind) == 2
    dns.refuse = lambda *_: None
    observed, chosen = observe(dns_rig.store, dns_rig.output), Selection(select=("www",))
    only = select(dns_rig.plan(), chosen, dns_rig.desired, observed, {})
    dns_rig.plan = lambda: only  # type: ignore[method-assign]
    assert [each.certificate for each in dns_rig.apply().cleaned_up] == ["www"]
    assert [each.certificate_name for each in dns_rig.store.leftovers().values()] == ["mail"]
    assert dns.by_name() == {"_acme-challenge.mail.example.com": 1}
