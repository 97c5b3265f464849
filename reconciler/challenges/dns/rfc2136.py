"""Records by dynamic update (RFC 2136), signed with TSIG (RFC 8945)."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from reconciler.challenges.dns.lookup import absolute
from reconciler.challenges.dns.rfc2136_answers import advice, unsigned, why_tsig_failed
from reconciler.errors import ChallengeError, NoAnswerError
from reconciler.model.addresses import nameserver_address

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dns.rdata import Rdata
    from dns.update import UpdateMessage

    from reconciler.challenges.dns.port import TxtRecord
    from reconciler.model.dns_provider import Rfc2136

ALGORITHMS = frozenset(f"hmac-sha{size}" for size in (1, 224, 256, 384, 512))

# Of one message: over TCP it has 64 KiB (RFC 1035 section 4.2.2), and the signature needs a place in it.
_MAX_BYTES = 60_000
# Of one record in a message, beside its name and its value: type, class, TTL, lengths, the root's label.
_OVERHEAD = 14
_SECONDS = 10.0


class Rfc2136Publisher:
    """Changes records at the primary of their zones, whatever server that is. A `RecordPublisher`.

    Args:
        service: which server, which key.
        ttl: of the records, in seconds.
        secret: of the TSIG key, in base64.
        seconds: for one message and its answer.

    Raises:
        ChallengeError: the server or the key cannot be used as they are given.
    """

    def __init__(self, service: Rfc2136, ttl: int, secret: str | None, *, seconds: float = _SECONDS) -> None:
        self._server = nameserver_address(service.nameserver)
        self._ttl = ttl
        self._seconds = seconds
        self._key_name = service.tsig_key_name
        self._algorithm = service.tsig_algorithm.lower()
        if self._algorithm not in ALGORITHMS:
            raise ChallengeError(
                f"`tsig_algorithm: {service.tsig_algorithm}` is unknown; write one of"
                f" {', '.join(sorted(ALGORITHMS))}"
            )
        if (self._key_name is None) != (secret is None):
            raise ChallengeError(
                "a TSIG key is both `tsig_key_name` and `tsig_secret`: give the other as well"
            )
        self._secret = None if secret is None else _decoded(secret)

    def change(self, zone: str, add: Sequence[TxtRecord], remove: Sequence[TxtRecord]) -> None:
        """Add and remove values, in one message to the server, which does all of it or nothing.

        What has no place in one message is sent in several.
        """
        from dns.rdataclass import IN
        from dns.rdatatype import TXT
        from dns.rdtypes.ANY import TXT as texts  # noqa: N811 - a module

        for part in _parts([(each, True) for each in add] + [(each, False) for each in remove]):
            message = self._message(zone)
            for record, is_new in part:
                name, text = absolute(record.name), texts.TXT(IN, TXT, [record.value.encode()])
                _put(message, name, text, self._ttl if is_new else None)
            self._send(zone, message, allowed=())

    def check_access(self, zone: str) -> None:
        """Ask the server for an update that is none: its condition, a zone without a start, cannot hold.

        That shows whether the server is there, has the zone, and takes the key; and with a list of keys that
        may change the zone, whether this is one. With a policy for names, only a change shows the rest.
        """
        message = self._message(zone)
        message.absent(absolute(zone), "SOA")
        self._send(zone, message, allowed=("YXRRSET",))

    def _message(self, zone: str) -> UpdateMessage:
        from dns.tsig import Key
        from dns.update import UpdateMessage

        if self._key_name is None or self._secret is None:
            return UpdateMessage(absolute(zone))
        return UpdateMessage(
            absolute(zone), keyring=Key(absolute(self._key_name), self._secret, self._algorithm)
        )

    def _send(self, zone: str, message: UpdateMessage, allowed: Sequence[str]) -> None:
        import dns.exception
        import dns.query
        import dns.rcode

        where = f"the name server {self._server}"
        try:
            answer = dns.query.tcp(message, self._server.ip, self._seconds, self._server.port)
        except dns.exception.Timeout as error:
            raise NoAnswerError(
                f"{where} does not answer within {self._seconds:g} s; is `nameserver` right, and may this"
                " machine connect to it (TCP)?"
            ) from error
        except (dns.exception.DNSException, EOFError) as error:
            why = why_tsig_failed(error, self._key_name, self._algorithm)
            raise ChallengeError(f"{where} {why or 'answers what is no answer to an update'}") from error
        except OSError as error:
            raise NoAnswerError(
                f"{where} cannot be reached: {error.strerror or error}; is `nameserver` right, and does the"
                " server run?"
            ) from error
        code = dns.rcode.to_text(answer.rcode())
        if code != "NOERROR" and code not in allowed:
            raise ChallengeError(f"{where} {advice(code, zone, self._key_name)}")
        if self._secret is not None and not answer.had_tsig:  # old versions of the library let it pass
            raise ChallengeError(f"{where} {unsigned(self._key_name)}")


def _put(message: UpdateMessage, name: Any, text: Rdata, ttl: int | None) -> None:  # noqa: ANN401 - dns.name
    """Add the value with a time to live, delete it without (RFC 2136 sections 2.5.1 and 2.5.4)."""
    if ttl is None:
        message.delete(name, text)
    else:
        message.add(name, ttl, text)


def _parts(changes: Sequence[tuple[TxtRecord, bool]]) -> Iterator[list[tuple[TxtRecord, bool]]]:
    part: list[tuple[TxtRecord, bool]] = []
    size = 0
    for record, is_new in changes:
        needed = len(record.name) + len(record.value) + _OVERHEAD
        if part and size + needed > _MAX_BYTES:
            yield part
            part, size = [], 0
        part.append((record, is_new))
        size += needed
    if part:
        yield part


def _decoded(secret: str) -> bytes:
    try:
        decoded = base64.b64decode("".join(secret.split()), validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if not decoded:
        # Without a cause: what failed to be decoded would be shown with it.
        raise ChallengeError(
            "the TSIG secret is not base64; `tsig_secret` takes what stands in quotes after `secret` in the"
            " key file of the name server"
        )
    return decoded
