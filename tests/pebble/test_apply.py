"""The whole way, from YAML to files, with a real CA in all its moods."""

from __future__ import annotations

import subprocess
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.pebble.tree import Tree
from tools.pebble import PebbleOptions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pebble.conftest import StartPebble, StartWebroot

# New account, new order, and what each further order of one name costs: see docs/explanation.
EIGHT = Counter(
    {
        "new order": 1,
        "authorization": 1,
        "challenge": 1,
        "order": 2,
        "finalize": 1,
        "certificate": 1,
        "renewal information": 1,
    }
)
PATHS = {
    "/order-plz": "new order",
    "/authZ": "authorization",
    "/chalZ": "challenge",
    "/my-order": "order",
    "/finalize-order": "finalize",
    "/certZ": "certificate",
    "/dir": "directory",
    "/nonce-plz": "nonce",
    "/sign-me-up": "account",
    "/list-orderz": "list of orders",
    "/draft-ietf-acme-ari-03": "renewal information",
}


def counted(requests: list[str]) -> Counter[str]:
    """Count requests by what they are for."""
    paths = ("/" + line.split()[1].split("/")[1] for line in requests)
    return Counter(PATHS[path] for path in paths)


@pytest.mark.parametrize("reuse", [0, 100])
@pytest.mark.parametrize("nonce_reject", [0, 5, 50])
def test_certificates_side_by_side(
    tmp_path: Path, pebble: StartPebble, webroot: StartWebroot, nonce_reject: int, reuse: int
) -> None:
    ca = pebble(PebbleOptions(strict=True, nonce_reject=nonce_reject, authorization_reuse=reuse))
    tree = Tree(tmp_path / "tree", ca)
    webroot(ca, tree.root / "webroot")
    for number in range(10):
        tree.certificate(f"team/{number}", f"{number}.example.com, {number + 10}.example.com")
    result = tree.json("apply")
    assert len(result["issued"]) == 10
    assert not result["failed"]
    for number in range(10):
        tree.verify(f"team/{number}")
    assert "No changes" in tree.run("plan", "--detailed-exitcode")
    if reuse:
        # The same names once more, for another certificate: everything is authorized already.
        before = len(ca.requests)
        tree.certificate("again", "3.example.com, 13.example.com")
        tree.run("apply")
        assert not counted(ca.requests[before:])["challenge"]
        tree.verify("again")


def test_thirty_at_once_send_what_the_protocol_demands(
    tmp_path: Path, pebble: StartPebble, webroot: StartWebroot
) -> None:
    ca = pebble(PebbleOptions(authorization_reuse=0))
    tree = Tree(tmp_path / "tree", ca)
    webroot(ca, tree.root / "webroot")
    tree.certificate("first", "0.example.com")
    tree.run("apply")
    first = counted(ca.requests)
    # A look that comes before the CA is ready is repeated; nothing else may be.
    assert first - Counter(order=first["order"] - 2) == EIGHT + Counter(
        {"directory": 1, "nonce": 1, "account": 1}
    )

    before = len(ca.requests)
    assert tree.run("apply").startswith("No changes")
    assert len(ca.requests) == before

    for number in range(1, 31):
        tree.certificate(f"{number}", f"{number}.example.com")
    assert len(tree.json("apply", "--parallelism", "30")["issued"]) == 30
    sent = counted(ca.requests[before:])
    assert {name: sent[name] for name in EIGHT if name != "order"} == {
        name: 30 for name in EIGHT if name != "order"
    }
    assert sent["order"] <= 4 * 30
    assert sent["account"] == 0
    assert sent["list of orders"] == 0


def test_a_chain_of_three(tmp_path: Path, pebble: StartPebble, webroot: StartWebroot) -> None:
    ca = pebble(PebbleOptions(chain_length=3))
    tree = Tree(tmp_path / "tree", ca)
    webroot(ca, tree.root / "webroot")
    tree.certificate("www", "1.example.com")
    tree.run("apply")
    tree.verify("www")
    assert (tree.root / "certs/www/chain.pem").read_text().count("BEGIN CERTIFICATE") == 3


def test_external_account_binding(
    tmp_path: Path, pebble: StartPebble, webroot: StartWebroot, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
    ca = pebble(PebbleOptions(eab_keys={"kid-1": key}))
    tree = Tree(tmp_path / "tree", ca)
    webroot(ca, tree.root / "webroot")
    tree.certificate("www", "1.example.com")
    assert "external account binding" in tree.run("apply", code=4)
    tree.account("eab_kid: kid-1", "eab_key: {env: EAB_KEY}")
    assert "EAB_KEY is not set" in tree.run("apply", code=4)
    monkeypatch.setenv("EAB_KEY", key)
    tree.run("apply")
    tree.verify("www")
    monkeypatch.delenv("EAB_KEY")
    tree.certificate("more", "2.example.com")
    tree.run("apply")  # needed once only
    assert not [path for path in tree.root.rglob("*.yaml") if key in path.read_text()]


@pytest.mark.parametrize("key_type", ["ec-256", "ec-384", "rsa-2048", "rsa-4096"])
@pytest.mark.parametrize("population", ["cn_first", "sans_only"])
def test_keys_and_names_of_certificates(
    tmp_path: Path, pebble: StartPebble, webroot: StartWebroot, key_type: str, population: str
) -> None:
    ca = pebble()
    tree = Tree(tmp_path / "tree", ca)
    webroot(ca, tree.root / "webroot")
    lines = (f"csr_generate_key_type: {key_type}", f"csr_identifier_population: {population}")
    tree.role("web", "allowed_domains: [1.example.com, 2.example.com]", *lines)
    tree.certificate("www", "2.example.com, 1.example.com")
    tree.run("apply")
    tree.verify("www")
    [csr] = tree.root.glob("state/orders/*/csr.pem")
    subject = subprocess.run(
        ["openssl", "req", "-in", str(csr), "-noout", "-subject"], capture_output=True, text=True, check=True
    ).stdout
    assert ("2.example.com" in subject) == (population == "cn_first")


def test_a_name_that_the_ca_refuses_holds_up_no_other(
    tmp_path: Path, pebble: StartPebble, webroot: StartWebroot
) -> None:
    ca = pebble(PebbleOptions(domain_blocklist=("5.example.com",)))
    tree = Tree(tmp_path / "tree", ca)
    webroot(ca, tree.root / "webroot")
    tree.certificate("bad", "4.example.com, 5.example.com")
    tree.certificate("good", "6.example.com")
    result = tree.json("apply", code=4)
    assert [each["certificate"] for each in result["issued"]] == ["good"]
    assert "5.example.com" in str(result["failed"])
    before = len(ca.requests)
    tree.run("apply")
    assert len(ca.requests) == before  # its time to be tried again has not come


def test_a_challenge_that_the_ca_does_not_see_is_explained(tmp_path: Path, pebble: StartPebble) -> None:
    tree = Tree(tmp_path / "tree", pebble())  # nobody serves the webroot
    tree.certificate("www", "1.example.com")
    output = tree.run("apply", code=4)
    assert "1.example.com" in output
    assert "connection" in output
    assert not [path for path in (tree.root / "webroot").rglob("*") if path.is_file()]
