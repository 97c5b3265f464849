"""`plan --preflight` by its command line, with a real CA and real name servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.challenges.dns.port import TxtRecord
from reconciler.challenges.dns.rfc2136 import Rfc2136Publisher
from reconciler.model.dns_provider import Rfc2136
from tests.pebble.tree import Tree
from tests.unit.render.output_schemas import check
from tools.bind import Bind, BindOptions
from tools.bind_options import STRANGER
from tools.pebble_options import PebbleOptions
from tools.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.pebble.conftest import StartPebble

CA = "ca.test"
ZONES = {
    # Whoever climbs ends here, and not at a server that refuses.
    "test": (
        "example NS ns1.example",
        "other NS ns1.other",
        "ns1.example A 127.0.0.1",
        "ns1.other A 127.0.0.1",
    ),
    "example.test": (
        "www A 127.0.0.1",
        "foreign A 127.0.0.1",
        'foreign CAA 0 issue "another.test"',
        'foreign CAA 0 issue "ca.test\\027[2J"',
        "wild A 127.0.0.1",
        'wild CAA 0 issuewild ";"',
        'own CAA 0 issue "ca.test; validationmethods=dns-01"',
        "_acme-challenge.alias CNAME alias.elsewhere.test.",
        "_acme-challenge.circle CNAME ring",
        "ring CNAME _acme-challenge.circle",
        "_acme-challenge.moved CNAME moved.other.test.",
    ),
    "other.test": (),
}


@pytest.fixture(scope="module")
def bind() -> Iterator[Bind]:
    with Bind(BindOptions(zones=ZONES, wildcard=False, secondary=True)) as running:
        yield running


class Forest(Tree):
    """A tree whose questions go to the name servers of the test."""

    def ask(self, *nameservers: str, challenges: str = "{}") -> None:
        asked = ", ".join(f'"{each}"' for each in nameservers)
        self.write("reconciler.yaml", f"challenges: {challenges}\ndns: {{nameservers: [{asked}]}}")

    def provider(self, bind: Bind, key: str, *identifiers: str) -> None:
        self.write(
            "dns-providers/zones.yaml",
            "\n".join(
                [
                    "type: rfc2136",
                    f"identifiers: [{', '.join(identifiers)}]",
                    f'nameserver: "{bind.address}"',
                    f"tsig_key_name: {key}",
                    "tsig_secret: {env: TSIG}",
                    "tsig_algorithm: hmac-sha256",
                ]
            ),
        )

    def found(self, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
        """Return all findings that are not ok; the document fits its schema."""
        document = self.json("plan", "--preflight", *arguments, code=code)
        check(document)
        return [each for each in document["preflight"] if each["outcome"] != "ok"]


@pytest.fixture
def forest(tmp_path: Path, pebble: StartPebble, bind: Bind, monkeypatch: pytest.MonkeyPatch) -> Forest:
    tree = Forest(tmp_path / "tree", pebble(PebbleOptions(caa_identities=(CA,))))
    tree.ask(bind.address)
    tree.role("web", "allowed_domains: [example.test]", "allowed_domain_options: [subdomains, wildcards]")
    monkeypatch.setenv("TSIG", bind.secret("update-key"))
    return tree


def disk(tree: Forest) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(tree.root.rglob("*")) if path.is_file()}


TEXT = """\
Plan: 1 account to register, 3 to order; 0 unchanged.

  ! caa: the CAA records at foreign.example.test do not let the CA (ca.test)
      issue
      CAA 0 issue "another.test": for another CA
      CAA 0 issue "ca.test\\x1b[2J": malformed, which lets nobody issue (RFC
        8659 section 4.2)
      certificates/foreign.yaml:2:15: foreign.example.test of certificate
        foreign

  ! delegation: _acme-challenge.moved.example.test is an alias (CNAME) of
      moved.other.test, which no DNS provider covers
      certificates/moved.yaml:2:15: moved.example.test of certificate moved

Preflight: 8 ok, 2 warnings; it is advice, and changes nothing.
"""


def test_it_is_shown_below_the_plan_and_changes_nothing_else(forest: Forest, bind: Bind) -> None:
    forest.provider(bind, "update-key", '"*.example.test"')
    for name in ("foreign", "moved", "www"):
        forest.certificate(name, f"{name}.example.test", "challenge_type: dns-01")
    before = disk(forest)
    updates = bind.updates
    plan = forest.run("plan")
    shown = forest.run("plan", "--preflight")
    assert shown == plan.removesuffix(TEXT[: TEXT.index("\n") + 1]) + TEXT
    assert forest.run("plan", "--preflight", "--detailed-exitcode", code=2) == shown
    assert disk(forest) == before
    assert forest.ca.requests == ["GET /dir"] * 2
    # Each asks whether the zone could be changed, and changes nothing.
    assert bind.updates == updates + 2


def test_the_exit_code_is_that_of_the_plan(forest: Forest) -> None:
    forest.certificate("foreign", "foreign.example.test", "challenge_type: dns-01")
    forest.certificate("denied", "denied.example.org")
    assert "! caa: " in forest.run("plan", "--preflight", code=5)
    (forest.root / "certificates/denied.yaml").unlink()
    (forest.root / "certificates/foreign.yaml").unlink()
    shown = forest.run("plan", "--preflight", "--detailed-exitcode")
    assert shown.endswith("\n\nPreflight: nothing is to be ordered.\n")


def test_for_programs_all_of_it_is_there(forest: Forest, bind: Bind) -> None:
    forest.provider(bind, "update-key", '"*.example.test"')
    forest.certificate("circle", "circle.example.test", "challenge_type: dns-01")
    forest.certificate("wild", '"*.wild.example.test"')
    document = forest.json("plan", "--preflight")
    check(document)
    assert [(each["certificate"], each["check"], each["outcome"]) for each in document["preflight"]] == [
        ("circle", "caa", "ok"),
        ("circle", "delegation", "warning"),
        ("wild", "caa", "warning"),
        ("wild", "delegation", "ok"),
        ("wild", "nameservers", "ok"),
        ("wild", "provider", "ok"),
    ]
    assert document["preflight"][2]["facts"]["objections"] == [
        {"flags": 0, "tag": "issuewild", "value": ";", "obstacle": "nobody"}
    ]
    assert document["preflight"][2]["location"] == {"path": "certificates/wild.yaml", "line": 2, "column": 15}
    plain = forest.json("plan")
    assert "preflight" not in plain
    assert {**plain, "created": ""} == {
        **{name: each for name, each in document.items() if name != "preflight"},
        "created": "",
    }


def test_a_key_that_is_wrong_or_not_there(
    forest: Forest, bind: Bind, monkeypatch: pytest.MonkeyPatch
) -> None:
    forest.provider(bind, STRANGER, '"*.example.test"')
    forest.certificate("www", "www.example.test", "challenge_type: dns-01")
    [refused] = forest.found()
    assert (refused["check"], refused["outcome"], refused["facts"]["zone"]) == (
        "provider",
        "warning",
        "example.test",
    )
    monkeypatch.delenv("TSIG")
    [missing] = forest.found()
    assert missing["facts"]["what"] == "the environment variable TSIG is not set"


def test_a_record_that_is_to_stand_is_made_of_the_account(forest: Forest, bind: Bind) -> None:
    types = "allowed_challenge_types: [dns-persist-01]"
    forest.role("web", "allowed_domains: [example.test]", "allowed_domain_options: [subdomains]", types)
    forest.certificate("www", "www.example.test")
    [unregistered] = forest.found()
    assert (unregistered["code"], unregistered["outcome"]) == ("no_account_yet", "unknown")
    forest.run("apply")
    [missing] = forest.found()
    assert missing["code"] == "no_record_stands"
    account = forest.json("account", "show", "ca")["account_url"]
    assert f"; accounturi={account}" in missing["facts"]["value"]
    service = Rfc2136(bind.address, "update-key", tsig_algorithm="hmac-sha256")
    record = TxtRecord("_validation-persist.www.example.test", missing["facts"]["value"])
    Rfc2136Publisher(service, 60, bind.secret("update-key")).change("example.test", [record], [])
    assert forest.found() == []
    assert "> resume order" in forest.run("plan", "--preflight")


def test_a_ca_and_name_servers_that_are_away(forest: Forest) -> None:
    forest.certificate("foreign", "foreign.example.test", "challenge_type: dns-01")
    forest.ca.stop()
    [undecided] = forest.found()
    assert (undecided["code"], undecided["outcome"]) == ("caa_undecided", "unknown")
    [port] = free_ports(1)
    forest.ask(f"127.0.0.1:{port}")
    caa, delegation = forest.found()
    assert (caa["code"], caa["outcome"]) == ("failed", "unknown")
    assert "did not tell" in caa["message"]
    assert delegation["facts"] == caa["facts"]
    assert f"? caa, delegation: the name server 127.0.0.1:{port} did not tell" in forest.run(
        "plan", "--preflight"
    )
