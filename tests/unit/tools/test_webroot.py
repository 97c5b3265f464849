from __future__ import annotations

import http.client
from typing import TYPE_CHECKING

from tools.ports import LOOPBACK, free_ports
from tools.webroot import Webroot

if TYPE_CHECKING:
    from pathlib import Path


def get(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_it_serves_what_is_put_there_and_remembers_who_asked(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with Webroot(tmp_path / "webroot", port) as webroot:
        (webroot.folder / "token").write_text("key authorization")
        found, missing = get(port, "/token"), get(port, "/other")

    assert found == (200, b"key authorization")
    assert missing[0] == 404
    assert webroot.requests == [("/token", 200), ("/other", 404)]
