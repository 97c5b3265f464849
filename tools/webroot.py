"""A web server that serves a folder, for http-01 challenges that are put there as files."""

from __future__ import annotations

import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

from tools.ports import LOOPBACK

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


class Webroot:
    """Serves `folder` at a loopback port until it is left.

    Attributes:
        folder: what is served; made if it is not there.
        by_host: whether each host has a folder of its name in it.
        requests: the paths that were asked for, in order, with the status each was answered with.
    """

    def __init__(self, folder: Path, port: int, *, by_host: bool = False) -> None:
        self.folder = folder
        self.by_host = by_host
        self.port = port
        self.requests: list[tuple[str, int]] = []

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        served, requests, by_host = str(self.folder), self.requests, self.by_host

        class Handler(SimpleHTTPRequestHandler):
            def __init__(self, *args: object) -> None:
                super().__init__(*args, directory=served)  # type: ignore[arg-type]

            def translate_path(self, path: str) -> str:
                host = self.headers.get("Host", "").partition(":")[0]
                return super().translate_path(f"/{host}{path}" if by_host else path)

            def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
                del size
                requests.append((self.path, int(code)))

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            # Pebble looks from several places at once.
            request_queue_size = 256

        self._server = Server((LOOPBACK, self.port), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, name="webroot", daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
