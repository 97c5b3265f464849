"""Addresses of name servers."""

from __future__ import annotations

import pytest

from reconciler.challenges.dns.addresses import Address, parse_address
from reconciler.errors import ChallengeError


@pytest.mark.parametrize(
    ("text", "address", "shown"),
    [
        ("192.0.2.53", Address("192.0.2.53"), "192.0.2.53"),
        ("192.0.2.53:5353", Address("192.0.2.53", 5353), "192.0.2.53:5353"),
        ("2001:DB8::53", Address("2001:db8::53"), "2001:db8::53"),
        ("[2001:db8:0::53]", Address("2001:db8::53"), "2001:db8::53"),
        ("[2001:db8::53]:5353", Address("2001:db8::53", 5353), "[2001:db8::53]:5353"),
    ],
)
def test_an_address_is_read_and_shown(text: str, address: Address, shown: str) -> None:
    assert parse_address(text) == address
    assert str(address) == shown
    assert parse_address(shown) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ns1.example.com",
        "ns1.example.com:53",
        "192.0.2",
        "192.0.2.53:",
        "192.0.2.53:0",
        "192.0.2.53:65536",
        "[192.0.2.53]:53",
        "[2001:db8::53]53",
        "[]:53",
        "192.0.2.53 ",
        "192.0.2.53:٥٣",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ChallengeError, match="no address of a name server"):
        parse_address(text)
