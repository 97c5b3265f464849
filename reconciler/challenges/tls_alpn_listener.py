"""tls-alpn-01 by a listener for the time of the challenge (RFC 8737; RFC 8738 section 6 for addresses)."""

from __future__ import annotations

import ssl
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler import pki
from reconciler.challenges.listener import Listener
from reconciler.errors import ChallengeError
from reconciler.files import PRIVATE_FILE
from reconciler.orders.instructions import TlsAlpnInstruction, explain

if TYPE_CHECKING:
    from reconciler.challenges.serving import Connection
    from reconciler.model.instruction import Instruction

PROTOCOL = "acme-tls/1"
"""What a CA offers by ALPN, and nothing else (RFC 8737 section 6.2)."""

_MOST_READ = 64 * 1024  # bytes; a handshake with keys against quantum computers has a few thousand


class TlsAlpnListener(Listener[ssl.SSLContext]):
    """Shakes hands with whoever asks for a name that is being validated; nobody gets anything after it.

    Whoever asks for another name gets an alert in place of a handshake. Whoever does not want `acme-tls/1`
    may see the certificate, which proves nothing to him: it is signed by itself, and says what it is for.
    """

    def _asked(self, instruction: Instruction) -> str:
        explanation = explain(instruction)
        if not isinstance(explanation, TlsAlpnInstruction):
            raise ChallengeError(
                f"{instruction.identifier}: {instruction.challenge_type} cannot be fulfilled by TLS"
            )
        return explanation.server_name

    def _answer(self, instruction: Instruction) -> ssl.SSLContext:
        context = _context()
        try:
            _load(context, *pki.tls_alpn_certificate(instruction.identifier, instruction.key_authorization))
        except OSError as error:
            raise ChallengeError(
                f"the certificate for {instruction.identifier} cannot be put into a temporary file: "
                f"{error.strerror or error}; TMPDIR names another folder for it"
            ) from error
        return context

    def _serve(self, connection: Connection) -> None:
        greeting = _context()
        greeting.sni_callback = self._choose
        _shake_hands(connection, greeting)
        connection.hang_up()

    def _choose(
        self, tls: ssl.SSLSocket | ssl.SSLObject, name: str | None, _context: ssl.SSLContext
    ) -> int | None:
        context = self._newest((name or "").lower())
        if context is None:
            return int(ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME)
        tls.context = context
        return None


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # RFC 8737 section 3
    context.set_alpn_protocols([PROTOCOL])
    context.num_tickets = 0  # nobody comes back to go on with a session
    return context


def _load(context: ssl.SSLContext, certificate_pem: bytes, key_pem: bytes) -> None:
    # `ssl` reads keys from files only. This one opens nothing: it is made for one challenge, and signs its
    # own certificate. All the same nobody else can read it, and it is gone at once.
    with tempfile.TemporaryDirectory(prefix="reconciler-") as folder:
        path = Path(folder) / "certificate.pem"
        path.touch(PRIVATE_FILE, exist_ok=False)
        path.write_bytes(key_pem + certificate_pem)
        context.load_cert_chain(path)


def _shake_hands(connection: Connection, context: ssl.SSLContext) -> None:
    """Complete a handshake, and say that nothing will follow (RFC 8737 section 3)."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_side=True)
    read = 0
    while read <= _MOST_READ and (received := connection.receive()):
        read += len(received)
        incoming.write(received)
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            connection.send(outgoing.read())
        except ssl.SSLError:
            break  # what it has to say about it is in `outgoing`
        else:
            with suppress(ssl.SSLError):  # it would wait for the client to say the same
                tls.unwrap()
            break
    connection.send(outgoing.read())
