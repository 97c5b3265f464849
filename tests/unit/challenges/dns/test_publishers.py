"""From a provider of the tree to who publishes its records."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from reconciler.challenges.dns.azure_dns import AzureDnsPublisher
from reconciler.challenges.dns.google_cloud_dns import GoogleCloudDnsPublisher
from reconciler.challenges.dns.lexicon import LexiconPublisher
from reconciler.challenges.dns.publishers import make_publisher
from reconciler.challenges.dns.route53 import Route53Publisher
from reconciler.model.account import SecretReference
from reconciler.model.dns_provider import (
    AzureDns,
    DnsProvider,
    DnsService,
    GoogleCloudDns,
    Lexicon,
    Rfc2136,
    Route53,
)
from reconciler.model.finding import Location

_SECRET = SecretReference(env="DNS_SECRET")


def provider(service: DnsService) -> DnsProvider:
    return DnsProvider("dns", Location("dns-providers/dns.yaml"), ("*.example.com",), service, ttl=90)


@pytest.mark.parametrize(
    ("service", "kind"),
    [
        (Route53("AKID", _SECRET), Route53Publisher),
        (AzureDns("s", "g", client_secret=_SECRET), AzureDnsPublisher),
        (GoogleCloudDns(credentials=_SECRET), GoogleCloudDnsPublisher),
        (Lexicon("powerdns", {"auth_token": _SECRET, "pdns_server": "x"}), LexiconPublisher),
    ],
)
def test_each_service_has_its_publisher_and_its_secret(service: DnsService, kind: type) -> None:
    asked: list[SecretReference] = []

    def secret(reference: SecretReference) -> str:
        asked.append(reference)
        return "the secret\n"

    publisher = make_publisher(provider(service), secret)
    assert isinstance(publisher, kind)
    assert asked == [_SECRET]
    held = repr(vars(publisher))
    assert "the secret\\n" not in held
    assert vars(publisher)["_ttl"] == 90


def test_dynamic_update_gets_what_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    made = SimpleNamespace(Rfc2136Publisher=lambda *arguments: arguments)
    monkeypatch.setitem(sys.modules, "reconciler.challenges.dns.rfc2136", made)
    service = Rfc2136("192.0.2.1", "key", _SECRET)
    assert make_publisher(provider(service), lambda _: "c2VjcmV0\n") == (service, 90, "c2VjcmV0")  # type: ignore[comparison-overlap]


def test_what_is_not_referred_to_is_not_read() -> None:
    for service in (Route53(), AzureDns("s", "g"), GoogleCloudDns(), Lexicon("powerdns")):
        make_publisher(provider(service), lambda _: pytest.fail("a secret was read"))


def test_making_publishers_loads_no_library() -> None:
    program = """
import sys
from reconciler.challenges.dns import azure_dns, google_cloud_dns, lexicon, publishers, route53
print([name for name in ("boto3", "azure", "google", "lexicon", "requests", "dns") if name in sys.modules])
"""
    root = Path(__file__).parents[4]
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
