"""The CAs of a run: one server for each directory, shared by the accounts that are registered there."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from reconciler import __version__
from reconciler.ca.rfc8555 import Rfc8555CA
from reconciler.ca.server import Server
from reconciler.ca.transport import Limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from reconciler.ca.port import CertificateAuthority
    from reconciler.model.account import AccountSpec

USER_AGENT = f"reconciler/{__version__}"


class Connector:
    """Makes the CA of an account. Safe for threads; use it in a `with` statement."""

    def __init__(self, now: Callable[[], datetime], monotonic: Callable[[], float], connections: int) -> None:
        """Connect to nothing yet.

        Args:
            now: the time, aware, UTC.
            monotonic: seconds that only grow.
            connections: kept open to each host.
        """
        self._now = now
        self._monotonic = monotonic
        self._limits = Limits(connections=connections)
        self._servers: dict[tuple[str, str | None, tuple[str, ...]], Server] = {}
        self._making = threading.Lock()

    def __enter__(self) -> Connector:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        for server in self._servers.values():
            server.close()

    def connect(self, account: AccountSpec, key: bytes, account_url: str | None) -> CertificateAuthority:
        """Return the CA as `account` sees it; sends nothing.

        Args:
            account: says where the CA is, on which hosts, and what its TLS is trusted by.
            key: the account's private key (PEM).
            account_url: the CA's name for the account, None where it has none yet.

        Raises:
            CAError: when the URL, `trusted_ca` or `additional_hosts` cannot be used.
            StateError: when the key cannot be read.
        """
        where = (account.directory_url, account.trusted_ca, account.additional_hosts)
        with self._making:
            if where not in self._servers:
                self._servers[where] = Server(
                    account.directory_url,
                    user_agent=USER_AGENT,
                    now=self._now,
                    monotonic=self._monotonic,
                    trusted_ca=account.trusted_ca,
                    limits=self._limits,
                    additional_hosts=account.additional_hosts,
                )
            server = self._servers[where]
        return Rfc8555CA(server, key, account_url)
