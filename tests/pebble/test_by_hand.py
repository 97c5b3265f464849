"""Challenges that people fulfil, by nothing else than what the instructions say."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from tests.pebble.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.pebble.conftest import StartPebble, StartWebroot


def test_each_type_of_challenge_is_fulfilled_by_its_instructions(
    tmp_path: Path, pebble: StartPebble, webroot: StartWebroot
) -> None:
    ca = pebble()
    tree = Tree(tmp_path / "tree", ca, by_hand=True)
    tree.role("alpn", "allowed_domains: [3.example.com]", "allowed_challenge_types: [tls-alpn-01]")
    tree.certificate("http", "1.example.com", "challenge_type: http-01")
    tree.certificate("dns", "2.example.com", "challenge_type: dns-01")
    tree.certificate("alpn", "3.example.com", role="alpn")
    output = tree.run("apply", "--detailed-exitcode", code=3)
    for value in ("1.example.com", "_acme-challenge.2.example.com", "3.example.com", "TXT"):
        assert value in output

    before = len(ca.requests)
    assert tree.json("apply", "--detailed-exitcode", code=3)["awaiting_people"]
    assert len(ca.requests) == before

    entries = {entry["challenge_type"]: entry for entry in _instructions(tree)}
    served = webroot(ca)
    shutil.copytree(entries["http-01"]["folder"] / "http-01", served.folder, dirs_exist_ok=True)
    record = entries["dns-01"]["dns"]
    ca.challtestsrv.set_txt(record["name"], record["value"])
    with _presenting(entries["tls-alpn-01"], ca.tls_port):
        tree.run("order", "fulfilled", "--all")
        result = tree.json("apply", "--detailed-exitcode")
    assert sorted(each["certificate"] for each in result["issued"]) == ["alpn", "dns", "http"]
    for name in ("http", "dns", "alpn"):
        tree.verify(name)
    assert not list(tree.root.glob("state/challenges/*/*"))
    # What has been published is named once it is of no more use.
    assert entries["http-01"]["http"]["url"] in tree.run("order", "show", "http")
    assert f'{record["name"]}. TXT "{record["value"]}"' in tree.run("order", "show", "dns")


def test_fulfilled_can_go_on_at_once(tmp_path: Path, pebble: StartPebble) -> None:
    ca = pebble()
    tree = Tree(tmp_path / "tree", ca, by_hand=True)
    tree.certificate("dns", "2.example.com", "challenge_type: dns-01")
    tree.certificate("other", "3.example.com", "challenge_type: dns-01")
    tree.run("apply")
    [order] = [each for each in tree.json("order", "list")["orders"] if each["certificate_name"] == "dns"]
    [entry] = [each for each in _instructions(tree) if each["identifier"] == "2.example.com"]
    ca.challtestsrv.set_txt(entry["dns"]["name"], entry["dns"]["value"])
    tree.run("order", "fulfilled", order["order_id"], "--continue")
    tree.verify("dns")
    assert not (tree.root / "certs/other").exists()


def _instructions(tree: Tree) -> list[dict[str, Any]]:
    entries = []
    for path in tree.root.glob("state/challenges/*/instructions.json"):
        document = json.loads(path.read_text())
        entries += [entry | {"folder": path.parent} for entry in document["challenges"]]
    return entries


@contextmanager
def _presenting(entry: dict[str, Any], port: int) -> Iterator[None]:
    """Present the certificate of the instructions to whoever asks for ALPN acme-tls/1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    paths = entry["tls_alpn"]
    context.load_cert_chain(entry["folder"] / paths["certificate"], entry["folder"] / paths["private_key"])
    context.set_alpn_protocols(["acme-tls/1"])
    with socket.create_server(("127.0.0.1", port)) as listener:
        threading.Thread(target=_answer, args=(listener, context), daemon=True).start()
        yield


def _answer(listener: socket.socket, context: ssl.SSLContext) -> None:
    # The CA looks from several places, and closes as soon as it has seen the certificate.
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with suppress(OSError), connection, context.wrap_socket(connection, server_side=True) as secure:
                secure.recv(1)
