"""The way to a host: directly, or through the proxy that the environment names. Read once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import urllib3

from reconciler.ca.connections import DeadlinePool
from reconciler.errors import CAError

if TYPE_CHECKING:
    import ssl

    from urllib3 import HTTPConnectionPool

_HOSTS = 10


class Routes:
    """Pools of connections, one for each host."""

    def __init__(self, context: ssl.SSLContext, connections: int) -> None:
        """Read the environment.

        Args:
            context: for TLS.
            connections: to keep for each host.

        Raises:
            CAError: when the environment names a proxy that cannot be used.
        """
        options: dict[str, Any] = {"num_pools": _HOSTS, "maxsize": connections, "ssl_context": context}
        self._direct = _with_deadlines(urllib3.PoolManager(**options))
        self._environment = _environment()
        proxy = self._environment.get("https") or self._environment.get("all")
        self._proxied = _with_deadlines(_proxy_manager(proxy, options)) if proxy else None

    def pool(self, host: str, port: int) -> HTTPConnectionPool:
        """Return the pool of a host."""
        manager = self._proxied
        if manager is None or self._is_exempt(host, port):
            manager = self._direct
        return manager.connection_from_host(host, port, "https")

    def close(self) -> None:
        """Close the connections that are not in use."""
        self._direct.clear()
        if self._proxied is not None:
            self._proxied.clear()

    def _is_exempt(self, host: str, port: int) -> bool:
        from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

        return bool(proxy_bypass_environment(f"{host}:{port}", self._environment))


def _environment() -> dict[str, str]:
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return {}
    from urllib.request import getproxies_environment

    return getproxies_environment()


def _with_deadlines(manager: urllib3.PoolManager) -> urllib3.PoolManager:
    manager.pool_classes_by_scheme = {"https": DeadlinePool}
    return manager


def _proxy_manager(proxy: str, options: dict[str, Any]) -> urllib3.PoolManager:
    """Return the manager for a proxy; its URL may hold a password, so no message shows it."""
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise CAError("the proxy in the environment (https_proxy or all_proxy) is no http:// or https:// URL")
    headers = None
    if parts.username is not None:
        name, password = unquote(parts.username), unquote(parts.password or "")
        headers = urllib3.make_headers(proxy_basic_auth=f"{name}:{password}")
    address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    try:
        return urllib3.ProxyManager(
            address, proxy_headers=headers, proxy_ssl_context=options["ssl_context"], **options
        )
    except urllib3.exceptions.LocationParseError:
        raise CAError(
            "the proxy in the environment (https_proxy or all_proxy) has no usable address"
        ) from None
