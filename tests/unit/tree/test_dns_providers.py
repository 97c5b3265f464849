"""DNS providers, the ways in the settings, and who chooses them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import InvalidTreeError
from reconciler.model.account import SecretReference
from reconciler.model.dns_provider import (
    AzureDns,
    DnsProvider,
    GoogleCloudDns,
    Lexicon,
    Propagation,
    Rfc2136,
    Route53,
)
from reconciler.model.role import ChallengeType
from reconciler.tree.load import load_tree
from tests.unit.tree.trees import found, make_tree

if TYPE_CHECKING:
    from pathlib import Path

RFC2136 = """
type: rfc2136
identifiers: EXAMPLE.com, "*.RÄKSMÖRGÅS.se", "*"
ttl: 5m
nameserver: 192.0.2.53:5353
tsig_key_name: acme-key
tsig_secret: {env: TSIG_SECRET}
tsig_algorithm: hmac-sha256
nameservers: "192.0.2.53:5353, [2001:db8::53]:53"
propagation: {timeout: 10m}
"""
ROUTE53 = """
type: aws-route53
identifiers: ["*.example.org"]
access_key_id: AKIAIOSFODNN7EXAMPLE
secret_access_key: {file: aws}
hosted_zone_id: Z1
"""
AZURE = """
type: azure-dns
identifiers: ["*.example.net"]
subscription_id: s
resource_group_name: dns
environment: AzureChina
"""
GOOGLE = "type: google-cloud-dns\nidentifiers: ['*.example.dev']\ncredentials: {file: key.json}\n"
LEXICON = """
type: lexicon
identifiers: ["*.example.info"]
provider: powerdns
options: {pdns_server: "https://dns.example.com", auth_token: {env: PDNS_KEY}}
"""


def provider(folder: Path, text: str) -> DnsProvider:
    make_tree(folder, {"dns-providers/corp.yaml": text})
    return load_tree(folder).dns_providers["corp"]


def test_rfc2136(tmp_path: Path) -> None:
    text = RFC2136.replace(
        'identifiers: EXAMPLE.com, "*.RÄKSMÖRGÅS.se", "*"', "identifiers: 'EXAMPLE.com, *.RÄKSMÖRGÅS.se, *'"
    )
    made = provider(tmp_path, text)
    assert made.identifiers == ("example.com", "*.xn--rksmrgs-5wao1o.se", "*")
    secret = SecretReference(env="TSIG_SECRET")
    assert made.service == Rfc2136("192.0.2.53:5353", "acme-key", secret, "hmac-sha256")
    assert (made.ttl, made.type) == (300, "rfc2136")
    assert made.propagation == Propagation(
        ("192.0.2.53:5353", "[2001:db8::53]:53"), timedelta(minutes=10), skip=False
    )


def test_what_a_provider_does_not_say_of_propagation_is_as_the_settings_have_it(tmp_path: Path) -> None:
    settings = "dns: {nameservers: 192.0.2.1, propagation: {timeout: 9m, skip: true}}"
    own = {
        "waits": "propagation: {timeout: 3m}",
        "looks": "propagation: {skip: false}",
        "asks": "nameservers: 192.0.2.2",
    }
    files = {
        f"dns-providers/{name}.yaml": f"type: google-cloud-dns\nidentifiers: [{name}.example]\n{line}\n"
        for name, line in own.items()
    }
    make_tree(tmp_path, {"reconciler.yaml": settings, **files})
    made = {name: each.propagation for name, each in load_tree(tmp_path).dns_providers.items()}
    inside, other = ("192.0.2.1",), ("192.0.2.2",)
    assert made == {
        "waits": Propagation(inside, timedelta(minutes=3), skip=True),
        "looks": Propagation(inside, timedelta(minutes=9), skip=False),
        "asks": Propagation(other, timedelta(minutes=9), skip=True),
    }


def test_the_clouds_and_the_rest(tmp_path: Path) -> None:
    made = [provider(tmp_path, text) for text in (ROUTE53, AZURE, GOOGLE, LEXICON)]
    assert [each.service for each in made] == [
        Route53("AKIAIOSFODNN7EXAMPLE", SecretReference(file="aws"), hosted_zone_id="Z1"),
        AzureDns("s", "dns", environment="AzureChina"),
        GoogleCloudDns(credentials=SecretReference(file="key.json")),
        Lexicon(
            "powerdns",
            {"pdns_server": "https://dns.example.com", "auth_token": SecretReference(env="PDNS_KEY")},
        ),
    ]
    assert [each.ttl for each in made] == [60, 60, 10, 60]
    assert [each.type for each in made] == ["aws-route53", "azure-dns", "google-cloud-dns", "lexicon"]
    assert all(each.propagation is None for each in made)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("type: rfc2136\nidentifiers: [a.example]\n", "1:1 missing-field"),
        ("type: rfc2136\nidentifiers: [a.example]\nnameserver: ns1.example.com\n", "3:13 bad-value"),
        ("type: bind\nidentifiers: [a.example]\n", "1:7 unknown-value"),
        ("type: lexicon\nidentifiers: []\nprovider: x\n", "2:14 bad-value"),
        ("type: lexicon\nidentifiers: [a b]\nprovider: x\n", "2:15 bad-pattern"),
        ("type: lexicon\nidentifiers: [a.example]\n", "1:1 missing-field"),
        ("type: azure-dns\nidentifiers: [a.example]\nsubscription_id: x\n", "1:1 missing-field"),
        (
            "type: lexicon\nidentifiers: [a.example]\nprovider: x\noptions: {auth_token: abc}\n",
            "4:23 literal-secret",
        ),
        ("type: lexicon\nidentifiers: [a.example]\nprovider: x\nregion: y\n", "4:9 unknown-field"),
        (
            "type: aws-route53\nidentifiers: [a.example]\nsecret_access_key: abc\naccess_key_id: x\n",
            "3:20 literal-secret",
        ),
        ("type: aws-route53\nidentifiers: [a.example]\naccess_key_id: x\n", "3:1 missing-field"),
        ("type: aws-route53\nidentifiers: [a.example]\nttl: 1y\n", "3:6 bad-value"),
        ("type: aws-route53\nidentifiers: [a.example]\nttl: 0\n", "3:6 bad-value"),
        ("type: aws-route53\nidentifiers: [a.example]\nttl: 999999d\n", "3:6 bad-value"),
        ("type: aws-route53\nidentifiers: [a.example]\nttl: 0s\n", "3:6 bad-value"),
    ],
)
def test_what_is_not_allowed(tmp_path: Path, text: str, expected: str) -> None:
    make_tree(tmp_path, {"dns-providers/corp.yaml": text})
    assert found(tmp_path) == [f"dns-providers/corp.yaml:{expected}"]


def test_manual_is_no_name(tmp_path: Path) -> None:
    make_tree(tmp_path, {"dns-providers/manual.yaml": ROUTE53})
    assert found(tmp_path) == ["dns-providers/manual.yaml bad-name"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [("{}", {}), ("{env: test}", {"env": "test"}), ("{file: {env: X}}", {"file": SecretReference(env="X")})],
)
def test_options_may_have_any_names(
    tmp_path: Path, options: str, expected: dict[str, str | SecretReference]
) -> None:
    made = provider(tmp_path, f"type: lexicon\nidentifiers: [a.example]\nprovider: x\noptions: {options}\n")
    assert made.service == Lexicon("x", expected)


def test_no_secret_is_shown(tmp_path: Path) -> None:
    text = LEXICON.replace("{env: PDNS_KEY}", "hunter2").replace(
        "type: lexicon", "type: lexicon\ntsig_secret: hunter2"
    )
    make_tree(tmp_path, {"dns-providers/corp.yaml": text})
    with pytest.raises(InvalidTreeError) as error:
        load_tree(tmp_path)
    assert error.value.findings
    assert "hunter2" not in repr(error.value.findings)


def test_what_two_cover_is_warned_about(tmp_path: Path) -> None:
    make_tree(tmp_path, {"dns-providers/a.yaml": ROUTE53, "dns-providers/b.yaml": ROUTE53})
    [warning] = load_tree(tmp_path).warnings
    assert (warning.code, warning.location.path) == ("covered-twice", "dns-providers/b.yaml")


CHOOSES = """
acme_account_name: le
allowed_domains: [www.example.com]
fulfillment: {dns-01: corp, http-01: manual}
"""


def test_roles_and_certificates_choose(tmp_path: Path) -> None:
    certificate = "role: web\nidentifiers: [a.example.org]\nfulfillment: {dns-01: manual}\n"
    files = {
        "dns-providers/corp.yaml": ROUTE53,
        "roles/web.yaml": CHOOSES,
        "certificates/www.yaml": certificate,
    }
    make_tree(tmp_path, files)
    tree = load_tree(tmp_path)
    assert tree.roles["web"].fulfillment == {ChallengeType.DNS_01: "corp", ChallengeType.HTTP_01: "manual"}
    assert tree.certificates["www"].fulfillment == {ChallengeType.DNS_01: "manual"}


def test_a_provider_that_is_not_there_is_an_error_at_its_place(tmp_path: Path) -> None:
    make_tree(tmp_path, {"dns-providers/crop.yaml": ROUTE53, "roles/web.yaml": CHOOSES})
    assert "roles/web.yaml:4:23 unknown-reference" in found(tmp_path)


def test_a_provider_that_does_not_cover_the_name_is_warned_about(tmp_path: Path) -> None:
    certificate = "role: web\nidentifiers: [b.example.org, www.example.com]\n"
    files = {
        "dns-providers/corp.yaml": ROUTE53,
        "roles/web.yaml": CHOOSES,
        "certificates/www.yaml": certificate,
    }
    make_tree(tmp_path, files)
    assert "certificates/www.yaml:2:30 not-covered" in found(tmp_path)
