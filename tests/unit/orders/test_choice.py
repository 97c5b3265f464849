"""Which challenge is chosen."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from reconciler.model.fulfillment import Method, Way
from reconciler.model.order import Challenge, Status
from reconciler.model.role import ChallengeType
from reconciler.orders.choice import choose_challenge, no_challenge_fits
from tests.unit.values import authorization

HTTP, DNS, ALPN = ChallengeType.HTTP_01, ChallengeType.DNS_01, ChallengeType.TLS_ALPN_01
ALL = (HTTP, DNS, ALPN)
WAYS = {each: Method(Way.EXEC, f"./{each}") for each in ALL}


@pytest.mark.parametrize(
    ("identifier", "wanted", "automatic", "chosen", "by_hand"),
    [
        ("www.example.com", ALL, (), HTTP, True),
        ("www.example.com", (DNS, HTTP), (), DNS, True),
        ("www.example.com", ALL, (HTTP,), HTTP, False),
        ("www.example.com", ALL, (ALPN,), ALPN, False),
        ("www.example.com", (DNS,), (HTTP,), DNS, True),
        ("*.example.com", ALL, (HTTP,), DNS, True),
        ("*.example.com", (HTTP,), (HTTP,), None, False),
        ("192.0.2.1", ALL, (), HTTP, True),
        ("192.0.2.1", (DNS,), (), None, False),
        ("2001:db8::1", (DNS, ALPN), (), ALPN, True),
    ],
)
def test_choice(
    identifier: str,
    wanted: tuple[ChallengeType, ...],
    automatic: tuple[ChallengeType, ...],
    chosen: ChallengeType | None,
    by_hand: bool,
) -> None:
    methods = {each: WAYS[each] for each in automatic}
    found = choose_challenge(authorization(identifier), wanted, methods)
    assert (found.challenge_type, found.by_hand) == (chosen, by_hand)
    assert found.method == (methods.get(chosen) if chosen else None)


def test_only_what_the_ca_offers_is_chosen() -> None:
    offered = authorization(types=("dns-01", "dns-persist-01"))
    assert choose_challenge(offered, ALL, {HTTP: WAYS[HTTP]}).challenge_type is DNS
    problem = no_challenge_fits(authorization(types=("dns-persist-01",)), (HTTP,))
    assert problem.detail == "the CA offers dns-persist-01; the role and the certificate allow http-01"


def test_what_is_valid_is_left_alone() -> None:
    valid = authorization(status=Status.VALID)
    assert choose_challenge(valid, ALL, {}) is valid


def test_a_challenge_that_the_ca_looks_at_already_stays_chosen() -> None:
    looking = Challenge("dns-01", "https://ca.test/dns-01", Status.PROCESSING, "token")
    found = choose_challenge(replace(authorization(), challenges=(looking,)), ALL, {HTTP: WAYS[HTTP]})
    assert (found.challenge_type, found.answered, found.by_hand) == (DNS, True, False)
