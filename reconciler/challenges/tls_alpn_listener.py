"""tls-alpn-01 by a listener for the time of the challenge (RFC 8737; RFC 8738 section 6 for addresses)."""

from __future__ import annotations

import ssl
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler import pki
from reconciler.challenges.client_hello import read_client_hello
from reconciler.challenges.listener import Listener
from reconciler.errors import ChallengeError
from reconciler.files import PRIVATE_FILE
from reconciler.orders.instructions import TlsAlpnInstruction, explain

if TYPE_CHECKING:
    from reconciler.challenges.serving import Connection
    from reconciler.model.instruction import Instruction

PROTOCOL = "acme-tls/1"
"""What a CA offers by ALPN, and nothing else (RFC 8737 section 6.2)."""

# Alerts of RFC 8446 section 6.2, RFC 6066 section 3 and RFC 7301 section 3.2.
_DECODE_ERROR = 50
_UNRECOGNIZED_NAME = 112
_NO_APPLICATION_PROTOCOL = 120


class TlsAlpnListener(Listener[ssl.SSLContext]):
    """Shakes hands with whoever asks for a name that is being validated, and for `acme-tls/1` alone.

    All others get an alert in place of a handshake, and nobody gets anything after it.
    """

    def _asked(self, instruction: Instruction) -> str:
        explanation = explain(instruction)
        if not isinstance(explanation, TlsAlpnInstruction):
            raise ChallengeError(
                f"{instruction.identifier}: {instruction.challenge_type} cannot be fulfilled by TLS"
            )
        return explanation.server_name

    def _answer(self, instruction: Instruction) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2  # RFC 8737 section 3
        context.set_alpn_protocols([PROTOCOL])
        context.num_tickets = 0  # nobody comes back to go on with a session
        try:
            _load(context, *pki.tls_alpn_certificate(instruction.identifier, instruction.key_authorization))
        except OSError as error:
            raise ChallengeError(
                f"the certificate for {instruction.identifier} cannot be put into a temporary file: "
                f"{error.strerror or error}; TMPDIR names another folder for it"
            ) from error
        return context

    def _serve(self, connection: Connection) -> None:
        try:
            received, hello = read_client_hello(connection.receive)
        except ValueError:
            _refuse(connection, _DECODE_ERROR)
            return
        if hello.protocols != (PROTOCOL.encode(),):
            _refuse(connection, _NO_APPLICATION_PROTOCOL)
            return
        context = self._newest(hello.server_names[0]) if len(hello.server_names) == 1 else None
        if context is None:
            _refuse(connection, _UNRECOGNIZED_NAME)
            return
        _shake_hands(connection, context, received)
        connection.hang_up()


def _load(context: ssl.SSLContext, certificate_pem: bytes, key_pem: bytes) -> None:
    # `ssl` reads keys from files only. This one opens nothing: it is made for one challenge, and signs its
    # own certificate. All the same nobody else can read it, and it is gone at once.
    with tempfile.TemporaryDirectory(prefix="reconciler-") as folder:
        path = Path(folder) / "certificate.pem"
        path.touch(PRIVATE_FILE, exist_ok=False)
        path.write_bytes(key_pem + certificate_pem)
        context.load_cert_chain(path)


def _refuse(connection: Connection, alert: int) -> None:
    kind, version, fatal = b"\x15", b"\x03\x03", 2
    connection.send(kind + version + b"\x00\x02" + bytes([fatal, alert]))
    connection.hang_up()


def _shake_hands(connection: Connection, context: ssl.SSLContext, received: bytes) -> None:
    """Complete the handshake that has begun with what was received, and say that nothing will follow."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_side=True)
    while received:
        incoming.write(received)
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            connection.send(outgoing.read())
            received = connection.receive()
        except ssl.SSLError:
            break  # what it has to say about it is in `outgoing`
        else:
            with suppress(ssl.SSLError):  # it would wait for the client to say the same
                tls.unwrap()
            break
    connection.send(outgoing.read())
