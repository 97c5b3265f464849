"""`reconciler dns test` with a real name server."""

from __future__ import annotations

import signal
import socket
import struct
import subprocess
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import dns.message
import dns.query
import dns.rdatatype
import pytest

from tests.acceptance.command_line import PROGRAM, environment
from tools.bind import Bind, BindOptions
from tools.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.acceptance.conftest import RunProgram

_ZONES = {
    "example.test": ("_acme-challenge.alias CNAME alias._acme.other.example.",),
    "other.example": (),
}
NAME = "_acme-challenge.www.example.test"


@pytest.fixture(scope="module")
def bind() -> Iterator[Bind]:
    """Start name servers, one of which does not have changes before it is told to."""
    with Bind(
        BindOptions(zones=_ZONES, lagging=True, refused=("_acme-challenge.no.example.test",))
    ) as running:
        yield running


def provider(tree: Path, bind: Bind, *lines: str, name: str = "bind", lagging: bool = False) -> None:
    """Write a DNS provider that changes the zones of the primary."""
    servers = bind.servers if lagging else bind.servers[:1]
    text = [
        "type: rfc2136",
        f"nameserver: {bind.address}",
        "tsig_key_name: update-key",
        "tsig_secret: {file: tsig-secret}",
        "tsig_algorithm: hmac-sha256",
        f"nameservers: [{', '.join(each.address for each in servers)}]",
        *(lines or ('identifiers: ["*.example.test", "*.other.example"]',)),
    ]
    (tree / "tsig-secret").write_text(bind.secret("update-key"))
    (tree / "dns-providers").mkdir(exist_ok=True)
    (tree / f"dns-providers/{name}.yaml").write_text("\n".join(text) + "\n")


def texts(bind: Bind, name: str) -> set[str]:
    answer = dns.query.udp(dns.message.make_query(name, "TXT"), "127.0.0.1", 5, bind.port)
    found = [rrset for rrset in answer.answer if rrset.rdtype == dns.rdatatype.TXT]
    return {b"".join(each.strings).decode() for rrset in found for each in rrset}


def test_a_record_is_published_seen_and_removed(tree: Path, bind: Bind, program: RunProgram) -> None:
    provider(tree, bind)
    updates = bind.updates
    ran = program("dns", "test", "bind", "--identifier", "www.example.test", "--format", "json")
    assert ran.code == 0
    document = ran.document
    assert document["success"]
    assert (document["record_name"], document["zone"]) == (NAME, "example.test")
    assert (document["provider_name"], document["provider_type"]) == ("bind", "rfc2136")
    assert document["message"] == f"the test record at {NAME} was seen everywhere; it was removed"
    assert bind.updates == updates + 2
    assert texts(bind, NAME) == set()
    assert not (tree / "state").exists()


def test_a_record_may_stay(tree: Path, bind: Bind, program: RunProgram) -> None:
    provider(tree, bind)
    arguments = ("dns", "test", "bind", "--identifier", "*.stay.example.test", "--omit-cleanup")
    shown = program(*arguments)
    assert shown.code == 0
    assert "looking for the zone of *.stay.example.test\n" in shown.err
    assert "publishing a TXT record at _acme-challenge.stay.example.test, in the zone" in shown.err
    [value] = texts(bind, "_acme-challenge.stay.example.test")
    assert f'_acme-challenge.stay.example.test. TXT "{value}"' in shown.out
    assert "DNS provider bind (rfc2136) works" in shown.out
    left = f'the TXT record "{value}" at _acme-challenge.stay.example.test is left in its place: remove it'
    assert left in " ".join(shown.out.split())
    again = program(*arguments, "--format", "json").document
    assert texts(bind, "_acme-challenge.stay.example.test") == {value, again["value"]}


def test_an_alias_is_followed(tree: Path, bind: Bind, program: RunProgram) -> None:
    provider(tree, bind)
    document = program(
        "dns", "test", "bind", "--identifier", "alias.example.test", "--format", "json", "--omit-cleanup"
    ).document
    assert (document["record_name"], document["zone"]) == ("alias._acme.other.example", "other.example")
    assert texts(bind, "alias._acme.other.example") == {document["value"]}


def test_what_the_provider_does_not_cover(tree: Path, bind: Bind, program: RunProgram) -> None:
    provider(tree, bind, 'identifiers: ["*.example.test"]')
    provider(tree, bind, "identifiers: [www.other.example]", name="second")
    updates = bind.updates
    alias = program("dns", "test", "bind", "--identifier", "alias.example.test")
    assert alias.code == 1
    assert (
        "the DNS provider bind does not cover alias._acme.other.example, where the CNAME of "
        "alias.example.test leads, but *.example.test; and no other DNS provider does (see `identifiers` in "
        "dns-providers/bind.yaml)"
    ) in alias.err
    plain = program("dns", "test", "bind", "--identifier", "www.other.example")
    assert plain.code == 1
    assert "does not cover www.other.example but *.example.test; second does" in plain.err
    address = program("dns", "test", "bind", "--identifier", "192.0.2.1")
    assert address.code == 1
    assert "192.0.2.1 is an address" in address.err
    assert bind.updates == updates


def test_a_provider_that_is_not_there(tree: Path, bind: Bind, program: RunProgram) -> None:
    none = program("dns", "test", "bnid", "--identifier", "www.example.test")
    assert none.code == 1
    assert "there is no DNS provider `bnid` in dns-providers/; there are none" in none.err
    provider(tree, bind)
    assert "those are bind" in program("dns", "test", "x", "--identifier", "www.example.test").err


def test_what_is_not_seen_in_time_is_removed(tree: Path, bind: Bind, program: RunProgram) -> None:
    provider(tree, bind, 'identifiers: ["*.example.test"]', "propagation: {timeout: 1s}", lagging=True)
    ran = program("dns", "test", "bind", "--identifier", "www.example.test", "--format", "json")
    assert ran.code == 1
    assert not ran.document["success"]
    assert "1 s after it was published" in ran.document["message"]
    assert "127.0.0.3" in ran.document["message"]
    assert ran.document["message"].endswith("; it was removed")
    assert "0 of at most 1 s: " in ran.err
    assert texts(bind, NAME) == set()


def test_what_is_refused(tree: Path, bind: Bind, program: RunProgram) -> None:
    provider(tree, bind)
    ran = program("dns", "test", "bind", "--identifier", "no.example.test")
    assert ran.code == 1
    assert "DNS provider bind (rfc2136) does not work" in ran.out
    assert "REFUSED" in ran.out
    assert "nothing was published" in ran.out
    assert "by hand" not in ran.out
    assert bind.secret("update-key") not in ran.out + ran.err


def test_where_nobody_is_there_nothing_was_published(tree: Path, bind: Bind, program: RunProgram) -> None:
    provider(tree, bind)
    [port] = free_ports(1)
    path = tree / "dns-providers/bind.yaml"
    path.write_text(path.read_text().replace(f"nameserver: {bind.address}", f"nameserver: 127.0.0.1:{port}"))
    ran = program("dns", "test", "bind", "--identifier", "www.example.test", "--format", "json")
    assert ran.code == 1
    assert "cannot be reached" in ran.document["message"]
    assert ran.document["message"].endswith("; nothing was published")


def test_what_may_have_been_published_is_named(tree: Path, bind: Bind, program: RunProgram) -> None:
    provider(tree, bind)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        # It hangs up on whoever has sent something.
        threading.Thread(target=hang_up, args=(deaf,), daemon=True).start()
        path = tree / "dns-providers/bind.yaml"
        address = f"127.0.0.1:{deaf.getsockname()[1]}"
        path.write_text(path.read_text().replace(f"nameserver: {bind.address}", f"nameserver: {address}"))
        document = program(
            "dns", "test", "bind", "--identifier", "www.example.test", "--format", "json"
        ).document
    assert not document["success"]
    assert "whether it was published is not known" in document["message"]
    assert (
        f'the TXT record "{document["value"]}" at {NAME} may be left: remove it by hand'
        in document["message"]
    )


def hang_up(listener: socket.socket) -> None:
    """End each connection by a reset, without an answer."""
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_a_secret_that_is_not_there(tree: Path, bind: Bind, program: RunProgram) -> None:
    provider(tree, bind)
    (tree / "tsig-secret").unlink()
    ran = program("dns", "test", "bind", "--identifier", "www.example.test")
    assert ran.code == 1
    assert "tsig-secret cannot be read" in ran.err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_wait_and_the_record_is_removed(
    tree: Path, bind: Bind, number: signal.Signals, code: int
) -> None:
    provider(tree, bind, 'identifiers: ["*.example.test"]', "propagation: {timeout: 10m}", lagging=True)
    command = [*PROGRAM, "dns", "test", "bind", "--identifier", "stopped.example.test"]
    with subprocess.Popen(
        command,
        cwd=tree,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        deadline = time.monotonic() + 30
        while not texts(bind, "_acme-challenge.stopped.example.test"):
            assert running.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        running.send_signal(number)
        out, err = running.communicate(timeout=30)
    assert running.returncode == code
    assert "it was stopped before the record was seen everywhere" in out
    assert "; it was removed" in " ".join(out.split())
    assert f"{number.name}: removing the record" in err
    assert texts(bind, "_acme-challenge.stopped.example.test") == set()
