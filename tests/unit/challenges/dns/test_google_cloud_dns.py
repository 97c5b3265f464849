"""Google Cloud DNS, against a server that speaks its REST API."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from reconciler.challenges.dns.google_api import Endpoints
from reconciler.challenges.dns.google_cloud_dns import GoogleCloudDnsPublisher
from reconciler.challenges.dns.record_sets import plain
from reconciler.errors import ChallengeError
from reconciler.model.dns_provider import GoogleCloudDns
from reconciler.orders.records import quoted
from tests.unit.ca.https_server import TRUSTED, HttpsServer
from tests.unit.challenges.dns.contract import NAME, OURS, SECRET, TTL, ZONE, PublisherContract, Rig
from tests.unit.challenges.dns.google_server import OTHER_ACCOUNT, GoogleServer, credentials

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MANAGED = "example-zone"


@dataclass
class GoogleRig(Rig):
    google: GoogleServer
    url: str
    requests_for_many = 1

    def publisher(
        self, service: GoogleCloudDns | None = None, which: str = "good"
    ) -> GoogleCloudDnsPublisher:
        return GoogleCloudDnsPublisher(
            service or GoogleCloudDns(),
            TTL,
            credentials(which, f"{self.url}/token", SECRET),
            endpoints=Endpoints(self.url, self.url),
        )

    def publisher_of_nobody(self) -> GoogleCloudDnsPublisher:
        return self.publisher(which="another")

    def publisher_into_the_void(self, port: int) -> GoogleCloudDnsPublisher:
        silent = f"https://localhost:{port}"
        secret = credentials("good", f"{self.url}/token", SECRET)
        return GoogleCloudDnsPublisher(
            GoogleCloudDns(), TTL, secret, endpoints=Endpoints(silent, silent), timeout=0.3
        )

    def put(self, name: str, values: list[str], ttl: int) -> None:
        self.google.record_sets[_MANAGED, f"{name}."] = ttl, [quoted([value]) for value in values]

    def get(self, name: str) -> tuple[set[str], int] | None:
        found = self.google.record_sets.get((_MANAGED, f"{name}."))
        return ({plain(value) for value in found[1]}, found[0]) if found else None

    @property
    def changes(self) -> int:
        return self.google.changes


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GoogleRig]:
    trust = tmp_path / "trust.pem"
    trust.write_text(TRUSTED)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trust))
    google = GoogleServer({_MANAGED: (f"{ZONE}.", "public")})
    with HttpsServer(google.respond) as server:
        yield GoogleRig(google, f"https://localhost:{server.port}")


class TestContract(PublisherContract):
    """All that every publisher does."""


@pytest.mark.parametrize("before", [["before"], []])
def test_a_set_that_changed_between_reading_and_writing_is_read_again(
    rig: GoogleRig, before: list[str]
) -> None:
    if before:
        rig.put(NAME, before, 300)
    rig.google.before_change = lambda: rig.put(NAME, [*before, "meanwhile"], 300)
    rig.publisher().change(ZONE, [OURS], [])
    assert rig.get(NAME) == ({*before, "meanwhile", OURS.value}, 300)
    assert rig.changes == 2


def test_a_set_that_went_between_reading_and_writing_is_read_again(rig: GoogleRig) -> None:
    rig.put(NAME, ["before"], 300)
    rig.google.before_change = rig.google.record_sets.clear
    rig.publisher().change(ZONE, [OURS], [])
    assert rig.get(NAME) == ({OURS.value}, TTL)


def test_tries_come_to_an_end(rig: GoogleRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.challenges.dns.races._FIRST_WAIT", 0.001)
    rig.google.errors = [412] * 50
    with pytest.raises(ChallengeError, match=r"6 tries.*said by the test"):
        rig.publisher().change(ZONE, [OURS], [])
    assert rig.changes == 6


def test_an_error_that_does_not_pass_is_not_tried_again(rig: GoogleRig) -> None:
    rig.google.errors = [400]
    with pytest.raises(ChallengeError, match="said by the test"):
        rig.publisher().change(ZONE, [OURS], [])
    assert rig.changes == 1


def test_the_zone_may_be_given_by_its_name(rig: GoogleRig) -> None:
    rig.google.zones["second"] = f"{ZONE}.", "public"
    with pytest.raises(ChallengeError, match=r"set zone_name.*: example-zone, second"):
        rig.publisher().change(ZONE, [OURS], [])
    publisher = rig.publisher(GoogleCloudDns(zone_name=_MANAGED))
    publisher.check_access(ZONE)
    publisher.change(ZONE, [OURS], [])
    assert rig.get(NAME) == ({OURS.value}, TTL)
    with pytest.raises(ChallengeError, match=r"is not that of example\.net"):
        publisher.check_access("example.net")
    with pytest.raises(ChallengeError, match="correct zone_name or project"):
        rig.publisher(GoogleCloudDns(zone_name="typo")).change(ZONE, [OURS], [])


def test_private_zones_do_not_count(rig: GoogleRig) -> None:
    rig.google.zones["inside"] = f"{ZONE}.", "private"
    rig.publisher().change(ZONE, [OURS], [])
    assert rig.get(NAME) == ({OURS.value}, TTL)


def test_another_account_may_be_acted_for(rig: GoogleRig) -> None:
    publisher = rig.publisher(GoogleCloudDns(impersonate_service_account=OTHER_ACCOUNT))
    publisher.change(ZONE, [OURS], [])
    publisher.change(ZONE, [], [OURS])
    assert rig.google.impersonations == 1


def test_a_missing_role_is_named(rig: GoogleRig) -> None:
    rig.google.forbidden = True
    with pytest.raises(ChallengeError, match=r"roles/dns\.admin"):
        rig.publisher().change(ZONE, [OURS], [])


def test_another_project_is_asked(rig: GoogleRig) -> None:
    with pytest.raises(ChallengeError, match="correct zone_name or project"):
        rig.publisher(GoogleCloudDns(project="elsewhere")).check_access(ZONE)


@pytest.mark.parametrize(
    "secret",
    [
        f"no JSON {SECRET}",
        json.dumps([SECRET]),
        json.dumps({"type": "service_account", "private_key": SECRET}),
        json.dumps(
            {
                "type": "service_account",
                "private_key": SECRET,
                "client_email": "a@b",
                "token_uri": "https://localhost/",
            }
        ),
        json.dumps({"type": "external_account", "credential_source": {"executable": SECRET}}),
    ],
)
def test_credentials_that_are_none_are_not_shown(secret: str) -> None:
    with pytest.raises(ChallengeError, match="credentials") as caught:
        GoogleCloudDnsPublisher(GoogleCloudDns(), TTL, secret).check_access(ZONE)
    assert SECRET not in str(caught.value)


def test_without_credentials_the_ambient_ones_are_taken(
    rig: GoogleRig, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "key.json"
    file.write_text(credentials("good", f"{rig.url}/token", SECRET))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    endpoints = Endpoints(rig.url, rig.url)
    GoogleCloudDnsPublisher(GoogleCloudDns(), TTL, endpoints=endpoints).change(ZONE, [OURS], [])
    assert rig.get(NAME) == ({OURS.value}, TTL)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "missing.json"))
    with pytest.raises(ChallengeError, match="Application Default Credentials"):
        GoogleCloudDnsPublisher(GoogleCloudDns(), TTL, endpoints=endpoints).change(ZONE, [OURS], [])
