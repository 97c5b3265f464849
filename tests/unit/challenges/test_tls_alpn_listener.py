"""tls-alpn-01 by a listener: real handshakes, and those that must fail."""

from __future__ import annotations

import hashlib
import socket
import ssl
import tempfile
import threading
import time
from contextlib import contextmanager
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from reconciler.challenges.serving import Limits
from reconciler.challenges.tls_alpn_listener import TlsAlpnListener
from reconciler.errors import ChallengeError
from reconciler.model.role import ChallengeType
from tests.unit.challenges.instructions import hostile
from tests.unit.challenges.instructions import instruction as any_instruction
from tools.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from reconciler.model.instruction import Instruction

HOSTILE = hostile(ChallengeType.TLS_ALPN_01)
ACME_IDENTIFIER = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.31")
LOOPBACK = "127.0.0.1"
NAME = "www.example.com"
OURS = ("acme-tls/1",)


def instruction(identifier: str = NAME, *, token: str = "one", order: str = "order") -> Instruction:  # noqa: S107
    return any_instruction(ChallengeType.TLS_ALPN_01, identifier, token=token, order=order)


@contextmanager
def listening(*addresses: str, limits: Limits | None = None) -> Iterator[TlsAlpnListener]:
    listener = TlsAlpnListener(addresses or (f"{LOOPBACK}:0",), limits)
    try:
        yield listener
    finally:
        listener.close()


def client(protocols: Sequence[str] = OURS, version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if protocols:
        context.set_alpn_protocols(protocols)
    if version:
        context.minimum_version = context.maximum_version = version
    return context


def shake_hands(
    port: int, name: str | None = NAME, context: ssl.SSLContext | None = None, host: str = LOOPBACK
) -> x509.Certificate:
    """Validate as a CA does (RFC 8737 section 3); return the certificate."""
    with (
        socket.create_connection((host, port), timeout=10) as plain,
        (context or client()).wrap_socket(plain, server_hostname=name) as stream,
    ):
        assert stream.selected_alpn_protocol() == "acme-tls/1"
        certificate = stream.getpeercert(binary_form=True)
        assert stream.recv(1) == b"", "application data"
    assert certificate
    return x509.load_der_x509_certificate(certificate)


def proves(certificate: x509.Certificate, instruction: Instruction) -> bool:
    extension = certificate.extensions.get_extension_for_oid(ACME_IDENTIFIER)
    assert extension.critical
    assert isinstance(extension.value, x509.UnrecognizedExtension)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    identifier = instruction.identifier
    wanted: x509.GeneralName = x509.DNSName(identifier.value)
    if identifier.type == "ip":
        wanted = x509.IPAddress(ip_address(identifier.value))
    digest = hashlib.sha256(instruction.key_authorization.encode()).digest()
    return list(names) == [wanted] and extension.value.value == b"\x04\x20" + digest


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize(
    ("identifier", "server_name"),
    [
        (NAME, NAME),
        (NAME, "WWW.Example.COM"),
        ("192.0.2.1", "1.2.0.192.in-addr.arpa"),
        ("2001:db8::1", "1." + "0." * 23 + "8.b.d.0.1.0.0.2.ip6.arpa"),
    ],
)
def test_the_certificate_for_a_name(identifier: str, server_name: str, version: ssl.TLSVersion) -> None:
    with listening() as listener:
        listener.present(instruction(identifier))
        listener.present(instruction("other.example.com", token="other"))
        certificate = shake_hands(listener.ports[0], server_name, client(version=version))
        assert proves(certificate, instruction(identifier))


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("name", ["other.example.com", "example.com", LOOPBACK, None])
def test_no_handshake_for_another_name(name: str | None, version: ssl.TLSVersion) -> None:
    with listening() as listener:
        listener.present(instruction())
        with pytest.raises(ssl.SSLError) as caught:
            shake_hands(listener.ports[0], name, client(OURS, version))
        assert "unrecognized name" in str(caught.value).lower().replace("_", " ")


@pytest.mark.parametrize("protocols", [(), ("http/1.1",), ("acme-tls/2",)])
def test_who_wants_another_protocol_gets_none(protocols: tuple[str, ...]) -> None:
    with listening() as listener:
        listener.present(instruction())
        with (
            socket.create_connection((LOOPBACK, listener.ports[0]), timeout=10) as plain,
            client(protocols).wrap_socket(plain, server_hostname=NAME) as stream,
        ):
            assert stream.selected_alpn_protocol() is None
            assert stream.recv(1) == b"", "application data"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
def test_no_handshake_by_an_old_version() -> None:
    context = client(version=ssl.TLSVersion.TLSv1_1)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with listening() as listener:
        listener.present(instruction())
        with pytest.raises(ssl.SSLError, match=r"(?i)protocol"):
            shake_hands(listener.ports[0], NAME, context)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\0" * 1000,
        b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\xff",
        b"\x16\x03\x01\x40\x00\x01\x00\x3f\xfc" + b"\xff" * 1_000_000,
    ],
)
def test_what_is_no_handshake(sent: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    with listening() as listener:
        listener.present(instruction())
        (port,) = listener.ports
        with socket.create_connection((LOOPBACK, port), timeout=10) as stream:
            try:
                stream.sendall(sent)
                received = stream.recv(100)
            except ConnectionError:
                assert len(sent) > 64 * 1024  # the listener had heard enough
            else:
                assert received[:1] in (b"", b"\x15")  # nothing, or an alert (RFC 8446 section 6)
        assert proves(shake_hands(port), instruction())
    assert capfd.readouterr() == ("", "")


def test_over_both_families_at_once() -> None:
    (port,) = free_ports(1)
    with listening(f"{LOOPBACK}:{port}", f"[::1]:{port}") as listener:
        listener.present(instruction())
        for host in (LOOPBACK, "::1"):
            assert proves(shake_hands(port, host=host), instruction())


def test_the_newest_of_two_counts_and_the_older_does_not_take_it_away() -> None:
    older, newer = instruction(order="older"), instruction(token="two", order="newer")
    with listening() as listener:
        listener.present(older)
        listener.present(newer)
        (port,) = listener.ports
        assert proves(shake_hands(port), newer)
        listener.clean_up([older])
        assert proves(shake_hands(port), newer)
        listener.present(older)
        assert proves(shake_hands(port), older)
        listener.clean_up([older])
        assert proves(shake_hands(port), newer)
        listener.clean_up([newer])
        assert listener.ports == ()
        with pytest.raises(ConnectionRefusedError):
            shake_hands(port)


def test_the_key_is_in_no_file_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with listening() as listener:
        listener.present(instruction())
        assert list(tmp_path.iterdir()) == []
        assert proves(shake_hands(listener.ports[0]), instruction())


def test_nowhere_to_put_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with (
        listening() as listener,
        pytest.raises(ChallengeError, match=r"temporary file: No such file.*TMPDIR"),
    ):
        listener.present(instruction())


@pytest.mark.parametrize("name", HOSTILE)
def test_what_the_ca_must_not_name_opens_nothing(name: str) -> None:
    with listening() as listener:
        with pytest.raises(ChallengeError):
            listener.present(HOSTILE[name])
        assert listener.ports == ()


def test_other_types_of_challenge_are_refused() -> None:
    with listening() as listener, pytest.raises(ChallengeError, match="http-01 cannot be fulfilled by TLS"):
        listener.present(any_instruction())


def test_slow_clients_hold_nobody_up_and_have_an_end() -> None:
    with listening(limits=Limits(seconds=0.5)) as listener:
        listener.present(instruction())
        (port,) = listener.ports
        begun = time.monotonic()
        with (
            socket.create_connection((LOOPBACK, port), timeout=10) as silent,
            socket.create_connection((LOOPBACK, port), timeout=10) as halfway,
        ):
            halfway.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
            assert proves(shake_hands(port), instruction())
            assert silent.recv(1) == b""
            assert halfway.recv(1) == b""
        assert 0.4 <= time.monotonic() - begun < 10


def test_many_threads_present_and_ask() -> None:
    failures: list[BaseException] = []

    def work(listener: TlsAlpnListener, number: int) -> None:
        try:
            for turn in range(4):
                mine = instruction(f"n{turn}.t{number}.example.com", order=str(number))
                listener.present(mine)
                assert proves(shake_hands(listener.ports[0], mine.identifier.value), mine)
                listener.clean_up([mine])
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test must see it
            failures.append(error)

    (port,) = free_ports(1)
    with listening(f"{LOOPBACK}:{port}") as listener:
        threads = [threading.Thread(target=work, args=(listener, number)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures
        assert listener.ports == ()
