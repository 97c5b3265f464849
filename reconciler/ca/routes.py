"""The way to a host: directly, or through the proxy that the environment names. Read once."""

from __future__ import annotations

import os
from base64 import b64encode
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from reconciler.ca.connections import Connections
from reconciler.ca.http1 import read_reply
from reconciler.ca.streams import InnerTLSStream, SocketStream, tls
from reconciler.ca.tcp import connect
from reconciler.errors import CAError

if TYPE_CHECKING:
    import ssl

    from reconciler.ca.streams import Stream

_PORTS = {"http": 80, "https": 443}
_NAMES = ("https_proxy", "all_proxy")
_SUCCESSES = range(200, 300)


class _Proxy(NamedTuple):
    """Where a proxy is; `authorization` is a secret."""

    by_tls: bool
    host: str
    port: int
    authorization: str


class Routes:
    """The connections to all hosts. Safe for threads."""

    def __init__(self, context: ssl.SSLContext, connections: int, connect_seconds: float) -> None:
        """Read the environment.

        Args:
            context: for TLS.
            connections: to keep for each host.
            connect_seconds: for name, TCP, proxy and TLS together.

        Raises:
            CAError: when the environment names a proxy that cannot be used.
        """
        self._context = context
        self._kept = connections
        self._seconds = connect_seconds
        self._environment = _environment()
        proxy = self._environment.get("https") or self._environment.get("all")
        self._proxy = _parsed(proxy) if proxy else None
        self._hosts: dict[tuple[str, int], Connections] = {}

    def to(self, host: str, port: int) -> Connections:
        """Return the connections to a host."""
        found = self._hosts.get((host, port))
        if found is None:
            made = Connections(host, lambda: self._connected(host, port), self._seconds, self._kept)
            found = self._hosts.setdefault((host, port), made)
        return found

    def close(self) -> None:
        """Close the connections that are not in use."""
        for each in self._hosts.values():
            each.close()

    def _connected(self, host: str, port: int) -> Stream:
        name = host.rstrip(".")
        proxy = self._proxy
        if proxy is None or self._is_exempt(host, port):
            return tls(SocketStream(connect(host, port)), self._context, name)
        way = SocketStream(connect(proxy.host, proxy.port))
        try:
            if proxy.by_tls:
                way = tls(way, self._context, proxy.host)
            _open_tunnel(way, f"{bracketed(host)}:{port}", proxy.authorization)
            return InnerTLSStream(way, self._context, name) if proxy.by_tls else tls(way, self._context, name)
        except BaseException:
            way.close()
            raise

    def _is_exempt(self, host: str, port: int) -> bool:
        from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

        return bool(proxy_bypass_environment(f"{host}:{port}", self._environment))


def bracketed(host: str) -> str:
    """Return a host as it stands in URLs (RFC 3986 section 3.2.2): an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def _environment() -> dict[str, str]:
    """Return what the environment says of proxies, empty where it names none for us."""
    if not any(name.lower() in _NAMES for name in os.environ):
        return {}
    from urllib.request import getproxies_environment

    return getproxies_environment()


def _parsed(proxy: str) -> _Proxy:
    """Return where a proxy is; its URL may hold a password, so no message shows it."""
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise CAError(
            "the proxy in the environment (https_proxy or all_proxy) has no usable address"
        ) from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise CAError("the proxy in the environment (https_proxy or all_proxy) is no http:// or https:// URL")
    authorization = ""
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = f"Proxy-Authorization: Basic {b64encode(pair.encode()).decode()}\r\n"
    return _Proxy(parts.scheme == "https", parts.hostname, port, authorization)


def _open_tunnel(way: SocketStream, target: str, authorization: str) -> None:
    """Have a proxy connect us with a host (RFC 9110 section 9.3.6).

    Raises:
        OSError: it does not.
    """
    way.send(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{authorization}\r\n".encode())
    reply = read_reply(way, "CONNECT", 0)
    if reply.status not in _SUCCESSES:
        raise OSError(f"Tunnel connection failed: {reply.status} {reply.reason}")
