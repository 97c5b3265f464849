"""Dynamic update against a real server."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from reconciler.challenges.dns.port import TxtRecord
from reconciler.challenges.dns.rfc2136 import Rfc2136Publisher
from reconciler.errors import ChallengeError
from reconciler.model.dns_provider import Rfc2136
from tools.bind import BindOptions
from tools.bind_options import STRANGER
from tools.ports import LOOPBACK, free_ports

if TYPE_CHECKING:
    from tests.dns.conftest import Servers, StartBind

ZONE = "example.test"
RECORD = TxtRecord(f"_acme-challenge.refused.{ZONE}", "value")


def test_values_come_and_go_and_those_of_others_stay(servers: Servers) -> None:
    # An apex and its wildcard share one name (RFC 8555 section 8.4).
    name = f"_acme-challenge.shared.{ZONE}"
    apex, wildcard, other = (TxtRecord(name, value) for value in ("apex", "wildcard", "another's"))
    publisher = servers.publisher()
    publisher.change(ZONE, [other], [])

    publisher.change(ZONE, [apex, wildcard], [])
    publisher.change(ZONE, [apex], [])
    assert servers.texts(name) == {"apex", "wildcard", "another's"}

    publisher.change(ZONE, [], [apex])
    assert servers.texts(name) == {"wildcard", "another's"}

    publisher.change(ZONE, [apex], [wildcard, TxtRecord(name, "never there")])
    assert servers.texts(name) == {"apex", "another's"}


def test_many_changes_are_few_messages(bind: StartBind) -> None:
    servers = bind()
    records = [TxtRecord(f"_acme-challenge.{'x' * 60}.n{number}.{ZONE}", "v" * 43) for number in range(1000)]

    servers.publisher().change(ZONE, records, [])
    updates = servers.bind.updates
    servers.publisher().change(ZONE, [], [])

    assert servers.texts(records[0].name) == servers.texts(records[-1].name) == {"v" * 43}
    assert updates == servers.bind.updates == 3


@pytest.mark.parametrize("algorithm", ["hmac-sha1", "hmac-sha224", "hmac-sha384", "hmac-sha512"])
def test_each_algorithm_of_the_settings_is_spoken(bind: StartBind, algorithm: str) -> None:
    servers = bind(BindOptions(keys={"k": algorithm}))

    servers.publisher("k", algorithm=algorithm).change(ZONE, [RECORD], [])

    assert servers.texts(RECORD.name) == {"value"}


WRONG_SECRET = base64.b64encode(b"another secret").decode()


@pytest.mark.parametrize(
    ("key", "secret", "algorithm", "words"),
    [
        ("update-key", WRONG_SECRET, "hmac-sha256", "another secret for the key update-key.*`tsig_secret`"),
        ("update-key", None, "hmac-sha512", "does not know the key update-key with hmac-sha512"),
        ("unknown-key", WRONG_SECRET, "hmac-sha256", "does not know the key unknown-key.*`tsig_key_name`"),
        (STRANGER, None, "hmac-sha256", "refuses a change of the zone example.test by the key stranger-key"),
        (None, None, "hmac-sha256", "without a key .*give one by `tsig_key_name`"),
    ],
)
def test_who_may_not_change_the_zone_learns_why(
    servers: Servers, key: str | None, secret: str | None, algorithm: str, words: str
) -> None:
    publisher = servers.publisher(key, secret=secret, algorithm=algorithm)

    with pytest.raises(ChallengeError, match=words) as checked:
        publisher.check_access(ZONE)
    with pytest.raises(ChallengeError, match=words):
        publisher.change(ZONE, [RECORD], [])

    assert servers.bind.address in str(checked.value)
    assert WRONG_SECRET not in str(checked.value)
    assert servers.texts(RECORD.name) == set()


def test_who_may_change_the_zone_learns_that_without_a_change(servers: Servers) -> None:
    serial = servers.bind.primary.serial(ZONE)

    servers.publisher().check_access(ZONE)

    assert servers.bind.primary.serial(ZONE) == serial


@pytest.mark.parametrize("zone", ["nowhere.invalid", f"www.{ZONE}"])
def test_a_zone_that_the_server_does_not_have(servers: Servers, zone: str) -> None:
    with pytest.raises(ChallengeError, match=rf"not in charge of the zone {zone} .*`nameserver`.*primary"):
        servers.publisher().check_access(zone)


def test_a_record_outside_the_zone(servers: Servers) -> None:
    with pytest.raises(ChallengeError, match=r"outside the zone example\.test"):
        servers.publisher().change(ZONE, [TxtRecord("www.delegated.test", "value")], [])


def test_a_policy_that_refuses_a_name_refuses_the_whole_change(bind: StartBind) -> None:
    servers = bind(BindOptions(refused=(RECORD.name,)))
    allowed = TxtRecord(f"_acme-challenge.allowed.{ZONE}", "value")

    servers.publisher().check_access(ZONE)
    with pytest.raises(ChallengeError, match=r"REFUSED.*`update-policy`"):
        servers.publisher().change(ZONE, [allowed, RECORD], [])
    assert servers.texts(allowed.name) == set()

    servers.publisher().change(ZONE, [allowed], [])
    assert servers.texts(allowed.name) == {"value"}


def test_nobody_at_the_address() -> None:
    (port,) = free_ports(1)

    with pytest.raises(ChallengeError, match=rf"{LOOPBACK}:{port} cannot be reached: Connection refused"):
        Rfc2136Publisher(Rfc2136(f"{LOOPBACK}:{port}"), 60, None).change(ZONE, [RECORD], [])
