"""Addresses of name servers, as people write them."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from reconciler.errors import ChallengeError

PORT = 53

_IN_BRACKETS = re.compile(r"\[(?P<ip>[^\]]*)\](?::(?P<port>[0-9]{1,5}))?")
_IPV4 = re.compile(r"(?P<ip>[0-9.]+)(?::(?P<port>[0-9]{1,5}))?")


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """Where a name server listens.

    Attributes:
        ip: in its usual form.
    """

    ip: str
    port: int = PORT

    def __str__(self) -> str:
        if self.port == PORT:
            return self.ip
        return f"[{self.ip}]:{self.port}" if ":" in self.ip else f"{self.ip}:{self.port}"


def parse_address(text: str) -> Address:
    """Read `IP`, `IP:port` or `[IPv6]:port`.

    Raises:
        ChallengeError: it is something else: a host's name, for example, that only another could tell.
    """
    match = _IN_BRACKETS.fullmatch(text) or _IPV4.fullmatch(text)
    ip, port = (match["ip"], int(match["port"] or PORT)) if match else (text, PORT)
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        address = None
    if address is None or not 0 < port < 65536 or (text.startswith("[") and address.version == 4):
        raise ChallengeError(
            f"`{text}` is no address of a name server: write `192.0.2.53`, `192.0.2.53:5353` or"
            " `[2001:db8::53]:5353`; names of hosts are not looked up"
        )
    return Address(str(address), port)
