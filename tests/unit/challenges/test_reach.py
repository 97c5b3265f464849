from __future__ import annotations

import errno
import socket
from contextlib import ExitStack

import pytest

from reconciler.challenges.reach import reach
from reconciler.model.preflight_facts import Reach
from tools.ports import LOOPBACK, free_ports


def test_somebody_is_there_or_nobody() -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        assert reach(LOOPBACK, port, 5) is Reach.OPEN
    assert reach(LOOPBACK, free_ports(1)[0], 5) is Reach.REFUSED


def test_a_server_that_takes_no_more_connections_is_silent() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server((LOOPBACK, 0), backlog=0))
        address = server.getsockname()
        for _ in range(4):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(address)
        assert reach(LOOPBACK, address[1], 0.2) is Reach.SILENT


@pytest.mark.parametrize(
    ("number", "result"),
    [
        (errno.ENETUNREACH, Reach.NO_ROUTE),
        (errno.EHOSTUNREACH, Reach.NO_ROUTE),
        (errno.EADDRNOTAVAIL, Reach.NO_ROUTE),
        (errno.EPERM, Reach.NO_ROUTE),
        (errno.EACCES, Reach.NO_ROUTE),
        (errno.ECONNRESET, Reach.SILENT),
        (errno.ETIMEDOUT, Reach.SILENT),
    ],
)
def test_where_there_is_no_way_nothing_is_said_of_the_port(
    monkeypatch: pytest.MonkeyPatch, number: int, result: Reach
) -> None:
    # Which addresses a machine has no way to differs from machine to machine.
    def fail(*_: object) -> socket.socket:
        raise OSError(number, "no way")

    monkeypatch.setattr(socket, "create_connection", fail)
    assert reach("192.0.2.1", 80, 1) is result
