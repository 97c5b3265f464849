"""The workplace of `apply` and its like: the real CA, and the fulfillers that the settings name."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler.challenges.fulfillers import Fulfillers
from reconciler.deliver.rules import rules_of
from reconciler.engine.options import PARALLELISM
from reconciler.engine.secrets import read_secret
from reconciler.engine.work import Workplace
from reconciler.model.secret_variables import secret_variables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reconciler.ca.connect import Connector
    from reconciler.ca.port import CertificateAuthority
    from reconciler.engine.clock import Clock
    from reconciler.model.account import AccountSpec
    from reconciler.model.desired import Desired
    from reconciler.store import Store


@contextmanager
def open_workplace(
    store: Store,
    output: Path,
    root: Path,
    desired: Desired,
    clock: Clock,
    connections: int | None = None,
    *,
    is_shared: bool = False,
) -> Iterator[Workplace]:
    """Hold what a run needs; connects to a CA when that is first asked for, and closes all at the end.

    Args:
        store: the state; to write it, hold its lock.
        output: the folder for certificates.
        root: of the tree.
        desired: the tree.
        clock: the time.
        connections: kept open to each host: as many as requests are under way at once; None: as usual.
        is_shared: whether other machines work with the same state.
    """
    ca = _CA(clock, connections or PARALLELISM)
    fulfillers = Fulfillers(
        desired.settings,
        desired.dns_providers,
        root,
        lambda reference: read_secret(reference, root),
        monotonic=clock.monotonic,
        now=clock.now,
        withheld=secret_variables(desired),
    )
    try:
        rules = rules_of(root, desired.settings)
        yield Workplace(store, output, root, clock, fulfillers, ca.connect, rules=rules, is_shared=is_shared)
    finally:
        fulfillers.close()
        ca.close()


class _CA:
    """Makes the connector when somebody needs it: what it needs is slow to import. Safe for threads."""

    def __init__(self, clock: Clock, connections: int) -> None:
        self._clock = clock
        self._connections = connections
        self._making = threading.Lock()
        self._connector: Connector | None = None

    def connect(self, account: AccountSpec, key: bytes, account_url: str | None) -> CertificateAuthority:
        """Return the CA as `account` sees it."""
        with self._making:
            if self._connector is None:
                from reconciler.ca.connect import Connector

                self._connector = Connector(self._clock.now, self._clock.monotonic, self._connections)
        return self._connector.connect(account, key, account_url)

    def close(self) -> None:
        """Close the connections."""
        if self._connector is not None:
            self._connector.close()
