"""Other ways of fulfilling in the middle of an order: what was presented before is taken away."""

from __future__ import annotations

import shutil
import socket
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from reconciler.engine.journal import Journal
from reconciler.engine.key_change import change_key
from reconciler.engine.options import ApplyOptions
from reconciler.errors import ChallengeError
from reconciler.model.account import KeyType
from reconciler.model.fulfillment import ExecMethod, ListenMethod, WebrootMethod
from reconciler.model.order import Stage, Status
from reconciler.model.role import ChallengeType
from tests.engine.memory_ca import unavailable
from tests.engine.memory_dns import MemoryLookups
from tests.engine.test_dns import DNS, WWW, prepare, provider, the_order
from tests.engine.test_kill import Killed, killed_everywhere, one_of_each

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.order import Order
    from tests.engine.rig import Rig


@pytest.fixture
def dns_rig(rig_by_hand: Rig) -> Rig:
    prepare(rig_by_hand)
    return rig_by_hand


def say_what_is_done(rig: Rig) -> Path:
    """Configure a program that writes down what it does, and return where."""
    (rig.folder / "hook").write_text('#!/bin/sh\necho "$1 $RECONCILER_IDENTIFIER" >>said\n')
    (rig.folder / "hook").chmod(0o755)
    rig.challenges = {ChallengeType.HTTP_01: (ExecMethod(("./hook",)),)}
    return rig.folder / "said"


def test_what_was_presented_does_not_stand_around_while_people_take_their_time(dns_rig: Rig) -> None:
    dns_rig.dns.lag = 150
    dns_rig.want("two", "www.example.com", "by-hand.example.com", challenge_type=DNS)
    dns_rig.apply()
    assert len(dns_rig.dns.records) == 2
    dns_rig.providers = {"corp": provider("corp", "www.example.com")}
    dns_rig.apply()
    assert the_order(dns_rig).stage is Stage.AWAITING_CHALLENGE_FULFILLMENT
    assert dns_rig.dns.records == {}
    assert not dns_rig.store.leftovers()


def test_another_way_is_on_disk_before_it_is_gone(dns_rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    dns_rig.uses_webroot = True
    shutil.rmtree(dns_rig.webroot)
    dns_rig.want("www", "www.example.com")
    assert dns_rig.apply().failed
    dns_rig.uses_webroot = False
    said = say_what_is_done(dns_rig)
    keep = Journal.keep

    def killed_once_it_is_presented(journal: Journal, order: Order) -> None:
        if said.exists():
            raise Killed
        keep(journal, order)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "keep", killed_once_it_is_presented)
        with pytest.raises(Killed):
            dns_rig.apply()
    assert said.read_text() == "present www.example.com\n"
    dns_rig.specs.clear()
    dns_rig.apply()
    assert said.read_text() == "present www.example.com\ncleanup www.example.com\n"


def leave_at_the_ca(rig: Rig) -> None:
    """Let a run end when the CA was told, and before it was heard what it makes of it."""
    rig.server.fail = lambda name, _url: unavailable() if name == "read_order" else None
    rig.apply(ApplyOptions(wait=False, timeout=timedelta(seconds=1)))
    rig.server.fail = lambda _name, _url: None
    assert the_order(rig).stage is Stage.PROCESSING_CHALLENGE


def test_a_provider_that_is_gone_does_not_hold_up_what_the_ca_has_seen(dns_rig: Rig) -> None:
    dns_rig.want("www", "www.example.com")
    leave_at_the_ca(dns_rig)
    dns_rig.providers = {}
    result = dns_rig.apply()
    assert (len(result.issued), result.failed) == (1, ())
    [left] = result.left_behind
    assert "there is no DNS provider corp any more" in left.problem.detail


def test_a_port_that_is_taken_does_not_hold_up_what_the_ca_has_seen(dns_rig: Rig) -> None:
    dns_rig.providers = {}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        dns_rig.challenges = {ChallengeType.HTTP_01: (ListenMethod((f"127.0.0.1:{port}",)),)}
        dns_rig.want("www", "www.example.com")
        assert "another program listens there" in dns_rig.apply().failed[0].problem.detail
    dns_rig.fulfillers = dns_rig.place().fulfillers
    leave_at_the_ca(dns_rig)
    dns_rig.fulfillers.close()
    with socket.create_server(("127.0.0.1", port)):
        [order], [authorization] = dns_rig.server.orders.values(), dns_rig.server.authorizations.values()
        order.status = authorization.status = Status.PENDING
        assert "another program listens there" in dns_rig.apply().failed[0].problem.detail
        authorization.status = Status.VALID
        assert dns_rig.apply().issued


def test_what_the_ca_looks_at_stays_though_another_publishes_it_now(dns_rig: Rig) -> None:
    dns_rig.dns.lag = 150
    dns_rig.want("www", "www.example.com")
    dns_rig.apply()
    dns_rig.providers = {"new": provider("new", "*.example.com"), "corp": provider("corp", "example.com")}
    dns_rig.dns.lag = 0
    leave_at_the_ca(dns_rig)
    assert dns_rig.dns.by_name() == {WWW: 1}
    assert dns_rig.apply().issued
    assert dns_rig.dns.records == {}
    assert not dns_rig.store.leftovers()


def test_what_the_ca_looks_at_stays_though_its_certificate_is_called_otherwise_now(dns_rig: Rig) -> None:
    dns_rig.dns.lag = 150
    dns_rig.want("www", "www.example.com")
    dns_rig.apply()
    dns_rig.specs.clear()
    dns_rig.want("shop", "www.example.com")
    dns_rig.dns.lag = 0
    leave_at_the_ca(dns_rig)
    assert dns_rig.dns.by_name() == {WWW: 1}
    assert dns_rig.apply().issued
    assert dns_rig.dns.records == {}
    assert not dns_rig.store.leftovers()


@pytest.mark.parametrize("before", ["", "www.acme.example.net", "www.acme.example.com"])
@pytest.mark.parametrize("after", ["", "other.acme.example.net", "other.acme.example.com"])
@pytest.mark.parametrize("still_wanted", [True, False])
def test_a_record_is_removed_where_it_was_published(
    dns_rig: Rig, before: str, after: str, *, still_wanted: bool
) -> None:
    dns_rig.providers["acme"] = provider("acme", "*.acme.example.net")

    def lead_to(target: str) -> None:
        dns_rig.dns.aliases = {WWW: target} if target else {}

    dns_rig.dns.lag = 150
    dns_rig.want("www", "www.example.com")
    lead_to(before)
    dns_rig.apply()
    assert dns_rig.dns.by_name() == {before or WWW: 1}
    dns_rig.dns.lag = 0
    lead_to(after)
    if not still_wanted:
        dns_rig.specs.clear()
    assert bool(dns_rig.apply().issued) is still_wanted
    assert dns_rig.dns.records == {}
    assert not dns_rig.store.leftovers()


def test_nothing_is_published_at_a_place_that_the_order_does_not_know(
    dns_rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name server was away when the challenge was chosen, and is back when it is to be presented."""
    dns_rig.dns.aliases = {WWW: "www.acme.example.com"}
    dns_rig.want("www", "www.example.com")
    looks = iter([ChallengeError("nobody answers")])
    look = MemoryLookups.canonical_name

    def canonical_name(lookups: MemoryLookups, name: str) -> str:
        for error in looks:
            raise error
        return look(lookups, name)

    with monkeypatch.context() as patch:
        patch.setattr(MemoryLookups, "canonical_name", canonical_name)
        [failed] = dns_rig.apply().failed
    assert failed.problem.detail == "nobody answers"
    assert dns_rig.dns.changes == []
    assert dns_rig.apply().issued
    assert dns_rig.dns.records == {}


def test_the_records_for_a_key_that_was_changed_by_force_are_removed(dns_rig: Rig) -> None:
    dns_rig.dns.lag = 150
    dns_rig.want("www", "www.example.com")
    dns_rig.apply()
    account = dns_rig.store.account("ca")
    assert account is not None
    change_key(dns_rig.place(), dns_rig.account, account, KeyType.EC_256)
    dns_rig.dns.lag = 0
    assert dns_rig.apply().issued
    assert dns_rig.dns.records == {}
    assert not dns_rig.store.leftovers()


def test_killed_anywhere_while_an_alias_has_gone_no_record_stays(tmp_path: Path) -> None:
    def begin(rig: Rig) -> None:
        prepare(rig)
        rig.providers["acme"] = provider("acme", "*.acme.example.net")
        rig.dns.aliases = {WWW: "www.acme.example.net"}
        rig.dns.lag = 5
        rig.want("www", "www.example.com")
        rig.apply(ApplyOptions(wait=False))
        assert rig.dns.by_name() == {"www.acme.example.net": 1}
        rig.dns.lag = 0
        rig.dns.aliases = {}

    assert killed_everywhere(tmp_path, begin, assert_nothing_stays, webroot=False) > 30


def test_killed_anywhere_with_all_ways_in_one_order_nothing_stays(tmp_path: Path) -> None:
    def begin(rig: Rig) -> None:
        prepare(rig)
        file = ExecMethod(("sh", "-c", SHOWS, "-"), identifiers=("program.example.com",))
        rig.challenges = {
            ChallengeType.HTTP_01: (WebrootMethod(str(rig.webroot), ("webroot.example.com",)), file)
        }
        rig.want("all", "*.example.com", "webroot.example.com", "program.example.com", "hand.example.org")

    assert killed_everywhere(tmp_path, begin, assert_nothing_stays, webroot=False) > 60


SHOWS = 'if test "$1" = present; then : >shown; else rm -f shown; fi'


def assert_nothing_stays(rig: Rig) -> None:
    one_of_each(rig)
    assert rig.dns.records == {}
    assert not rig.store.leftovers()
    assert not (rig.folder / "shown").exists()
