"""Route 53, as moto speaks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from boto3.session import Session
from moto.core.models import DEFAULT_ACCOUNT_ID
from msgspec.structs import replace

from reconciler.challenges.dns.port import TxtRecord
from reconciler.challenges.dns.record_sets import plain
from reconciler.challenges.dns.route53 import Route53Publisher
from reconciler.errors import ChallengeError
from reconciler.model.dns_provider import Route53
from reconciler.orders.records import quoted
from tests.unit.challenges.dns.contract import NAME, OURS, SECRET, TTL, ZONE, PublisherContract, Rig
from tests.unit.challenges.dns.moto_server import MotoServer, moto_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from types_boto3_route53 import Route53Client
    from types_boto3_route53.type_defs import ResourceRecordTypeDef

_KEYS = Route53(access_key_id="AKIDEXAMPLE")


@dataclass
class Route53Rig(Rig):
    server: MotoServer
    client: Route53Client
    zone_id: str
    monkeypatch: pytest.MonkeyPatch
    requests_for_many = 1

    def publisher(self, service: Route53 = _KEYS) -> Route53Publisher:
        return Route53Publisher(service, TTL, SECRET, endpoint_url=self.server.url)

    def publisher_of_nobody(self) -> Route53Publisher:
        self.demand_known_keys()
        return self.publisher()

    def publisher_into_the_void(self, port: int) -> Route53Publisher:
        return Route53Publisher(_KEYS, TTL, SECRET, endpoint_url=f"http://127.0.0.1:{port}", timeout=0.3)

    def put(self, name: str, values: list[str], ttl: int) -> None:
        records: list[ResourceRecordTypeDef] = [{"Value": quoted([value])} for value in values]
        self.client.change_resource_record_sets(
            HostedZoneId=self.zone_id,
            ChangeBatch={
                "Changes": [
                    {
                        "Action": "UPSERT",
                        "ResourceRecordSet": {
                            "Name": name,
                            "Type": "TXT",
                            "TTL": ttl,
                            "ResourceRecords": records,
                        },
                    }
                ]
            },
        )

    def get(self, name: str) -> tuple[set[str], int] | None:
        pages = self.client.get_paginator("list_resource_record_sets").paginate(HostedZoneId=self.zone_id)
        for page in pages:
            for each in page["ResourceRecordSets"]:
                if each["Name"] == f"{name}." and each["Type"] == "TXT":
                    return {plain(record["Value"]) for record in each["ResourceRecords"]}, each["TTL"]
        return None

    @property
    def changes(self) -> int:
        return self.server.changes

    def demand_known_keys(self) -> None:
        """From now on, look at signatures and rights as IAM does."""
        self.monkeypatch.setattr("moto.settings.INITIAL_NO_AUTH_ACTION_COUNT", 0)


@pytest.fixture(scope="module")
def server() -> Iterator[MotoServer]:
    with moto_server() as state:
        yield state


@pytest.fixture
def rig(server: MotoServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Route53Rig]:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    server.reset()
    client = Session("test", "test", None, "us-east-1").client("route53", endpoint_url=server.url)
    zone = client.create_hosted_zone(Name=ZONE, CallerReference="test")
    yield Route53Rig(server, client, zone["HostedZone"]["Id"].removeprefix("/hostedzone/"), monkeypatch)
    client.close()


class TestContract(PublisherContract):
    """All that every publisher does."""


def test_a_set_that_changed_between_reading_and_writing_is_read_again(rig: Route53Rig) -> None:
    rig.put(NAME, ["before"], 300)
    rig.server.before_change = lambda: rig.put(NAME, ["before", "meanwhile"], 300)
    rig.server.errors = []
    rig.publisher().change(ZONE, [OURS], [])
    assert rig.get(NAME) == ({"before", "meanwhile", OURS.value}, 300)


@pytest.mark.parametrize("code", ["InvalidChangeBatch", "PriorRequestNotComplete"])
def test_a_refusal_that_passes_is_not_the_end(rig: Route53Rig, code: str) -> None:
    rig.server.errors = [code, code]
    rig.publisher().change(ZONE, [OURS], [])
    assert rig.get(NAME) == ({OURS.value}, TTL)
    assert rig.changes == 3


def test_tries_come_to_an_end(rig: Route53Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.challenges.dns.races._FIRST_WAIT", 0.001)
    rig.server.errors = ["InvalidChangeBatch"] * 50
    with pytest.raises(ChallengeError, match=r"6 tries.*said by the test"):
        rig.publisher().change(ZONE, [OURS], [])
    assert rig.changes == 6


def test_the_zone_may_be_given_by_its_id(rig: Route53Rig) -> None:
    other = rig.client.create_hosted_zone(Name=ZONE, CallerReference="second")
    other_id = other["HostedZone"]["Id"].removeprefix("/hostedzone/")
    with pytest.raises(ChallengeError, match="hosted_zone_id") as caught:
        rig.publisher().change(ZONE, [OURS], [])
    assert rig.zone_id in str(caught.value)
    assert other_id in str(caught.value)
    publisher = rig.publisher(replace(_KEYS, hosted_zone_id=rig.zone_id))
    publisher.check_access(ZONE)
    publisher.change(ZONE, [OURS], [])
    assert rig.get(NAME) == ({OURS.value}, TTL)


def test_an_id_that_is_another_zones_is_seen(rig: Route53Rig) -> None:
    rig.client.create_hosted_zone(Name="example.net", CallerReference="other")
    with pytest.raises(ChallengeError, match=r"is not that of example\.net"):
        rig.publisher(replace(_KEYS, hosted_zone_id=rig.zone_id)).check_access("example.net")
    with pytest.raises(ChallengeError, match="no such hosted zone"):
        rig.publisher(replace(_KEYS, hosted_zone_id="Z0000000000000000000")).check_access(ZONE)


def test_private_zones_do_not_count(rig: Route53Rig) -> None:
    vpc = {"VPCRegion": "us-east-1", "VPCId": "vpc-1"}
    rig.client.create_hosted_zone(
        Name=ZONE,
        CallerReference="private",
        VPC=vpc,  # type: ignore[arg-type]
        HostedZoneConfig={"PrivateZone": True},
    )
    rig.publisher().change(ZONE, [OURS], [])
    assert rig.get(NAME) == ({OURS.value}, TTL)


def test_a_large_zone_is_not_read_as_a_whole(rig: Route53Rig) -> None:
    for batch in range(2):
        changes = [
            {
                "Action": "CREATE",
                "ResourceRecordSet": {
                    "Name": f"h{batch}-{number}.{ZONE}",
                    "Type": "A",
                    "TTL": 60,
                    "ResourceRecords": [{"Value": "192.0.2.1"}],
                },
            }
            for number in range(200)
        ]
        rig.client.change_resource_record_sets(
            HostedZoneId=rig.zone_id,
            ChangeBatch={"Changes": changes},  # type: ignore[typeddict-item]
        )
    rig.put(NAME, ["of somebody else"], 300)
    rig.server.requests.clear()
    rig.publisher().change(ZONE, [OURS, TxtRecord(f"_acme-challenge.z.{ZONE}", "z")], [])
    assert rig.get(NAME) == ({"of somebody else", OURS.value}, 300)
    assert rig.changes == 1


def test_a_role_is_assumed_and_kept(rig: Route53Rig) -> None:
    role = "arn:aws:iam::{}:role/dns"
    own = replace(_KEYS, assume_role_arn=role.format(DEFAULT_ACCOUNT_ID), external_id="partner")
    publisher = rig.publisher(own)
    publisher.change(ZONE, [OURS], [])
    publisher.change(ZONE, [], [OURS])
    assert rig.server.requests.count(("POST", "/")) == 1
    # A role of another account sees the zones of that account, which has none.
    other = replace(own, assume_role_arn=role.format("999999999999"))
    with pytest.raises(ChallengeError, match="no public hosted zone"):
        rig.publisher(other).change(ZONE, [OURS], [])


def test_without_keys_the_ambient_credentials_are_taken(
    rig: Route53Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher = Route53Publisher(Route53(), TTL, endpoint_url=rig.server.url)
    with pytest.raises(ChallengeError, match="set access_key_id and secret_access_key, or give the process"):
        publisher.change(ZONE, [OURS], [])
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDAMBIENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "ambient")
    Route53Publisher(Route53(), TTL, endpoint_url=rig.server.url).change(ZONE, [OURS], [])
    assert rig.get(NAME) == ({OURS.value}, TTL)


def test_half_of_the_keys_is_an_error(rig: Route53Rig) -> None:
    with pytest.raises(ChallengeError, match="both of access_key_id and secret_access_key"):
        Route53Publisher(_KEYS, TTL, endpoint_url=rig.server.url).check_access(ZONE)
    with pytest.raises(ChallengeError, match="both of access_key_id and secret_access_key"):
        Route53Publisher(Route53(), TTL, SECRET, endpoint_url=rig.server.url).check_access(ZONE)
