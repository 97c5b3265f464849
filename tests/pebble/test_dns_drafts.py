"""dns-persist-01 and dns-account-01: by hand, and through a DNS provider that is a real name server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dns.message
import dns.query
import pytest

from tests.pebble.tree import Tree
from tools.bind import Bind, BindOptions
from tools.pebble import PebbleOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.pebble.conftest import StartPebble
    from tools.pebble import Pebble

_ACCOUNT_SUFFIX = "._acme-challenge.2.example.com"


@pytest.fixture
def bind() -> Iterator[Bind]:
    with Bind(BindOptions(zones={"example.com": ()})) as running:
        yield running


def drafts_tree(root: Path, ca: Pebble, nameserver: str) -> Tree:
    """Return a tree with a role for each draft, whose program asks one name server alone."""
    tree = Tree(root, ca, by_hand=True)
    tree.write("reconciler.yaml", f"dns: {{nameservers: [{nameserver}]}}")
    for name in ("dns-persist-01", "dns-account-01"):
        tree.role(
            name,
            "allowed_domains: [1.example.com, 2.example.com]",
            "allowed_domain_options: [bare_domains, subdomains, wildcards]",
            f"allowed_challenge_types: [{name}]",
        )
    return tree


def provide(tree: Tree, bind: Bind) -> None:
    """Let the name server publish what is needed."""
    tree.write("tsig-secret", bind.secret("update-key"))
    lines = [
        "type: rfc2136",
        "identifiers: ['*.example.com']",
        f"nameserver: {bind.address}",
        f"nameservers: [{bind.address}]",
        "tsig_key_name: update-key",
        "tsig_secret: {file: tsig-secret}",
        "tsig_algorithm: hmac-sha256",
    ]
    tree.write("dns-providers/bind.yaml", "\n".join(lines))


def texts(bind: Bind, name: str) -> set[str]:
    answer = dns.query.udp(dns.message.make_query(name, "TXT"), "127.0.0.1", 5, bind.port)
    return {b"".join(each.strings).decode() for rrset in answer.answer for each in rrset}


def standing(tree: Tree) -> list[dict[str, Any]]:
    """Return the records that are to stand."""
    records: list[dict[str, Any]] = tree.json("dns", "records", "--no-caa")["records"]
    return records


def issued(result: dict[str, Any]) -> list[str]:
    return sorted(each["certificate"] for each in result["issued"])


def test_an_order_goes_on_once_the_record_stands_and_renewals_ask_nobody(
    tmp_path: Path, pebble: StartPebble
) -> None:
    ca = pebble(PebbleOptions(caa_identities=("ca.test", "second.test")))
    tree = drafts_tree(tmp_path / "tree", ca, ca.challtestsrv.dns_address)
    names = "1.example.com, '*.1.example.com', 2.example.com"
    tree.certificate("www", names, role="dns-persist-01")
    plan = " ".join(tree.run("plan").split())
    assert "is shown after the first apply: the account is not registered yet" in plan
    assert tree.json("apply", "--detailed-exitcode", code=3)["awaiting_people"]
    assert tree.json("apply", "--detailed-exitcode", code=3)["awaiting_people"]

    records = standing(tree)
    assert [each["name"] for each in records] == [
        "_validation-persist.1.example.com",
        "_validation-persist.2.example.com",
    ]
    assert all(each["value"].startswith("ca.test; accounturi=https://") for each in records)
    for each in records:
        ca.challtestsrv.set_txt(each["name"], each["value"])
    assert issued(tree.json("apply", "--detailed-exitcode")) == ["www"]
    tree.verify("www")

    tree.let_renewal_come("www")
    assert records[0]["zone_line"] in tree.run("plan")
    assert issued(tree.json("apply", "--detailed-exitcode")) == ["www"]


def test_a_record_that_stands_before_the_first_order(tmp_path: Path, pebble: StartPebble) -> None:
    ca = pebble()
    tree = drafts_tree(tmp_path / "tree", ca, ca.challtestsrv.dns_address)
    tree.certificate("other", "2.example.com", "challenge_type: dns-account-01", role="dns-account-01")
    tree.run("apply")
    tree.certificate("www", "1.example.com", role="dns-persist-01")
    [record] = standing(tree)
    assert record["zone_line"] in tree.run("plan")
    ca.challtestsrv.set_txt(record["name"], record["value"])
    assert issued(tree.json("apply")) == ["www"]


def test_a_record_of_another_account_is_none(tmp_path: Path, pebble: StartPebble) -> None:
    ca = pebble()
    tree = drafts_tree(tmp_path / "tree", ca, ca.challtestsrv.dns_address)
    tree.certificate("www", "1.example.com", role="dns-persist-01")
    tree.run("apply")
    [record] = standing(tree)
    ca.challtestsrv.set_txt(record["name"], record["value"] + "0")
    before = len(ca.requests)
    assert tree.json("apply", "--detailed-exitcode", code=3)["awaiting_people"]
    assert not any("chalZ" in each for each in ca.requests[before:])


def test_a_provider_publishes_the_standing_record_once(
    tmp_path: Path, pebble: StartPebble, bind: Bind
) -> None:
    ca = pebble(PebbleOptions(dns_server=bind.address))
    tree = drafts_tree(tmp_path / "tree", ca, bind.address)
    provide(tree, bind)
    tree.certificate("www", "1.example.com, '*.1.example.com'", role="dns-persist-01")
    assert issued(tree.json("apply", "--detailed-exitcode")) == ["www"]
    tree.verify("www")
    name = "_validation-persist.1.example.com"
    assert texts(bind, name) == {each["value"] for each in standing(tree)}
    assert len(texts(bind, name)) == 1

    updates = bind.updates
    tree.let_renewal_come("www")
    assert issued(tree.json("apply", "--detailed-exitcode")) == ["www"]
    assert bind.updates == updates
    assert len(texts(bind, name)) == 1


def test_dns_account_01_by_hand(tmp_path: Path, pebble: StartPebble) -> None:
    ca = pebble()
    tree = drafts_tree(tmp_path / "tree", ca, ca.challtestsrv.dns_address)
    tree.certificate("www", "2.example.com, '*.2.example.com'", role="dns-account-01")
    tree.run("apply", "--detailed-exitcode", code=3)
    records = [each["dns"] for each in tree.instructions()["challenges"]]
    assert {each["name"] for each in records} == {records[0]["name"]}
    assert records[0]["name"].endswith(_ACCOUNT_SUFFIX)
    for each in records:
        ca.challtestsrv.set_txt(each["name"], each["value"])
    tree.run("order", "fulfilled", "--all")
    assert issued(tree.json("apply", "--detailed-exitcode")) == ["www"]
    tree.verify("www")


def test_dns_account_01_through_a_provider(tmp_path: Path, pebble: StartPebble, bind: Bind) -> None:
    ca = pebble(PebbleOptions(dns_server=bind.address))
    tree = drafts_tree(tmp_path / "tree", ca, bind.address)
    provide(tree, bind)
    tree.certificate("www", "2.example.com, '*.2.example.com'", role="dns-account-01")
    assert issued(tree.json("apply", "--detailed-exitcode")) == ["www"]
    tree.verify("www")
    [order] = tree.json("order", "list")["orders"]
    name = next(
        each["dns"]["name"]
        for each in tree.json("order", "challenges", order["order_id"])["challenges"]
        if each["challenge_type"] == "dns-account-01"
    )
    assert name.endswith(_ACCOUNT_SUFFIX)
    assert texts(bind, name) == set()
    assert bind.updates == 2
