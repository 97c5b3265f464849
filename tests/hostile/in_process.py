"""Whole commands against a CA in this process: all but sockets and the waiting for disks is real."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import os
import re
import shutil
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from reconciler.ca import transport
from reconciler.ca.http1 import Headers
from reconciler.cli.clock import SystemClock
from reconciler.cli.main import run
from reconciler.engine import runner
from reconciler.errors import ProtocolError
from tests.unit.ca.https_server import Request
from tests.unit.ca.whole_ca import Draft

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pytest

    from tests.unit.ca.whole_ca import WholeCA

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
# What a run may write; the rest of a tree stays as it is.
_OURS = frozenset({"state", "certs", "webroot"})
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\n]")
_COMMAND = re.compile(r"^\s*::|##\[", re.MULTILINE)


class Here:
    """The tree, the CA and the time."""

    def __init__(self, folder: Path, ca: WholeCA, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.ca = ca
        self.now = NOW
        patch.setattr(SystemClock, "now", lambda _: self.now)
        self._most = transport.Limits().body_bytes
        patch.setattr(transport, "client_context", lambda _: None)
        patch.setattr(transport.Transport, "request", lambda _, *request: self._request(*request))
        patch.setattr(os, "fsync", lambda _: None)
        # As after a run that was killed: then the CA is asked for its list of orders as well.
        patch.setattr(runner, "may_be_open", lambda _, **__: True)
        ca.now = lambda: self.now

    def _request(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> transport.Answer:
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}".lower() == self.ca.base, url
        draft = self.ca.answer(Request(method, parts.path, headers or {}, body or b"", 1))
        assert isinstance(draft, Draft)
        if len(draft.content) > self._most:
            raise ProtocolError(f"{url}: the answer has too many bytes")
        return transport.Answer(url, draft.status, Headers.of(draft.headers.items()), draft.content)

    def run(self, *arguments: str) -> tuple[int, str]:
        """Run a command, and return how it ended and all that it said; what nothing may do is checked."""
        out, err = io.StringIO(), io.StringIO()
        before = self._others()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(("-C", str(self.folder), *arguments))
        said = out.getvalue() + err.getvalue()
        check_output(said, code)
        assert self._others() == before
        self._check_delivered()
        return code, said

    def forget(self) -> None:
        """Begin anew, with an honest CA."""
        for name in ("state", "certs"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        self.now = NOW
        self.ca.be_honest()
        self.ca.orders.clear()
        self.ca.taken.clear()

    def _others(self) -> dict[str, bytes | None]:
        """Return the files that a run has no business with."""
        paths = (each for each in self.folder.parent.rglob("*") if not _is_ours(each, self.folder))
        return {str(each): each.read_bytes() if each.is_file() else None for each in paths}

    def _check_delivered(self) -> None:
        """See to it that what is delivered is whole: a certificate for its key and its name."""
        folder = self.folder / "certs/www"
        if not folder.exists():
            return
        assert {each.name for each in folder.iterdir()} == {
            "cert.pem",
            "chain.pem",
            "fullchain.pem",
            "privkey.pem",
        }
        leaf = x509.load_pem_x509_certificate((folder / "fullchain.pem").read_bytes())
        key = serialization.load_pem_private_key((folder / "privkey.pem").read_bytes(), None)
        assert leaf.public_key() == key.public_key()
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert list(names) == [x509.DNSName("www.example.com")]
        for name in ("cert.pem", "chain.pem", "fullchain.pem"):
            assert b"PRIVATE" not in (folder / name).read_bytes()


def check_output(said: str, code: int) -> None:
    """See to it that a command has ended as it may, and that nothing in what it said can act."""
    assert code in (0, 1, 3, 4, 8), said
    assert "Traceback" not in said, said
    assert "a bug in reconciler" not in said, said
    assert "PRIVATE KEY-----" not in said, said
    assert not [each for each in _UNPRINTABLE.findall(said) if not each.isprintable()], ascii(said)
    assert not _COMMAND.search(said), said
    assert len(said) < 200_000, len(said)


def _is_ours(path: Path, root: Path) -> bool:
    return path.is_relative_to(root) and path != root and path.relative_to(root).parts[0] in _OURS
