"""A network that answers in the CA's place: without a good certificate for its name nothing is sent."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import trustme

from reconciler.ca.transport import Limits, Transport
from reconciler.errors import CAUnavailableError
from tests.unit.ca.https_server import AUTHORITY, TRUSTED

if TYPE_CHECKING:
    from collections.abc import Iterator

_LIMITS = Limits(connect_seconds=5, request_seconds=10)
_NOW = dt.datetime.now(dt.UTC)
_DAY = dt.timedelta(days=1)


@contextmanager
def server(context: ssl.SSLContext) -> Iterator[tuple[int, list[bytes]]]:
    """Serve one connection; yields its port and what it has got inside TLS."""
    got: list[bytes] = []

    def serve() -> None:
        try:
            plain, _ = listener.accept()
            with plain, context.wrap_socket(plain, server_side=True) as stream:
                got.append(stream.recv(1000))
        except OSError:
            return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], got
        thread.join(10)


def context_of(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def refusal(context: ssl.SSLContext) -> str:
    transport = Transport(TRUSTED, "reconciler/1 (tests)", _LIMITS)
    with server(context) as (port, got), pytest.raises(CAUnavailableError) as caught:
        transport.request("POST", f"https://localhost:{port}/", b"signed")
    transport.close()
    assert not any(got)
    return str(caught.value)


def test_a_certificate_that_has_expired() -> None:
    leaf = AUTHORITY.issue_cert("localhost", not_before=_NOW - 9 * _DAY, not_after=_NOW - _DAY)
    said = refusal(context_of(leaf))
    assert "certificate has expired; if it has not, the clock of this machine is wrong" in said


def test_a_certificate_that_is_not_valid_yet() -> None:
    leaf = AUTHORITY.issue_cert("localhost", not_before=_NOW + _DAY, not_after=_NOW + 9 * _DAY)
    said = refusal(context_of(leaf))
    assert "certificate is not yet valid; if it is, the clock of this machine is wrong" in said


def test_a_certificate_of_ones_own_making() -> None:
    said = refusal(context_of(trustme.CA().issue_cert("localhost")))
    assert "the CA behind it can be named in trusted_ca" in said


def test_a_certificate_for_another_name() -> None:
    said = refusal(context_of(AUTHORITY.issue_cert("evil.example")))
    assert "Hostname mismatch" in said
    assert "trusted_ca" not in said


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_old_versions_of_tls() -> None:
    context = context_of(AUTHORITY.issue_cert("localhost"))
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    assert "TLS 1.2 or newer is needed" in refusal(context)
