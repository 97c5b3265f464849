"""Answers that no name server should give: bounded, reported, never taken for good."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from reconciler.challenges.dns.lookup import Lookup
from reconciler.challenges.dns.port import TxtRecord
from reconciler.challenges.dns.propagation import Watcher
from reconciler.challenges.dns.rfc2136 import Rfc2136Publisher
from reconciler.challenges.dns.zones import ZoneFinder
from reconciler.errors import ChallengeError
from reconciler.model.dns_provider import Rfc2136
from tests.dns.responder import Responder

if TYPE_CHECKING:
    from collections.abc import Callable

RECORD = TxtRecord("_acme-challenge.www.example.test", "value")
SOA = "ns1.example. admin.example. 1 3600 600 86400 1"


def good(message: bytes) -> dns.message.Message:
    answer = dns.message.make_response(dns.message.from_wire(message))
    answer.answer.append(dns.rrset.from_text(f"{RECORD.name}.", 60, "IN", "TXT", RECORD.value))
    return answer


def wrong_id(message: bytes) -> list[bytes]:
    answer = good(message)
    answer.id ^= 1
    return [answer.to_wire()]


def wrong_question(message: bytes) -> list[bytes]:
    other = dns.message.make_query("other.example.test", "TXT", id=int.from_bytes(message[:2]))
    return [good(other.to_wire()).to_wire()]


def wrong_owner(message: bytes) -> list[bytes]:
    answer = dns.message.make_response(dns.message.from_wire(message))
    answer.answer.append(dns.rrset.from_text("other.example.test.", 60, "IN", "TXT", RECORD.value))
    return [answer.to_wire()]


def truncated(message: bytes) -> list[bytes]:
    answer = good(message)
    answer.flags |= dns.flags.TC
    return [answer.to_wire()]


def framed(answers: Callable[[bytes], list[bytes]]) -> Callable[[bytes], list[bytes]]:
    return lambda message: [len(each).to_bytes(2) + each for each in answers(message)]


SILENT = "does not answer"
ABSENT = "does not have it yet"


@pytest.mark.parametrize(
    ("udp", "tcp", "verdict"),
    [
        (lambda _: [], lambda _: [], SILENT),
        (lambda _: [b"\0", b"\xff" * 600] * 20, lambda _: [b"\0\x05hello"], SILENT),
        (lambda message: [message], framed(lambda message: [message]), SILENT),
        (wrong_id, framed(wrong_id), SILENT),
        (wrong_question, framed(wrong_question), SILENT),
        (wrong_owner, framed(wrong_owner), ABSENT),
        # What is cut off may hold the value: it is not taken for an answer all the same.
        (truncated, lambda _: [b"\xff\xff", b"too little"], SILENT),
    ],
)
def test_an_answer_that_does_not_fit_is_no_answer(
    udp: Callable[[bytes], list[bytes]], tcp: Callable[[bytes], list[bytes]], verdict: str
) -> None:
    with Responder(udp, tcp) as server:
        start = time.monotonic()
        missing = Watcher(Lookup(), (server.address,), seconds=0.3).missing("example.test", RECORD)
        taken = time.monotonic() - start

    assert missing == f"{server.address} {verdict}"
    assert taken < 1.5


def test_a_good_answer_among_forged_ones_is_found() -> None:
    with Responder(lambda message: [b"", *wrong_id(message), good(message).to_wire()]) as server:
        assert Watcher(Lookup(), (server.address,)).missing("example.test", RECORD) is None


def test_a_resolver_that_talks_nonsense_is_named() -> None:
    with Responder(wrong_id) as server:
        zones = ZoneFinder(Lookup((server.address,), seconds=0.2, lifetime=0.5))
        with pytest.raises(ChallengeError, match=f"{server.address} does not answer"):
            zones.canonical_name(RECORD.name)


def negative(zone: str, names: set[str], message: bytes, *, with_zone: bool) -> list[bytes]:
    """Answer as a resolver that knows one zone, and which names do not exist."""
    query = dns.message.from_wire(message)
    name = query.question[0].name.to_text(omit_final_dot=True)
    answer = dns.message.make_response(query)
    soa = dns.rrset.from_text(f"{zone}.", 60, "IN", "SOA", SOA)
    if name == zone and query.question[0].rdtype == soa.rdtype:
        answer.answer.append(soa)
    elif with_zone:
        answer.authority.append(soa)
    if name in names:
        answer.set_rcode(dns.rcode.NXDOMAIN)
    return [answer.to_wire()]


def test_a_resolver_that_leaves_out_the_soa_record_is_asked_for_each_name_above() -> None:
    with Responder(
        lambda message: negative("example.test", {RECORD.name}, message, with_zone=False)
    ) as server:
        assert ZoneFinder(Lookup((server.address,))).zone_of(RECORD.name) == "example.test"


def test_a_name_that_nobody_has_registered_has_no_zone() -> None:
    gone = {"_acme-challenge.shop.com", "shop.com"}
    with Responder(lambda message: negative("com", gone, message, with_zone=True)) as server:
        zones = ZoneFinder(Lookup((server.address,)))
        with pytest.raises(ChallengeError, match=r"shop\.com does not exist.*is the name right"):
            zones.zone_of("_acme-challenge.shop.com")
        # A registry's own names are in the registry's zone.
        assert zones.zone_of("_acme-challenge.nic.com") == "com"


def test_a_zone_that_the_name_is_not_in_is_not_believed() -> None:
    with Responder(lambda message: negative("elsewhere.test", set(), message, with_zone=True)) as server:
        zones = ZoneFinder(Lookup((server.address,)))
        with pytest.raises(ChallengeError, match="no zone was found"):
            zones.zone_of(RECORD.name)


def test_an_update_that_is_answered_without_a_signature_is_not_believed() -> None:
    def unsigned(message: bytes) -> list[bytes]:
        # The header alone, turned into an answer: all counts are zero.
        return [message[:2] + b"\xa8\x00" + bytes(8)]

    with Responder(lambda _: [], framed(unsigned)) as server:
        publisher = Rfc2136Publisher(Rfc2136(server.address, "key"), 60, "c2VjcmV0")
        with pytest.raises(ChallengeError, match="does not sign its answer with the key key"):
            publisher.change("example.test", [RECORD], [])


@pytest.mark.parametrize("answers", [[], [b"\0\x05hello"], [b"\xff\xff", b"too little"]])
def test_an_update_that_is_answered_with_nonsense(answers: list[bytes]) -> None:
    with Responder(lambda _: [], lambda _: answers) as server:
        publisher = Rfc2136Publisher(Rfc2136(server.address), 60, None, seconds=1)
        with pytest.raises(ChallengeError, match=f"{server.address} answers what is no answer to an update"):
            publisher.change("example.test", [RECORD], [])


def test_an_update_that_is_not_answered_ends() -> None:
    def late(_: bytes) -> list[bytes]:
        time.sleep(0.6)
        return []

    with Responder(lambda _: [], late) as server:
        publisher = Rfc2136Publisher(Rfc2136(server.address), 60, None, seconds=0.2)
        with pytest.raises(ChallengeError, match=r"does not answer within 0\.2 s"):
            publisher.change("example.test", [RECORD], [])
