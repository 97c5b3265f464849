from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from random import Random
from typing import TYPE_CHECKING

from tools.latency_proxy import LatencyProxy
from tools.ports import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUND_TRIP = 0.1


@contextmanager
def echo_server() -> Iterator[int]:
    """Send back what comes in, until it ends."""

    def serve(connection: socket.socket) -> None:
        with connection:
            while data := connection.recv(65536):
                connection.sendall(data)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server((LOOPBACK, 0)) as listener:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        # close() alone does not wake a thread that waits in accept().
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


@contextmanager
def far_echo(round_trip: float, *, handshake: bool = True) -> Iterator[tuple[LatencyProxy, socket.socket]]:
    """Connect to an echo server through a proxy."""
    with (
        echo_server() as port,
        LatencyProxy(port, round_trip, handshake=handshake) as proxy,
        socket.create_connection((LOOPBACK, proxy.port)) as connection,
    ):
        yield proxy, connection


def exchange(connection: socket.socket, data: bytes) -> bytes:
    """Send all of it, and read as much."""
    sender = threading.Thread(target=connection.sendall, args=(data,))
    sender.start()
    received = bytearray()
    while len(received) < len(data):
        chunk = connection.recv(1 << 20)
        assert chunk
        received += chunk
    sender.join()
    return bytes(received)


def test_an_exchange_takes_a_round_trip_and_a_connection_another() -> None:
    with far_echo(ROUND_TRIP) as (proxy, connection):
        begin = time.perf_counter()
        exchange(connection, b"first")
        middle = time.perf_counter()
        exchange(connection, b"second")
        end = time.perf_counter()

    assert middle - begin >= 2 * ROUND_TRIP
    assert end - middle >= ROUND_TRIP
    assert proxy.connections == 1


def test_a_connection_costs_nothing_where_that_is_wanted() -> None:
    with far_echo(0.5, handshake=False) as (_proxy, connection):
        begin = time.perf_counter()
        exchange(connection, b"first")
        took = time.perf_counter() - begin

    assert 0.5 <= took < 1.0


def test_the_delay_leaves_order_and_throughput_as_they_are() -> None:
    data = Random(1).randbytes(8 << 20)

    with far_echo(ROUND_TRIP) as (_proxy, connection):
        begin = time.perf_counter()
        received = exchange(connection, data)
        took = time.perf_counter() - begin

    assert received == data
    # One chunk (64 KiB) after the other, each waiting for its round trip, would take 128 of them.
    assert took < 40 * ROUND_TRIP


def test_the_end_of_one_direction_leaves_the_other_open() -> None:
    with far_echo(ROUND_TRIP) as (_proxy, connection):
        connection.sendall(b"last words")
        connection.shutdown(socket.SHUT_WR)
        received = b"".join(iter(lambda: connection.recv(100), b""))

    assert received == b"last words"


def test_leaving_it_ends_open_connections() -> None:
    with echo_server() as port:
        with LatencyProxy(port, ROUND_TRIP) as proxy:
            connection = socket.create_connection((LOOPBACK, proxy.port))
            exchange(connection, b"hello")
        with connection:
            assert connection.recv(1) == b""


def test_a_server_that_is_not_there_ends_the_connection() -> None:
    with echo_server() as port:
        pass
    with (
        LatencyProxy(port, ROUND_TRIP) as proxy,
        socket.create_connection((LOOPBACK, proxy.port)) as connection,
    ):
        assert connection.recv(1) == b""


def test_an_address_is_turned_to_the_proxy() -> None:
    with LatencyProxy(14000) as proxy:
        assert proxy.through("https://localhost:14000/dir") == f"https://localhost:{proxy.port}/dir"
