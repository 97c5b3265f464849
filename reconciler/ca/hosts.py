"""To which hosts requests of an account may go: that of its directory, and those that the account names.

RFC 8555 lets a CA spread its resources over any hosts. But whoever answers in the CA's place could then send
signed requests wherever this machine can reach: to services of an internal network, say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.ca.texts import clean, https_url
from reconciler.errors import CAError, ProtocolError

if TYPE_CHECKING:
    from collections.abc import Collection

_DEFAULT_PORT = 443


class Hosts:
    """The hosts, with their ports, that may be asked."""

    def __init__(self, directory_url: str, additional: Collection[str]) -> None:
        """Take them from an account.

        Args:
            directory_url: of the CA.
            additional: `ca.example`, `ca.example:8443`, `[2001:db8::1]:8443`.

        Raises:
            ProtocolError: when `directory_url` is no https URL.
            CAError: when one of the others is no host.
        """
        self._directory_url = directory_url
        first = https_url(directory_url, "directory_url")
        self._allowed = {(first.host, first.port), *map(_parsed, additional)}

    def check(self, url: str) -> None:
        """See to it that `url` may be asked.

        Raises:
            ProtocolError: it has another host, or is no https URL; says how to allow it.
        """
        host, port, _ = https_url(url, "what the CA is asked for")
        if (host, port) in self._allowed:
            return
        raise ProtocolError(
            f"{self._directory_url}: the CA sends us to another host, {_named(host, port)} "
            f"({clean(url, 200)}); nothing was sent there (if that host is the CA's, add "
            f"`{_named(host, port)}` to `additional_hosts` in the account's file)"
        )


def _parsed(entry: str) -> tuple[str, int]:
    try:
        parts = https_url(f"https://{entry}", "")
    except ProtocolError:
        raise CAError(f"additional_hosts: {clean(entry, 100)!r} is no host") from None
    if parts.target != "/":
        raise CAError(f"additional_hosts: {clean(entry, 100)!r} is more than a host")
    return parts.host, parts.port


def _named(host: str, port: int) -> str:
    shown = clean(f"[{host}]" if ":" in host else host, 260)
    return shown if port == _DEFAULT_PORT else f"{shown}:{port}"
