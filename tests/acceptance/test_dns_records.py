"""`reconciler dns records`, and what `plan` says of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler.model.order import Challenge, Stage, Status
from reconciler.model.role import ChallengeType
from reconciler.store import Store
from tests.acceptance.record_tools import loaded, octodns_records, split
from tests.acceptance.trees import write_account
from tests.unit import values

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import RunProgram

URL = "https://ca.test/account/1"
TEXT = f"ca.test; accounturi={URL}"
CAA = f"{TEXT}; validationmethods=dns-persist-01"


@pytest.fixture
def persistent(tree: Path) -> Path:
    """Let a tree have a certificate by dns-persist-01 alone, one by that or dns-01, and one by neither."""
    (tree / "roles/persist.yaml").write_text(
        "acme_account_name: ca\n"
        "allowed_domains: [example.test]\n"
        "allowed_domain_options: [bare_domains, subdomains, wildcards]\n"
        "allowed_challenge_types: [dns-persist-01]\n"
    )
    (tree / "roles/both.yaml").write_text(
        "acme_account_name: ca\n"
        "allowed_domains: [www.example.test]\n"
        "allowed_domain_options: [bare_domains]\n"
        "allowed_challenge_types: [dns-01, dns-persist-01]\n"
    )
    names = "[example.test, '*.example.test', www.example.test]"
    (tree / "certificates/persist.yaml").write_text(f"role: persist\nidentifiers: {names}\n")
    (tree / "certificates/both.yaml").write_text("role: both\nidentifiers: [www.example.test]\n")
    return tree


@pytest.fixture
def known(persistent: Path) -> Path:
    """Let the account be registered at a CA that says in its directory what it calls itself."""
    account = replace(values.account(), caa_identities=("ca.test", "other.test"))
    Store(persistent / "state").save_account(account)
    return persistent


def test_the_records_for_programs(known: Path, program: RunProgram) -> None:
    document = program("dns", "records", "--format", "json").document
    both = f"{TEXT}; validationmethods=dns-01,dns-persist-01"
    assert [
        (each["name"], each["type"], each["tag"], each["value"], each["certificates"])
        for each in document["records"]
    ] == [
        ("_validation-persist.example.test", "TXT", None, f"{TEXT}; policy=wildcard", ["persist"]),
        ("_validation-persist.www.example.test", "TXT", None, TEXT, ["both", "persist"]),
        ("example.test", "CAA", "issue", CAA, ["persist"]),
        ("example.test", "CAA", "issuewild", CAA, ["persist"]),
        ("www.example.test", "CAA", "issue", both, ["both", "persist"]),
    ]
    assert document["unknown"] == []


def test_the_records_for_people(known: Path, program: RunProgram) -> None:
    shown = program("dns", "records").out
    assert f'_validation-persist.www.example.test. 3600 IN TXT "{TEXT}"\n  for both, persist\n' in shown
    assert f'example.test. 3600 IN CAA 0 issue "{CAA}"\n' in shown
    assert "CAA issue: only these accounts get certificates for the name, and for all names below" in shown
    assert "CAA issuewild: only these accounts get certificates for wildcards over the name" in shown
    assert "--no-caa leaves them out" in shown
    assert "CAA" not in program("dns", "records", "--no-caa").out


def test_certificates_by_name(known: Path, program: RunProgram) -> None:
    records = program("dns", "records", "both", "--format", "json", "--no-caa").document["records"]
    assert [each["name"] for each in records] == ["_validation-persist.www.example.test"]
    assert program("dns", "records", "www").out == "No certificate may be had by dns-persist-01.\n"
    unknown = program("dns", "records", "bth")
    assert unknown.code == 1
    assert "did you mean `both`?" in unknown.err
    far = program("dns", "records", "NOPE")
    assert far.code == 1
    assert "there is no certificate `NOPE` in the tree; it has both, persist, www" in far.err


def test_a_zone_file(known: Path, program: RunProgram) -> None:
    shown = program("dns", "records", "--format", "zone").out
    zone = "$TTL 60\n@ SOA ns1 admin 1 3600 600 86400 1\n@ NS ns1\nns1 A 127.0.0.1\n" + shown
    assert loaded(known, zone) == {
        "_validation-persist.example.test": {f"{TEXT}; policy=wildcard"},
        "_validation-persist.www.example.test": {TEXT},
    }
    assert f'example.test. 3600 IN CAA 0 issuewild "{CAA}"' in shown


def test_files_of_octodns(known: Path, program: RunProgram) -> None:
    files = split(program("dns", "records", "--format", "octodns").out)
    assert list(files) == ["example.test.yaml"]
    records = octodns_records(known, "example.test", files["example.test.yaml"])
    found = {(each.name, each._type, str(value)) for each in records for value in each.values}
    escaped = TEXT.replace(";", "\\;")
    assert {value for name, kind, value in found if kind == "TXT" and name == "_validation-persist"} == {
        f"{escaped}\\; policy=wildcard",
    }
    by_type = {(each.name, each._type): each for each in records}
    caa = by_type["", "CAA"].values
    assert [(each.flags, each.tag, each.value) for each in caa] == [(0, "issue", CAA), (0, "issuewild", CAA)]
    assert {each.ttl for each in records} == {3600}


def test_statements_of_dnscontrol(known: Path, program: RunProgram) -> None:
    shown = program("dns", "records", "persist", "--format", "dnscontrol").out
    assert shown.splitlines()[3:] == [
        'D_EXTEND("example.test",',
        f'  TXT("_validation-persist", {json.dumps(TEXT + "; policy=wildcard")}, TTL(3600)),',
        f'  CAA("@", "issue", {json.dumps(CAA)}, TTL(3600)),',
        f'  CAA("@", "issuewild", {json.dumps(CAA)}, TTL(3600)),',
        "END);",
        'D_EXTEND("www.example.test",',
        f'  TXT("_validation-persist", {json.dumps(TEXT)}, TTL(3600)),',
        f'  CAA("@", "issue", {json.dumps(CAA)}, TTL(3600)),',
        "END);",
    ]
    assert all(line.startswith("// ") for line in shown.splitlines()[:3])


def test_resources_of_terraform(known: Path, program: RunProgram) -> None:
    shown = program("dns", "records", "--format", "terraform", "--no-caa").out
    assert shown == (
        'resource "dns_txt_record_set" "_validation-persist_example_test" {\n'
        '  zone = "example.test."\n'
        '  name = "_validation-persist"\n'
        "  txt = [\n"
        f'    "{TEXT}; policy=wildcard",\n'
        "  ]\n"
        "  ttl = 3600\n"
        "}\n"
        "\n"
        'resource "dns_txt_record_set" "_validation-persist_www_example_test" {\n'
        '  zone = "example.test."\n'
        '  name = "_validation-persist.www"\n'
        "  txt = [\n"
        f'    "{TEXT}",\n'
        "  ]\n"
        "  ttl = 3600\n"
        "}\n"
    )
    assert (
        f'# example.test. 3600 IN CAA 0 issue "{CAA}"'
        in program("dns", "records", "--format", "terraform").out
    )


def test_what_no_apply_has_found_out_yet(persistent: Path, program: RunProgram) -> None:
    shown = program("dns", "records")
    assert shown.code == 0
    assert shown.out == (
        "what both, persist needs is not known yet: the account is not registered yet (account ca); "
        "`reconciler apply` registers it\n"
    )
    unknown = program("dns", "records", "both", "--format", "json").document["unknown"]
    assert [(each["identifier"], each["reason"]) for each in unknown] == [
        ("www.example.test", "account_not_registered")
    ]
    zone = program("dns", "records", "--format", "zone")
    assert (zone.code, zone.out) == (1, "")
    assert "there is no record to show: what both, persist needs is not known yet" in zone.err
    write_account(persistent)
    assert (
        "what the CA calls itself in the DNS is not known yet (account ca)" in program("dns", "records").out
    )


def test_a_challenge_tells_what_the_directory_does_not(persistent: Path, program: RunProgram) -> None:
    write_account(persistent)
    challenge = Challenge(
        "dns-persist-01", "https://ca.test/c", Status.PENDING, issuer_domain_names=("by-challenge.test",)
    )
    authorization = replace(
        values.authorization("example.test", chosen=ChallengeType.DNS_PERSIST_01), challenges=(challenge,)
    )
    waiting = replace(
        values.order("persist", "example.test", stage=Stage.AWAITING_CHALLENGE_FULFILLMENT),
        authorizations=(authorization,),
    )
    Store(persistent / "state").save_order(waiting)
    records = program("dns", "records", "--format", "json", "--no-caa").document["records"]
    assert {each["value"].partition(";")[0] for each in records} == {"by-challenge.test"}


def test_the_plan_shows_the_record(known: Path, program: RunProgram) -> None:
    shown = program("plan").out
    assert "dns-persist-01 needs this in the DNS, for this order and all later ones:\n" in shown
    assert f'\n        _validation-persist.example.test. 3600 IN TXT "{TEXT}; policy=wildcard"\n' in shown
    # One record serves a name and its wildcard.
    assert f'"{TEXT}"' in shown
    assert f'_validation-persist.example.test. 3600 IN TXT "{TEXT}"' not in shown
    assert "optional, so that only this account gets certificates for the names:\n" in shown
    assert f'\n        example.test. 3600 IN CAA 0 issuewild "{CAA}"\n' in shown
    actions = {each["name"]: each for each in program("plan", "--format", "json").document["actions"]}
    first = actions["persist"]["challenges"][0]
    assert first["standing_record"] == {
        "name": "_validation-persist.example.test",
        "value": f"{TEXT}; policy=wildcard",
        "zone_line": f'_validation-persist.example.test. 3600 IN TXT "{TEXT}; policy=wildcard"',
        "caa": {
            "name": "example.test",
            "tag": "issue",
            "value": CAA,
            "zone_line": f'example.test. 3600 IN CAA 0 issue "{CAA}"',
        },
    }
    assert first["standing_record_unknown"] is None
    # Of the other certificate dns-01 is wanted first.
    assert actions["both"]["challenges"][0]["standing_record"] is None


def test_the_plan_says_that_it_does_not_know_the_record_yet(persistent: Path, program: RunProgram) -> None:
    shown = " ".join(program("plan").out.split())
    assert "needs is shown after the first apply: the account is not registered yet" in shown
    actions = {each["name"]: each for each in program("plan", "--format", "json").document["actions"]}
    assert {each["standing_record_unknown"] for each in actions["persist"]["challenges"]} == {
        "account_not_registered"
    }


def test_wildcards_alone_restrict_wildcards_alone(known: Path, program: RunProgram) -> None:
    (known / "certificates/wild.yaml").write_text("role: persist\nidentifiers: ['*.w.example.test']\n")
    shown = program("dns", "records", "wild").out
    assert "CAA issuewild: only these accounts get certificates for wildcards over the name" in shown
    assert "CAA issue:" not in shown


def test_the_plan_says_who_publishes_the_record(known: Path, program: RunProgram) -> None:
    (known / "secret").write_text("c2VjcmV0")
    (known / "dns-providers").mkdir()
    (known / "dns-providers/corp.yaml").write_text(
        "type: rfc2136\nnameserver: 127.0.0.1\ntsig_key_name: key\ntsig_secret: {file: secret}\n"
        "tsig_algorithm: hmac-sha256\nidentifiers: [www.example.test]\n"
    )
    shown = " ".join(program("plan").out.split())
    by_us, by_people = (
        f"{who}, for this order and all later ones: _validation-persist.{name}. 3600 IN TXT"
        for who, name in (
            ("apply publishes this through the DNS provider corp", "www.example.test"),
            ("dns-persist-01 needs this in the DNS", "example.test"),
        )
    )
    assert by_us in shown
    assert by_people in shown
