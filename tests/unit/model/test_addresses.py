"""Addresses of servers."""

from __future__ import annotations

import pytest

from reconciler.errors import InvalidAddressError
from reconciler.model.addresses import Address, listening_address, nameserver_address


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
    assert nameserver_address(text) == address
    assert str(address) == shown
    assert nameserver_address(shown) == address


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
    with pytest.raises(InvalidAddressError, match="no address of a name server"):
        nameserver_address(text)


@pytest.mark.parametrize("text", ["0.0.0.0:80", "[::]:443", "127.0.0.1:0"])
def test_where_to_listen_is_an_address_with_a_port(text: str) -> None:
    assert str(listening_address(text)) == text


@pytest.mark.parametrize(
    "text", ["", "192.0.2.1", "::", "[::]", "localhost:80", "0.0.0.0:65536", "[0.0.0.0]:80", ":80"]
)
def test_anything_else_is_nowhere_to_listen(text: str) -> None:
    with pytest.raises(InvalidAddressError, match="no address to listen at"):
        listening_address(text)
