"""Addresses of servers, as people write them."""

from __future__ import annotations

import re
from ipaddress import ip_address

_FORM = re.compile(
    r"\[(?P<v6>[^\[\]]{1,45})\](?::(?P<port6>[0-9]{1,5}))?|(?P<v4>[0-9.]{7,15})(?::(?P<port4>[0-9]{1,5}))?"
)


def parse_address(text: str, default_port: int | None = None) -> tuple[str, int]:
    """Return address and port of `IP`, `IP:port`, `[IPv6]` or `[IPv6]:port`.

    Args:
        text: as written. Names are not looked up.
        default_port: where there is none; None: there has to be one.

    Raises:
        ValueError: it is none of these; says why.
    """
    match = _FORM.fullmatch(text)
    host, port = (match["v6"] or match["v4"], match["port6"] or match["port4"]) if match else (text, None)
    try:
        address = ip_address(host)
    except ValueError:
        raise ValueError(
            f"`{text[:60]}` is no IP address with a port (192.0.2.1:53, [2001:db8::1]:53)"
        ) from None
    number = int(port) if port else default_port
    if number is None or number > 65535:
        raise ValueError(f"`{text[:60]}`: a port from 0 to 65535 is wanted behind the address")
    return str(address), number


def format_address(host: str, port: int) -> str:
    """Return address and port as one text."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
