"""The port against a real CA: accounts, binding, nonces that are refused, whole orders by hand."""

from __future__ import annotations

import base64
import hashlib
import socket
import ssl
import threading
import time
from base64 import urlsafe_b64decode
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from reconciler import pki
from reconciler.ca.port import ExternalAccountBinding
from reconciler.ca.rfc8555 import Rfc8555CA
from reconciler.ca.server import Server
from reconciler.ca.transport import Limits
from reconciler.errors import CAUnavailableError, ProblemError
from reconciler.model.account import KeyType
from reconciler.model.identifier import Identifier
from reconciler.model.order import Status
from reconciler.model.role import ChallengeType, IdentifierPopulation
from tools.pebble import Pebble, PebbleOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from reconciler.ca.port import OrderAnswer
    from reconciler.pki import IssuedChain
    from tests.pebble.conftest import StartPebble

SECONDS = 60
THREADS = 8


def serve(pebble: Pebble) -> Server:
    return Server(
        pebble.directory_url,
        user_agent="reconciler/0 (tests)",
        now=lambda: datetime.now(UTC),
        monotonic=time.monotonic,
        trusted_ca=pebble.trusted_ca,
        limits=Limits(connections=THREADS),
    )


def registered(server: Server) -> Rfc8555CA:
    ca = Rfc8555CA(server, pki.generate_key(KeyType.EC_256))
    assert ca.new_account([], terms_of_service_agreed=True).status is Status.VALID
    return ca


def until(ca: Rfc8555CA, url: str, *wanted: Status) -> OrderAnswer:
    """Read an order until it has one of the statuses."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        order = ca.read_order(url)
        if order.status in wanted:
            return order
        time.sleep(0.05)
    raise AssertionError(f"{url} stays {order.status}")


def issue(
    ca: Rfc8555CA,
    identifiers: Sequence[Identifier],
    challenge_type: ChallengeType,
    present: Callable[[Identifier, str, str], None],
    gate: threading.Lock | None = None,
) -> IssuedChain:
    """Take one order from its start to its certificate."""
    with gate or threading.Lock():
        order = ca.new_order(identifiers)
    assert order.status in (Status.PENDING, Status.READY)
    assert set(order.identifiers) == set(identifiers)
    for url in order.authorizations:
        authorization = ca.read_authorization(url)
        challenge = next(each for each in authorization.challenges if each.type == challenge_type)
        present(authorization.identifier, challenge.token, f"{challenge.token}.{ca.thumbprint}")
        assert ca.answer_challenge(challenge.url).status in (Status.PENDING, Status.PROCESSING, Status.VALID)
    ready = until(ca, order.url, Status.READY)
    assert ready.finalize is not None
    key = pki.generate_key(KeyType.EC_256)
    csr = pki.make_csr(key, identifiers, IdentifierPopulation.CN_FIRST)
    ca.finalize_order(ready.finalize, pki.csr_der(csr))
    valid = until(ca, order.url, Status.VALID)
    assert valid.certificate is not None
    return pki.check_chain(ca.download_certificate(valid.certificate).chain_pem, key, identifiers)


@pytest.mark.timeout(300)  # a key of 8192 bits is a matter of luck
def test_every_kind_of_account_key_registers(pebble: StartPebble) -> None:
    with serve(pebble(PebbleOptions(strict=True))) as server:
        for key_type in KeyType:
            key = pki.generate_key(key_type)
            account = Rfc8555CA(server, key).new_account(["a@example.org"], terms_of_service_agreed=True)
            assert account.status is Status.VALID
            # The same key again finds the same account, which it then can use.
            again = Rfc8555CA(server, key)
            assert again.new_account([], terms_of_service_agreed=True).url == account.url
            assert again.new_order([Identifier("dns", "example.org")]).status is Status.PENDING


def test_an_unsuitable_account_is_refused_with_a_problem(pebble: StartPebble) -> None:
    with serve(pebble()) as server:
        ca = Rfc8555CA(server, pki.generate_key(KeyType.EC_256))
        assert ca.directory().terms_of_service
        with pytest.raises(ProblemError) as caught:
            ca.new_account([], terms_of_service_agreed=False)
        assert caught.value.problem.code == "userActionRequired"


def test_external_account_binding(pebble: StartPebble) -> None:
    secret = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
    key = urlsafe_b64decode(secret)
    with serve(pebble(PebbleOptions(strict=True, eab_keys={"kid-1": secret}))) as server:
        ca = Rfc8555CA(server, pki.generate_key(KeyType.EC_256))
        assert ca.directory().external_account_required
        with pytest.raises(ProblemError) as caught:
            ca.new_account([], terms_of_service_agreed=True)
        assert caught.value.problem.code == "externalAccountRequired"
        with pytest.raises(ProblemError):
            ca.new_account(
                [],
                terms_of_service_agreed=True,
                external_account_binding=ExternalAccountBinding("kid-1", key[:-1] + b"x"),
            )
        account = ca.new_account(
            [], terms_of_service_agreed=True, external_account_binding=ExternalAccountBinding("kid-1", key)
        )
        assert account.status is Status.VALID


def test_an_order_by_http_01_takes_no_needless_request(pebble: StartPebble) -> None:
    running = pebble(PebbleOptions(strict=True, answer_http01=True, chain_length=3))
    identifiers = [Identifier("dns", "www.example.org")]
    with serve(running) as server:
        ca = registered(server)
        issued = issue(
            ca,
            identifiers,
            ChallengeType.HTTP_01,
            lambda _, token, authorization: running.challtestsrv.add_http01(token, authorization),
        )
    assert issued.chain_pem.count("BEGIN CERTIFICATE") == 3
    assert issued.not_after > issued.not_before
    leaf = x509.load_pem_x509_certificate(issued.cert_pem.encode())
    assert f"{leaf.serial_number:x}" in issued.serial_number.replace(":", "")
    # Reading the order is what waiting is made of; all else is asked once.
    counted = Counter(running.requests)
    assert counted.pop("POST /my-order/") >= 2
    assert counted == {
        "GET /dir": 1,
        "HEAD /nonce-plz": 1,
        "POST /sign-me-up": 1,
        "POST /order-plz": 1,
        "POST /authZ/": 1,
        "POST /chalZ/": 1,
        "POST /finalize-order/": 1,
        "POST /certZ/": 1,
    }


def txt_value(key_authorization: str) -> str:
    digest = hashlib.sha256(key_authorization.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def test_an_order_by_dns_01_with_a_wildcard(pebble: StartPebble) -> None:
    running = pebble(PebbleOptions(strict=True))
    identifiers = [Identifier("dns", "example.org"), Identifier("dns", "*.example.org")]
    with serve(running) as server:
        issue(
            registered(server),
            identifiers,
            ChallengeType.DNS_01,
            lambda identifier, _, authorization: running.challtestsrv.set_txt(
                f"_acme-challenge.{identifier.value}", txt_value(authorization)
            ),
        )


def test_an_order_by_tls_alpn_01(pebble: StartPebble) -> None:
    running = pebble(PebbleOptions(strict=True, answer_tls_alpn01=True))
    with serve(running) as server:
        issue(
            registered(server),
            [Identifier("dns", "tls.example.org")],
            ChallengeType.TLS_ALPN_01,
            lambda identifier, _, authorization: running.challtestsrv.add_tls_alpn01(
                identifier.value, authorization
            ),
        )


@pytest.mark.parametrize("identifier", [Identifier("dns", "tls.example.org"), Identifier("ip", "127.0.0.1")])
def test_our_own_certificate_for_tls_alpn_01(
    pebble: StartPebble, tmp_path: Path, identifier: Identifier
) -> None:
    running = pebble(PebbleOptions(strict=True))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["acme-tls/1"])
    listener = socket.create_server(("127.0.0.1", running.tls_port))

    def present(named: Identifier, _: str, authorization: str) -> None:
        certificate, key = pki.tls_alpn_certificate(named, authorization)
        (tmp_path / "both.pem").write_bytes(certificate + key)
        context.load_cert_chain(tmp_path / "both.pem")

    def shake_hands() -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            with context.wrap_socket(plain, server_side=True) as stream:
                assert stream.selected_alpn_protocol() == "acme-tls/1"
                stream.recv(1)

    thread = threading.Thread(target=shake_hands)
    thread.start()
    try:
        with serve(running) as server:
            issue(registered(server), [identifier], ChallengeType.TLS_ALPN_01, present)
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def test_a_challenge_that_fails_says_why(pebble: StartPebble) -> None:
    running = pebble()
    with serve(running) as server:
        ca = registered(server)
        order = ca.new_order([Identifier("dns", "example.org")])
        challenge = next(
            each
            for each in ca.read_authorization(order.authorizations[0]).challenges
            if each.type == "dns-01"
        )
        ca.answer_challenge(challenge.url)
        assert until(ca, order.url, Status.INVALID).status is Status.INVALID
        failed = ca.read_authorization(order.authorizations[0])
        assert failed.status is Status.INVALID
        error = next(each.error for each in failed.challenges if each.type == "dns-01")
        assert error is not None
        assert error.code == "unauthorized"


def test_a_forbidden_name_is_refused(pebble: StartPebble) -> None:
    with serve(pebble(PebbleOptions(domain_blocklist=("blocked.example",)))) as server:
        with pytest.raises(ProblemError) as caught:
            registered(server).new_order([Identifier("dns", "www.blocked.example")])
        assert caught.value.problem.code == "rejectedIdentifier"


def test_retry_after_is_handed_on(pebble: StartPebble) -> None:
    identifiers = [Identifier("dns", "example.org")]
    csr = pki.make_csr(pki.generate_key(KeyType.EC_256), identifiers, IdentifierPopulation.SANS_ONLY)
    with serve(pebble(PebbleOptions(always_valid=True, retry_after_order=9))) as server:
        ca = registered(server)
        order = ca.new_order(identifiers)
        ca.answer_challenge(ca.read_authorization(order.authorizations[0]).challenges[0].url)
        ready = until(ca, order.url, Status.READY)
        assert ready.finalize is not None
        asked = datetime.now(UTC)
        answer = ca.finalize_order(ready.finalize, pki.csr_der(csr))
    assert answer.status is Status.PROCESSING
    assert answer.retry_after is not None
    assert 7 <= (answer.retry_after - asked).total_seconds() <= 60


@pytest.mark.parametrize("nonce_reject", [0, 5, 50])
def test_threads_and_refused_nonces(pebble: StartPebble, nonce_reject: int) -> None:
    running = pebble(PebbleOptions(strict=True, nonce_reject=nonce_reject, answer_http01=True))
    gate = threading.Lock()  # Pebble can lock itself up when newOrders cross
    failures: list[BaseException] = []
    issued: list[IssuedChain] = []
    with serve(running) as server:
        ca = registered(server)

        def work(thread: int) -> None:
            try:
                for number in range(4):
                    name = Identifier("dns", f"n{number}.t{thread}.example.org")
                    issued.append(
                        issue(
                            ca,
                            [name],
                            ChallengeType.HTTP_01,
                            lambda _, token, authorization: running.challtestsrv.add_http01(
                                token, authorization
                            ),
                            gate,
                        )
                    )
            except BaseException as error:  # noqa: BLE001 - whatever it is, the test must see it
                failures.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not failures
    assert len({each.serial_number for each in issued}) == 4 * THREADS
    counted = Counter(running.requests)
    assert counted["GET /dir"] == 1
    assert counted["HEAD /nonce-plz"] <= THREADS
    if not nonce_reject:
        assert counted["POST /order-plz"] == 4 * THREADS
        assert counted["POST /chalZ/"] == 4 * THREADS


def test_a_ca_that_is_away(pebble: StartPebble) -> None:
    running = pebble()
    with serve(running) as server:
        ca = registered(server)
        running.stop()
        with pytest.raises(CAUnavailableError, match="Connection refused"):
            ca.new_order([Identifier("dns", "example.org")])
        running.start()
        # It has forgotten accounts and nonces; a new start with the old connections and nonces is no trouble.
        with pytest.raises(ProblemError) as caught:
            ca.new_order([Identifier("dns", "example.org")])
        assert caught.value.problem.code == "accountDoesNotExist"
