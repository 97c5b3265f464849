"""Challenges that the program fulfils, each identifier in its own way: a real CA, a real name server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.challenges.dns.lookup import Lookup
from reconciler.challenges.dns.port import TxtRecord
from reconciler.challenges.dns.rfc2136 import Rfc2136Publisher
from reconciler.challenges.dns.standing import text_values
from reconciler.model.dns_provider import Rfc2136
from tests.pebble.tree import Tree
from tools.bind import Bind, BindOptions
from tools.pebble import PebbleOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.pebble.conftest import StartPebble
    from tools.pebble import Pebble

KEY = "update-key"


@pytest.fixture
def bind() -> Iterator[Bind]:
    zones = {"example.com": ("_acme-challenge.alias CNAME alias.delegated.test.",), "delegated.test": ()}
    with Bind(BindOptions(zones=zones, resolves=True, secondary=True)) as servers:
        yield servers


HOOK = """
import os, sys
import dns.query, dns.tsigkeyring, dns.update

name, value = os.environ["RECONCILER_RECORD_NAME"], os.environ["RECONCILER_RECORD_VALUE"]
keys = dns.tsigkeyring.from_text({{"{key}": os.environ["HOOK_SECRET"]}})
update = dns.update.Update("example.com", keyring=keys, keyalgorithm="hmac-sha256")
if sys.argv[2] == "present":
    update.add(name + ".", 60, "TXT", value)
else:
    update.delete(name + ".", "TXT", value)
answer = dns.query.tcp(update, "127.0.0.1", 5, {port})
with open("said", "a") as said:
    print(answer.rcode(), *sys.argv[1:], os.environ["RECONCILER_IDENTIFIER"], file=said)
"""


def tree_with(root: Path, ca: Pebble, bind: Bind, *, challenges: str = "{}") -> Tree:
    """Return a tree whose DNS is at `bind`, with one provider that may publish."""
    tree = Tree(root, ca, by_hand=True)
    servers = ", ".join(server.address for server in bind.servers)
    tree.write("reconciler.yaml", f"challenges: {challenges}\ndns: {{nameservers: [{servers}]}}")
    (root / "secret").write_text(bind.secret(KEY))
    provide(tree, bind, "corp", "rfc.example.com, '*.rfc.example.com'")
    domains = "allowed_domains: [example.com]"
    options = "allowed_domain_options: [bare_domains, subdomains, wildcards]"
    tree.role("web", domains, options, "allowed_challenge_types: [dns-01, http-01, tls-alpn-01]")
    return tree


def provide(tree: Tree, bind: Bind, name: str, identifiers: str, *lines: str) -> None:
    text = [
        "type: rfc2136",
        f"identifiers: [{identifiers}]",
        f"nameserver: {bind.address}",
        f"tsig_key_name: {KEY}",
        "tsig_secret: {file: secret}",
        "tsig_algorithm: hmac-sha256",
        *lines,
    ]
    tree.write(f"dns-providers/{name}.yaml", "\n".join(text))


def values(bind: Bind, name: str) -> tuple[str, ...]:
    return text_values(Lookup((bind.address,)), name)


def publish_as_a_person(bind: Bind, name: str, value: str) -> None:
    service = Rfc2136(bind.address, KEY, tsig_algorithm="hmac-sha256")
    Rfc2136Publisher(service, 60, bind.secret(KEY)).change("example.com", [TxtRecord(name, value)], [])


def test_one_order_by_hand_by_a_provider_and_by_a_listener(
    tmp_path: Path, pebble: StartPebble, bind: Bind
) -> None:
    ca = pebble(PebbleOptions(dns_server=bind.address))
    listens = f"{{http-01: {{listen: '127.0.0.1:{ca.http_port}', identifiers: [listen.example.com]}}}}"
    tree = tree_with(tmp_path / "tree", ca, bind, challenges=listens)
    tree.certificate("all", "hand.example.com, rfc.example.com, listen.example.com")
    planned = tree.run("plan")
    assert "dns-01 by people: hand.example.com" in planned
    assert "dns-01 by the DNS provider corp: rfc.example.com" in planned
    assert f"http-01 by a listener at 127.0.0.1:{ca.http_port}: listen.example.com" in planned

    waiting = tree.run("apply", "--detailed-exitcode", code=3)
    assert "_acme-challenge.hand.example.com." in waiting
    assert "rfc.example.com" not in waiting.partition("To be done by people")[2]
    assert values(bind, "_acme-challenge.rfc.example.com") == ()
    [entry] = [each for each in tree.instructions()["challenges"] if each["by_hand"]]
    publish_as_a_person(bind, entry["dns"]["name"], entry["dns"]["value"])

    tree.run("order", "fulfilled", "--all", "--continue")
    tree.verify("all")
    assert values(bind, "_acme-challenge.rfc.example.com") == ()
    assert values(bind, "_acme-challenge.hand.example.com") == (entry["dns"]["value"],)
    assert not [*tree.root.glob("state/cleanup/*")]
    assert "No changes" in tree.run("plan")


def test_name_wildcard_and_alias_by_providers(tmp_path: Path, pebble: StartPebble, bind: Bind) -> None:
    ca = pebble(PebbleOptions(dns_server=bind.address))
    tree = tree_with(tmp_path / "tree", ca, bind)
    provide(tree, bind, "delegated", "'*.delegated.test'")
    tree.certificate("all", "rfc.example.com, '*.rfc.example.com', alias.example.com")
    publish_as_a_person(bind, "_acme-challenge.rfc.example.com", "of somebody else")
    tree.run("apply", "--detailed-exitcode")
    tree.verify("all")
    assert values(bind, "_acme-challenge.rfc.example.com") == ("of somebody else",)
    assert values(bind, "alias.delegated.test") == ()


def test_a_name_server_that_lags_holds_the_ca_back(tmp_path: Path, pebble: StartPebble) -> None:
    with Bind(BindOptions(zones={"example.com": ()}, resolves=True, lagging=True)) as bind:
        ca = pebble(PebbleOptions(dns_server=bind.address))
        tree = tree_with(tmp_path / "tree", ca, bind)
        lagging = bind.servers[-1].address
        provide(
            tree,
            bind,
            "corp",
            "rfc.example.com",
            "nameservers: [" + lagging + "]",
            "propagation: {timeout: 2s}",
        )
        tree.certificate("www", "rfc.example.com")
        failed = tree.run("apply", code=4)
        assert f"{lagging} does not have it yet" in " ".join(failed.split())
        assert "POST /chalZ/" not in " ".join(ca.requests)
        bind.refresh("example.com")
        tree.run("apply", "--detailed-exitcode")
        tree.verify("www")
        assert values(bind, "_acme-challenge.rfc.example.com") == ()


def test_what_a_killed_run_has_published_is_removed(tmp_path: Path, pebble: StartPebble) -> None:
    with Bind(BindOptions(zones={"example.com": ()}, resolves=True, lagging=True)) as bind:
        ca = pebble(PebbleOptions(dns_server=bind.address))
        tree = tree_with(tmp_path / "tree", ca, bind)
        provide(tree, bind, "corp", "rfc.example.com", f"nameservers: ['{bind.servers[-1].address}']")
        tree.certificate("www", "rfc.example.com")
        process = subprocess.Popen(
            tree.command("apply"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 30
        while not values(bind, "_acme-challenge.rfc.example.com"):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        (tree.root / "certificates/www.yaml").unlink()
        bind.refresh("example.com")
        tree.run("apply")
        assert values(bind, "_acme-challenge.rfc.example.com") == ()


def test_a_secret_that_is_wrong_is_said_and_not_shown(
    tmp_path: Path, pebble: StartPebble, bind: Bind
) -> None:
    ca = pebble(PebbleOptions(dns_server=bind.address))
    tree = tree_with(tmp_path / "tree", ca, bind)
    secret = "c2VjcmV0IHRoYXQgaXMgd3Jvbmcu"
    (tree.root / "secret").write_text(secret)
    tree.certificate("www", "rfc.example.com")
    failed = tree.run("apply", code=4)
    assert "the DNS provider corp" in failed
    assert secret not in failed
    (tree.root / "secret").unlink()
    assert "secret cannot be read" in tree.run("apply", code=4)
    (tree.root / "secret").write_text(bind.secret(KEY))
    tree.run("apply", "--detailed-exitcode")


def test_listeners_over_both_families_and_for_an_address(tmp_path: Path, pebble: StartPebble) -> None:
    ca = pebble()
    tree = Tree(tmp_path / "tree", ca, by_hand=True)
    tree.write(
        "reconciler.yaml",
        f"challenges:\n  http-01: {{listen: ['127.0.0.1:{ca.http_port}', '[::1]:{ca.http_port}']}}\n"
        f"  tls-alpn-01: {{listen: '127.0.0.1:{ca.tls_port}'}}",
    )
    tree.role(
        "alpn",
        "allowed_domains: [2.example.com]",
        "allowed_challenge_types: [tls-alpn-01]",
        "allowed_ip_ranges: [127.0.0.0/8]",
        "allowed_domain_options: [bare_domains]",
    )
    tree.role(
        "web",
        "allowed_domains: [1.example.com]",
        "allowed_ip_ranges: ['::1']",
        "allowed_domain_options: [bare_domains]",
    )
    tree.certificate("http", "1.example.com, '::1'")
    tree.certificate("alpn", "2.example.com, 127.0.0.1", role="alpn")
    result = tree.json("apply", "--no-wait", "--detailed-exitcode", code=3)
    assert result["failed"] == []
    tree.run("apply", "--detailed-exitcode")
    for name in ("http", "alpn"):
        tree.verify(name)


def test_a_program_presents_and_cleans_up(tmp_path: Path, pebble: StartPebble, bind: Bind) -> None:
    ca = pebble(PebbleOptions(dns_server=bind.address))
    tree = tree_with(tmp_path / "tree", ca, bind, challenges="{dns-01: {exec: [./hook, quietly]}}")
    hook = tree.root / "hook"
    hook.write_text(f"#!{sys.executable}\n{HOOK.format(port=bind.port, key=KEY)}")
    hook.chmod(0o755)
    tree.certificate("www", "www.example.com")
    ran = subprocess.run(
        tree.command("apply", "--detailed-exitcode"),
        env={**os.environ, "HOOK_SECRET": bind.secret(KEY)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    tree.verify("www")
    assert (tree.root / "said").read_text().splitlines() == [
        "0 quietly present www.example.com",
        "0 quietly cleanup www.example.com",
    ]
    assert values(bind, "_acme-challenge.www.example.com") == ()


def test_no_program_outlives_a_run_that_is_ended(tmp_path: Path, pebble: StartPebble) -> None:
    tree = Tree(tmp_path / "tree", pebble(), by_hand=True)
    tree.write("reconciler.yaml", "challenges: {http-01: {exec: [./hook]}}")
    (tree.root / "hook").write_text("#!/bin/sh\nsleep 600 &\necho $! >sleeping\nwait\n")
    (tree.root / "hook").chmod(0o755)
    tree.certificate("www", "1.example.com")
    process = subprocess.Popen(tree.command("apply"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    with process:
        deadline = time.monotonic() + 30
        while not (tree.root / "sleeping").exists() or not (tree.root / "sleeping").read_text():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        sleeping = int((tree.root / "sleeping").read_text())
        assert is_running(sleeping)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        while b"SIGINT" not in process.stderr.readline():
            assert time.monotonic() < deadline
        process.stderr.close()  # that nobody reads what it says does not keep it
        process.send_signal(signal.SIGINT)
    assert process.returncode == 130
    while is_running(sleeping):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_running(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
