"""Addresses of servers, as people write them: `IP:port`, `[IPv6]:port`, and for name servers `IP` alone."""

from __future__ import annotations

import ipaddress
import re

from msgspec import Struct

from reconciler.errors import InvalidAddressError

DNS_PORT = 53

_IN_BRACKETS = re.compile(r"\[(?P<ip>[^\[\]]{1,80})\](?::(?P<port>[0-9]{1,5}))?")
_IPV4 = re.compile(r"(?P<ip>[0-9.]{7,15})(?::(?P<port>[0-9]{1,5}))?")


class Address(Struct, frozen=True, order=True):
    """Where a server listens.

    Attributes:
        ip: in its usual form.
    """

    ip: str
    port: int = DNS_PORT

    def __str__(self) -> str:
        if self.port == DNS_PORT:
            return self.ip
        return f"[{self.ip}]:{self.port}" if ":" in self.ip else f"{self.ip}:{self.port}"


def nameserver_address(text: str) -> Address:
    """Read the address of a name server: `IP`, `IP:port` or `[IPv6]:port`.

    Raises:
        InvalidAddressError: it is something else: a host's name, for example, that only another could tell.
    """
    address = _parse(text, DNS_PORT)
    if address is None or not address.port:
        raise InvalidAddressError(
            f"`{text[:80]}` is no address of a name server: write `192.0.2.53`, `192.0.2.53:5353` or"
            " `[2001:db8::53]:5353`; names of hosts are not looked up"
        )
    return address


def listening_address(text: str) -> Address:
    """Read an address to listen at: `IP:port` or `[IPv6]:port`; port 0 means any that is free.

    Raises:
        InvalidAddressError: it is something else.
    """
    address = _parse(text, None)
    if address is None:
        raise InvalidAddressError(
            f"`{text[:80]}` is no address to listen at; write 0.0.0.0:80, 192.0.2.1:80 or [2001:db8::1]:80"
        )
    return address


def _parse(text: str, default_port: int | None) -> Address | None:
    match = _IN_BRACKETS.fullmatch(text) or _IPV4.fullmatch(text)
    if match is None and default_port is None:
        return None
    ip, given = (match["ip"], match["port"]) if match else (text, None)
    port = int(given) if given else default_port
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return None
    if port is None or port > 65535 or (text.startswith("[") and address.version == 4):
        return None
    return Address(str(address), port)
