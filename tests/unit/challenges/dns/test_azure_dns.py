"""Azure DNS, against a server that speaks its REST API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler.challenges.dns.azure_api import CLOUDS, Cloud
from reconciler.challenges.dns.azure_dns import AzureDnsPublisher
from reconciler.errors import ChallengeError
from reconciler.model.dns_provider import AzureDns
from tests.unit.ca.https_server import TRUSTED, HttpsServer
from tests.unit.challenges.dns.azure_server import GROUP, SUBSCRIPTION, TENANT, AzureServer
from tests.unit.challenges.dns.contract import NAME, OURS, SECRET, TTL, ZONE, PublisherContract, Rig

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SERVICE = AzureDns(SUBSCRIPTION, GROUP, client_id="client", tenant_id=TENANT)


@dataclass
class AzureRig(Rig):
    azure: AzureServer
    cloud: Cloud
    requests_for_many = 20

    def publisher(self, service: AzureDns = _SERVICE) -> AzureDnsPublisher:
        return AzureDnsPublisher(service, TTL, SECRET, cloud=self.cloud)

    def publisher_of_nobody(self) -> AzureDnsPublisher:
        self.azure.client_secret = "another"
        return self.publisher()

    def publisher_into_the_void(self, port: int) -> AzureDnsPublisher:
        cloud = replace(
            self.cloud, authority=f"https://localhost:{port}", management=f"https://localhost:{port}"
        )
        return AzureDnsPublisher(_SERVICE, TTL, SECRET, cloud=cloud, timeout=0.3)

    def put(self, name: str, values: list[str], ttl: int) -> None:
        self.azure.put(_relative(name), [[value] for value in values], ttl)

    def get(self, name: str) -> tuple[set[str], int] | None:
        found = self.azure.record_sets.get(_relative(name))
        if found is None:
            return None
        properties = found["properties"]
        return {"".join(record["value"]) for record in properties["TXTRecords"]}, properties["TTL"]

    @property
    def changes(self) -> int:
        return self.azure.writes


def _relative(name: str) -> str:
    return "@" if name == ZONE else name.removesuffix(f".{ZONE}")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[AzureRig]:
    trust = tmp_path / "trust.pem"
    trust.write_text(TRUSTED)
    azure = AzureServer(ZONE, SECRET)
    with HttpsServer(azure.respond) as server:
        url = f"https://localhost:{server.port}"
        yield AzureRig(azure, Cloud(url, url, f"{url}/.default", str(trust)))


class TestContract(PublisherContract):
    """All that every publisher does."""


def test_a_set_that_changed_between_reading_and_writing_is_read_again(rig: AzureRig) -> None:
    rig.put(NAME, ["before"], 300)
    rig.azure.before_write = lambda: rig.put(NAME, ["before", "meanwhile"], 300)
    rig.publisher().change(ZONE, [OURS], [])
    assert rig.get(NAME) == ({"before", "meanwhile", OURS.value}, 300)
    assert rig.changes == 2


def test_a_set_that_was_made_between_reading_and_writing_is_read_again(rig: AzureRig) -> None:
    rig.azure.before_write = lambda: rig.put(NAME, ["meanwhile"], 300)
    rig.publisher().change(ZONE, [OURS], [])
    assert rig.get(NAME) == ({"meanwhile", OURS.value}, 300)


def test_a_set_that_gained_a_value_before_its_deletion_keeps_that(rig: AzureRig) -> None:
    rig.put(NAME, [OURS.value], 300)
    rig.azure.before_write = lambda: rig.put(NAME, [OURS.value, "meanwhile"], 300)
    rig.publisher().change(ZONE, [], [OURS])
    assert rig.get(NAME) == ({"meanwhile"}, 300)


def test_what_else_is_in_a_record_set_stays(rig: AzureRig) -> None:
    rig.azure.put("_acme-challenge", [["in", "parts"], ['quo"te']], 300, metadata={"owner": "them"})
    rig.publisher().change(ZONE, [OURS], [])
    properties = rig.azure.record_sets["_acme-challenge"]["properties"]
    assert properties["metadata"] == {"owner": "them"}
    values = [record["value"] for record in properties["TXTRecords"]]
    assert values == [["in", "parts"], ['quo"te'], [OURS.value]]


def test_one_token_serves_many_requests(rig: AzureRig) -> None:
    publisher = rig.publisher()
    publisher.change(ZONE, [OURS], [])
    publisher.change(ZONE, [], [OURS])
    assert rig.azure.tokens == 1


def test_a_missing_role_is_named(rig: AzureRig) -> None:
    rig.azure.forbidden = True
    with pytest.raises(ChallengeError, match=f"DNS Zone Contributor in the resource group {GROUP}"):
        rig.publisher().change(ZONE, [OURS], [])


def test_the_zone_may_be_another_than_was_found(rig: AzureRig) -> None:
    publisher = rig.publisher(replace(_SERVICE, zone_name=f"{ZONE}."))
    publisher.change("sub.example.com", [OURS], [])
    assert rig.get(NAME) == ({OURS.value}, TTL)
    publisher = rig.publisher(replace(_SERVICE, zone_name="example.net"))
    with pytest.raises(ChallengeError, match=r"is not in the zone example\.net"):
        publisher.change(ZONE, [OURS], [])


@pytest.mark.parametrize(
    ("service", "message"),
    [
        (replace(_SERVICE, tenant_id=None), "needs client_id and tenant_id"),
        (replace(_SERVICE, tenant_id="no tenant!"), "check client_id and tenant_id"),
    ],
)
def test_fields_that_cannot_be_are_named(rig: AzureRig, service: AzureDns, message: str) -> None:
    with pytest.raises(ChallengeError, match=message):
        rig.publisher(service).check_access(ZONE)


def test_an_unknown_environment_is_named() -> None:
    with pytest.raises(ChallengeError, match="AzurePublic, AzureChina, AzureGovernment"):
        AzureDnsPublisher(replace(_SERVICE, environment="Moon"), TTL, SECRET).check_access(ZONE)


def test_the_clouds_are_those_that_the_library_knows() -> None:
    from azure.core import AzureClouds
    from azure.identity import AzureAuthorityHosts
    from azure.mgmt.core.tools import get_arm_endpoints

    known = {
        "AzurePublic": (AzureClouds.AZURE_PUBLIC_CLOUD, AzureAuthorityHosts.AZURE_PUBLIC_CLOUD),
        "AzureChina": (AzureClouds.AZURE_CHINA_CLOUD, AzureAuthorityHosts.AZURE_CHINA),
        "AzureGovernment": (AzureClouds.AZURE_US_GOVERNMENT, AzureAuthorityHosts.AZURE_GOVERNMENT),
    }
    for name, (cloud, authority) in known.items():
        endpoints = get_arm_endpoints(cloud)
        expected = Cloud(
            f"https://{authority}", endpoints["resource_manager"].rstrip("/"), *endpoints["credential_scopes"]
        )
        assert CLOUDS[name] == expected


def test_without_a_secret_the_ambient_credentials_are_taken(
    rig: AzureRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "AZURE_CLIENT_ID": "client",
        "AZURE_CLIENT_SECRET": SECRET,
        "AZURE_TENANT_ID": TENANT,
    }.items():
        monkeypatch.setenv(name, value)
    AzureDnsPublisher(AzureDns(SUBSCRIPTION, GROUP), TTL, cloud=rig.cloud).change(ZONE, [OURS], [])
    assert rig.get(NAME) == ({OURS.value}, TTL)
