"""What a certificate may ask of a real CA besides its names."""

from __future__ import annotations

import datetime as dt
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.pebble.tree import Tree
from tools.pebble import PebbleOptions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pebble.conftest import StartPebble, StartWebroot

EVERYTHING_VALID = PebbleOptions(always_valid=True)


def text_of(tree: Tree, name: str = "www") -> str:
    command = ["openssl", "x509", "-in", str(tree.root / f"certs/{name}/cert.pem"), "-noout", "-text"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_addresses_by_http_01(tmp_path: Path, pebble: StartPebble, webroot: StartWebroot) -> None:
    ca = pebble()
    tree = Tree(tmp_path / "tree", ca)
    webroot(ca, tree.root / "webroot")
    tree.role("web", "allowed_domains: [1.example.com]", "allowed_ip_ranges: [127.0.0.0/8]")
    tree.certificate("www", "127.0.0.1, 1.example.com")
    tree.run("apply")
    tree.verify("www")
    assert "IP Address:127.0.0.1" in text_of(tree)
    assert "No changes" in tree.run("plan")


def test_addresses_by_hand(tmp_path: Path, pebble: StartPebble) -> None:
    ca = pebble(PebbleOptions(answer_http01=True))
    tree = Tree(tmp_path / "tree", ca, by_hand=True)
    tree.role("web", "allowed_ip_ranges: [127.0.0.0/8]", "allowed_challenge_types: [http-01]")
    tree.certificate("www", "127.0.0.1")
    tree.run("apply", "--detailed-exitcode", code=3)
    [entry] = tree.instructions()["challenges"]
    assert entry["http"]["url"].startswith("http://127.0.0.1/.well-known/acme-challenge/")
    ca.challtestsrv.add_http01(entry["challenge_token"], entry["challenge_auth"])
    tree.run("order", "fulfilled", "--all", "--continue")
    tree.verify("www")


def test_a_chain_among_several(tmp_path: Path, pebble: StartPebble) -> None:
    ca = pebble(PebbleOptions(always_valid=True, alternate_roots=2))
    tree = Tree(tmp_path / "tree", ca)
    names = [_common_name(ca.root_pem(number)) for number in range(3)]
    tree.certificate("www", "1.example.com", f"preferred_chain: {names[2]}")
    tree.certificate("default", "2.example.com")
    tree.certificate("none", "3.example.com", "preferred_chain: No Such Root")
    result = tree.json("apply")
    assert len(result["issued"]) == 3
    [other] = result["other_chains"]
    assert (other["certificate"], other["preferred"]) == ("none", "No Such Root")
    chosen = {name: _verifying(tree, name, 3) for name in ("www", "default", "none")}
    assert chosen == {"www": [2], "default": [0], "none": [0]}


def test_an_end(tmp_path: Path, pebble: StartPebble) -> None:
    tree = Tree(tmp_path / "tree", pebble(EVERYTHING_VALID))
    moment = (dt.datetime.now(dt.UTC) + dt.timedelta(days=20)).replace(microsecond=0)
    tree.certificate("www", "1.example.com", "not_after: 30d")
    tree.certificate("until", "2.example.com", f"not_after: {moment.isoformat().replace('+00:00', 'Z')}")
    tree.run("apply")
    ends = {
        each["name"]: dt.datetime.fromisoformat(each["not_after"])
        for each in tree.json("certificate", "list")["certificates"]
    }
    assert ends["until"] == moment
    away = ends["www"] - dt.datetime.now(dt.UTC)
    assert dt.timedelta(days=29, hours=23) < away <= dt.timedelta(days=30)
    assert "No changes" in tree.run("plan")
    tree.certificate("www", "1.example.com", "not_after: 60d")
    assert "not_after changed: 30d -> 60d" in tree.run("plan")


def test_must_staple(tmp_path: Path, pebble: StartPebble) -> None:
    tree = Tree(tmp_path / "tree", pebble(EVERYTHING_VALID))
    tree.certificate("www", "1.example.com", "must_staple: true")
    tree.run("apply")
    tree.verify("www")
    assert "status_request" in text_of(tree)


@pytest.mark.parametrize(("key_type", "shown"), [("ec-384", "P-384"), ("rsa-2048", "2048 bit")])
def test_a_kind_of_key_within_the_bounds_of_the_role(
    tmp_path: Path, pebble: StartPebble, key_type: str, shown: str
) -> None:
    tree = Tree(tmp_path / "tree", pebble(EVERYTHING_VALID))
    tree.certificate("www", "1.example.com", f"key_type: {key_type}")
    assert "key-type-not-allowed" in tree.run("plan", code=5)
    tree.role("web", "allowed_domains: [1.example.com]", f"allowed_key_types: [ec-256, {key_type}]")
    tree.run("apply")
    tree.verify("www")
    assert shown in text_of(tree)


def _common_name(pem: str) -> str:
    command = ["openssl", "x509", "-noout", "-subject", "-nameopt", "multiline"]
    ran = subprocess.run(command, input=pem, capture_output=True, text=True, check=True)
    return next(line.partition("=")[2].strip() for line in ran.stdout.splitlines() if "commonName" in line)


def _verifying(tree: Tree, name: str, roots: int) -> list[int]:
    """Return the roots up to which a delivered chain leads."""
    folder = tree.root / "certs" / name
    found = []
    for number in range(roots):
        root = tree.root / f"root-{number}.pem"
        root.write_text(tree.ca.root_pem(number))
        command = ["openssl", "verify", "-CAfile", str(root), "-untrusted", str(folder / "chain.pem")]
        ran = subprocess.run([*command, str(folder / "cert.pem")], capture_output=True, check=False)
        found += [number] if ran.returncode == 0 else []
    return found
