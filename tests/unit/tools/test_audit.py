"""The audit of dependencies, with an advisory service on loopback."""

from __future__ import annotations

import http.server
import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tools import audit
from tools.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ADVISORY = {
    "id": "PYSEC-0000-1",
    "summary": "said by the test",
    "affected": [
        {
            "package": {"name": "leaky", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.0.1"}]}],
        }
    ],
}


@contextmanager
def service(status: int = 200) -> Iterator[str]:
    """An advisory service that knows one vulnerable version, and answers with a status."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            is_bad = (asked["package"]["name"], asked["version"]) == ("leaky", "1.0.0")
            body = json.dumps({"vulns": [_ADVISORY]} if is_bad else {}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def locked(folder: Path, *packages: str) -> str:
    path = folder / "requirements.txt"
    path.write_text("".join(f"{each} --hash=sha256:{'0' * 64}\n" for each in packages))
    return str(path)


def run(path: str, url: str, *more: str) -> int:
    return audit.main([path, "--vulnerability-service", "osv", "--osv-url", url, *more])


def test_a_known_vulnerability_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with service() as url:
        assert run(locked(tmp_path, "sound==2.0", "leaky==1.0.0"), url) == 1
    said = capsys.readouterr().out
    assert "vulnerable: leaky 1.0.0: PYSEC-0000-1, mended in 1.0.1" in said
    assert "2 packages looked at, 1 known vulnerabilities" in said


def test_what_is_sound_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with service() as url:
        assert run(locked(tmp_path, "sound==2.0", "leaky==1.0.1"), url, "--required") == 0
    assert "NOT" not in capsys.readouterr().out


@pytest.mark.parametrize("status", [None, 500])
def test_a_service_that_cannot_be_asked_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], status: int | None
) -> None:
    path = locked(tmp_path, "leaky==1.0.0")
    if status is None:
        url = f"http://127.0.0.1:{free_ports(1)[0]}/"
        codes = run(path, url), run(path, url, "--required")
    else:
        with service(status) as url:
            codes = run(path, url), run(path, url, "--required")
    assert codes == (0, 1)
    assert capsys.readouterr().out.count("audit: no advisory service could be asked about them") == 2


def test_what_a_mirror_does_not_know_is_not_looked_at() -> None:
    found = audit.Audit()
    found.add([{"name": "a", "skip_reason": "not found"}, {"name": "b", "version": "1", "vulns": []}])
    assert (found.asked, found.unasked, found.vulnerable) == ({"b 1"}, {"a"}, set())


def test_a_mistake_of_ours_is_no_missing_service(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text("leaky\n")
    assert audit.main([str(path)]) == 1
    assert "pip-audit has failed" in capsys.readouterr().out
