"""The harness itself: that the CA comes up as it was asked for, and goes."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509

from tools.latency_proxy import LatencyProxy
from tools.pebble import Pebble, PebbleOptions
from tools.ports import LOOPBACK

if TYPE_CHECKING:
    from tests.pebble.conftest import StartPebble, StartWebroot


def directory(ca: Pebble, port: int | None = None) -> dict[str, Any]:
    """Read the directory as a client does."""
    connection = http.client.HTTPSConnection(
        "localhost", port or ca.port, context=ssl.create_default_context(cadata=ca.trusted_ca), timeout=10
    )
    try:
        connection.request("GET", "/dir", headers={"User-Agent": "test"})
        content: dict[str, Any] = json.loads(connection.getresponse().read())
        return content
    finally:
        connection.close()


def test_it_is_new_enough_for_renewal_information_and_profiles(pebble: StartPebble) -> None:
    ca = pebble(PebbleOptions(profiles={"classic": 86400, "shortlived": 3600}))

    content = directory(ca)

    assert "renewalInfo" in content
    assert set(content["meta"]["profiles"]) == {"classic", "shortlived"}
    assert ca.requests == ["GET /dir"]


def test_it_demands_external_account_binding(pebble: StartPebble) -> None:
    assert directory(pebble(PebbleOptions(eab_keys={"kid-1": "c2VjcmV0LW9mLXRlc3Rz"})))["meta"][
        "externalAccountRequired"
    ]


def test_it_has_as_many_roots_as_wanted(pebble: StartPebble) -> None:
    ca = pebble(PebbleOptions(alternate_roots=1, chain_length=3, strict=True))

    roots = [x509.load_pem_x509_certificate(ca.root_pem(number).encode()) for number in (0, 1)]
    issuer = x509.load_pem_x509_certificate(ca.intermediate_pem().encode())

    assert roots[0].serial_number != roots[1].serial_number
    assert "Intermediate CA" in issuer.subject.rfc4514_string()


def test_a_restart_keeps_the_address_and_forgets_the_rest(pebble: StartPebble) -> None:
    ca = pebble()
    root, url = ca.root_pem(), ca.directory_url

    ca.restart()

    assert ca.directory_url == url
    assert ca.root_pem() != root
    assert ca.requests == []


def test_nobody_is_there_once_it_has_stopped(pebble: StartPebble) -> None:
    ca = pebble()

    ca.stop()

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((LOOPBACK, ca.port))


def test_it_is_reached_through_a_slow_line_with_addresses_that_stay_there(pebble: StartPebble) -> None:
    ca = pebble()
    with LatencyProxy(ca.port, 0.02) as proxy:
        content = directory(ca, proxy.port)

    assert content["newOrder"].startswith(f"https://localhost:{proxy.port}/")


def test_challenges_can_be_answered_from_a_folder_or_by_the_companion(
    pebble: StartPebble, webroot: StartWebroot
) -> None:
    served = webroot(pebble())
    (served.folder / "t").write_text("from the folder")
    companion = pebble(PebbleOptions(answer_http01=True, answer_tls_alpn01=True))
    companion.challtestsrv.add_http01("token", "from the companion")
    companion.challtestsrv.add_tls_alpn01("www.example.com", "key authorization")
    companion.challtestsrv.set_txt("_acme-challenge.www.example.com", "value")

    assert _get(served.port, "/t") == "from the folder"
    assert _get(companion.http_port, "/.well-known/acme-challenge/token") == "from the companion"


def _get(port: int, path: str) -> str:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()
