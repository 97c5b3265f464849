"""A TCP proxy that puts a server far away: a byte takes half a round trip, but no fewer are under way."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Self

from tools.ports import LOOPBACK

if TYPE_CHECKING:
    from types import TracebackType

_CHUNK = 64 * 1024
# How many chunks one direction holds; far more than a round trip's worth.
_MAX_CHUNKS = 4096
_START_SECONDS = 10.0


class LatencyProxy:
    """Stands on a loopback port before the one of `target_port`; runs in a thread while it is entered.

    A chunk is held until it is due, and those that came behind it follow without a pause: the delay takes
    nothing from the throughput. A connection is accepted at once, as everywhere on loopback; the round trip
    that its TCP handshake would take is made up for by holding what the client sends in that time.

    Args:
        target_port: the server's port.
        round_trip: seconds, there and back.
        handshake: whether the opening of a connection costs a round trip.

    Attributes:
        port: where the proxy listens, once it is entered.
        connections: how many connections were opened so far.
    """

    def __init__(self, target_port: int, round_trip: float = 0.05, *, handshake: bool = True) -> None:
        self._target_port = target_port
        self._delay = round_trip / 2
        self._handshake = round_trip if handshake else 0.0
        self._started = threading.Event()
        self.port = 0
        self.connections = 0

    def __enter__(self) -> Self:
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._run()), name="latency-proxy", daemon=True
        )
        self._thread.start()
        if not self._started.wait(_START_SECONDS):
            raise RuntimeError("the proxy did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join()

    def through(self, url: str) -> str:
        """Return `url`, which names the server's port, with the proxy's port in its place."""
        return url.replace(f":{self._target_port}", f":{self.port}", 1)

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._accept, LOOPBACK, 0, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stopped.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        # A task of ours, for the end: the server's own cannot be asked for.
        task = asyncio.create_task(self._relay(reader, writer, self._loop.time() + self._handshake))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _relay(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connected_at: float
    ) -> None:
        writers = [writer]
        try:
            far_reader, far_writer = await asyncio.open_connection(LOOPBACK, self._target_port)
            writers.append(far_writer)
            async with asyncio.TaskGroup() as group:
                for source, sink in ((reader, far_writer), (far_reader, writer)):
                    queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_MAX_CHUNKS)
                    group.create_task(self._receive(source, queue, connected_at))
                    group.create_task(self._send(queue, sink))
        except* OSError:
            pass
        finally:
            for each in writers:
                each.close()

    async def _receive(
        self, source: asyncio.StreamReader, queue: asyncio.Queue[tuple[float, bytes]], connected_at: float
    ) -> None:
        chunk = b"-"
        while chunk:
            chunk = await source.read(_CHUNK)
            await queue.put((max(self._loop.time(), connected_at) + self._delay, chunk))

    async def _send(self, queue: asyncio.Queue[tuple[float, bytes]], sink: asyncio.StreamWriter) -> None:
        while True:
            due, chunk = await queue.get()
            await asyncio.sleep(due - self._loop.time())
            if not chunk:
                sink.write_eof()
                return
            sink.write(chunk)
            await sink.drain()
