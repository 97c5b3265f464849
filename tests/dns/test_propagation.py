"""Whether all name servers of a zone have a record."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from reconciler.challenges.dns.lookup import Lookup
from reconciler.challenges.dns.port import TxtRecord
from reconciler.challenges.dns.propagation import Watcher
from tools.bind import BindOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.dns.conftest import Servers, StartBind

ZONE = "example.test"


def record(label: str, value: str = "value") -> TxtRecord:
    return TxtRecord(f"_acme-challenge.{label}.{ZONE}", value)


def until_missing(watcher: Watcher, wanted: TxtRecord, fits: Callable[[str | None], bool]) -> str | None:
    """Ask until the answer fits: a transfer takes a moment."""
    deadline = time.monotonic() + 10
    while not fits(missing := watcher.missing(ZONE, wanted)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return missing


def test_a_server_that_lags_is_named_until_it_has_the_record(servers: Servers) -> None:
    port, wanted, watcher = servers.bind.port, record("lag"), servers.watcher()
    absent = watcher.missing(ZONE, wanted)
    servers.publisher().change(ZONE, [wanted, record("lag", "another's")], [])

    lagging = until_missing(watcher, wanted, lambda missing: "ns2" not in (missing or ""))
    servers.bind.refresh(ZONE)

    assert absent is not None
    assert [name in absent for name in ("ns1", "ns2", "ns3")] == [True] * 3
    assert lagging == f"ns3.{ZONE} (127.0.0.3:{port}) does not have it yet"
    assert watcher.missing(ZONE, wanted) is None
    assert watcher.missing(ZONE, record("lag", "yet another")) is not None


def test_each_server_is_asked_once_a_look_and_found_once_a_run(servers: Servers) -> None:
    lookup = Lookup((servers.bind.address,))
    watcher = Watcher(lookup, port=servers.bind.port)

    watcher.missing(ZONE, record("count"))
    found = lookup.queries
    watcher.missing(ZONE, record("count"))

    # The NS records, and the addresses of three servers in two families.
    assert found == lookup.queries == 7
    assert watcher.queries == 6


def test_named_servers_are_asked_in_place_of_the_zones_own(servers: Servers) -> None:
    wanted = record("instead")
    servers.publisher().change(ZONE, [wanted], [])
    lookup = Lookup((servers.bind.address,))

    assert Watcher(lookup, (servers.bind.address,)).missing(ZONE, wanted) is None
    lagging = servers.bind.servers[2].address
    assert Watcher(lookup, (lagging,)).missing(ZONE, wanted) == f"{lagging} does not have it yet"
    assert lookup.queries == 0


def test_an_answer_too_long_for_udp_is_had_over_tcp(servers: Servers) -> None:
    many = [record("long", f"{number:03}" + "v" * 200) for number in range(60)]
    servers.publisher().change(ZONE, many, [])
    watcher = Watcher(servers.lookup, (servers.bind.address,))

    assert [watcher.missing(ZONE, each) for each in (many[0], many[-1])] == [None, None]


def test_a_dead_server_is_named_in_bounded_time_and_left_alone_for_a_while(bind: StartBind) -> None:
    servers = bind(BindOptions(secondary=True))
    port, wanted = servers.bind.port, record("dead")
    servers.publisher().change(ZONE, [wanted], [])
    now = [0.0]
    watcher = Watcher(servers.lookup, port=port, seconds=0.3, clock=lambda: now[0])
    assert until_missing(watcher, wanted, lambda missing: missing is None) is None
    servers.bind.servers[1].stop()

    start = time.monotonic()
    dead = watcher.missing(ZONE, wanted)
    taken, asked = time.monotonic() - start, watcher.queries
    again = watcher.missing(ZONE, wanted)
    now[0] = 60.0
    servers.bind.servers[1].start()

    assert dead == again == f"ns2.{ZONE} (127.0.0.2:{port}) does not answer"
    assert taken < 1.0
    assert watcher.queries == asked + 1
    assert until_missing(watcher, wanted, lambda missing: missing is None) is None


def test_addresses_that_cannot_be_reached_do_not_hold_up_those_that_can(bind: StartBind) -> None:
    # 2001:db8::/32 is for documentation: nobody answers there, if there is a way at all.
    servers = bind(BindOptions(zones={ZONE: ("ns1 AAAA 2001:db8::1", "ns1 A 127.0.0.4")}))
    wanted = record("families")
    servers.publisher().change(ZONE, [wanted], [])

    assert servers.watcher(seconds=0.2).missing(ZONE, wanted) is None


def test_a_name_server_without_an_address_is_named(bind: StartBind) -> None:
    servers = bind(BindOptions(zones={ZONE: ("@ NS nobody.elsewhere.invalid.",)}, wildcard=False))
    wanted = record("homeless")
    servers.publisher().change(ZONE, [wanted], [])

    assert servers.watcher().missing(ZONE, wanted) == "nobody.elsewhere.invalid has no address"


def test_a_server_that_does_not_have_the_zone_is_named(servers: Servers) -> None:
    watcher = Watcher(servers.lookup, (servers.bind.address,))

    missing = watcher.missing("nowhere.invalid", TxtRecord("_acme-challenge.nowhere.invalid", "value"))

    assert missing == f"{servers.bind.address} answers REFUSED"
