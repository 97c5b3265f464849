"""Where records belong, as real servers tell it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from reconciler.challenges.dns.lookup import Lookup
from reconciler.challenges.dns.standing import CaaFinder, text_values
from reconciler.challenges.dns.zones import ZoneFinder
from reconciler.errors import ChallengeError
from reconciler.model.caa import CaaRecord
from tools.ports import LOOPBACK, free_ports

if TYPE_CHECKING:
    from tests.dns.conftest import Servers


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("_acme-challenge.www.example.test", "_acme-challenge.www.example.test"),
        ("_acme-challenge.shop.example.test", "shop.delegated.test"),
        ("_acme-challenge.chain.example.test", "end.delegated.test"),
        ("long5.example.test", "long12.example.test"),
    ],
)
def test_a_name_is_followed_to_where_its_record_belongs(servers: Servers, name: str, canonical: str) -> None:
    assert servers.zones.canonical_name(name) == canonical


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("_acme-challenge.circle.example.test", "lead in a circle .*circle1.*circle2"),
        ("long0.example.test", "are more than 8"),
        ("_acme-challenge.strange.example.test", "no host's name"),
        # The server that is asked does not know the target's zone.
        ("_acme-challenge.away.example.test", r"away\.elsewhere\.invalid .*REFUSED.*`nameservers`"),
        (f"_acme-challenge.{'a.' * 120}example.test", "no name that can stand in the DNS"),
    ],
)
def test_a_name_that_leads_nowhere_is_an_error(servers: Servers, name: str, words: str) -> None:
    with pytest.raises(ChallengeError, match=words):
        servers.zones.canonical_name(name)


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("example.test", "example.test"),
        ("_acme-challenge.www.example.test", "example.test"),
        ("empty.example.test", "example.test"),
        ("_acme-challenge.x.empty.example.test", "example.test"),
        ("child.example.test", "child.example.test"),
        ("_acme-challenge.a.b.child.example.test", "child.example.test"),
        ("end.delegated.test", "delegated.test"),
    ],
)
def test_a_zone_is_where_its_soa_record_is(servers: Servers, name: str, zone: str) -> None:
    assert servers.zones.zone_of(name) == zone


def test_a_name_without_a_zone_is_an_error_that_says_who_was_asked(servers: Servers) -> None:
    with pytest.raises(ChallengeError) as caught:
        servers.zones.zone_of("_acme-challenge.www.nowhere.invalid")

    message = str(caught.value)
    assert f"the name server {servers.bind.address} did not tell" in message
    assert f"{servers.bind.address} answers REFUSED" in message
    assert "`nameservers`" in message


def test_nobody_there_is_an_error_within_bounds() -> None:
    (port,) = free_ports(1)
    lookup = Lookup((f"{LOOPBACK}:{port}",), seconds=0.1, lifetime=0.3)

    with pytest.raises(ChallengeError, match=rf"{LOOPBACK}:{port} (does not answer|cannot be reached)"):
        ZoneFinder(lookup).zone_of("www.example.test")


def test_threads_ask_once_for_the_same(servers: Servers) -> None:
    lookup = Lookup((servers.bind.address,))
    zones = ZoneFinder(lookup)

    def place(_: int) -> tuple[str, str]:
        name = zones.canonical_name("_acme-challenge.shop.example.test")
        return name, zones.zone_of(name)

    with ThreadPoolExecutor(8) as pool:
        places = set(pool.map(place, range(40)))

    assert places == {("shop.delegated.test", "delegated.test")}
    assert lookup.queries == 2


def test_a_standing_record_is_seen_in_whole(servers: Servers) -> None:
    assert set(text_values(servers.lookup, "standing.example.test")) == {"onetwo", "three"}
    assert text_values(servers.lookup, "nothing.example.test") == ()


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("*.www.example.test", ("example.test", CaaRecord(0, "issue", "ca.example"))),
        ("a.caa.deep.example.test", ("caa.deep.example.test", CaaRecord(128, "issuewild", ";"))),
    ],
)
def test_caa_records_are_those_of_the_nearest_name_above(
    servers: Servers, name: str, found: tuple[str, CaaRecord]
) -> None:
    assert CaaFinder(servers.lookup).caa_records(name) == (found[0], (found[1],))
