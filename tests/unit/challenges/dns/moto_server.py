"""Amazon's API, as far as moto speaks it, over HTTP on loopback."""

from __future__ import annotations

import io
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.route53.models import route53_backends
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_XML = "{https://route53.amazonaws.com/doc/2013-04-01/}"

_ERROR = """<?xml version="1.0"?>
<ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/">
<Error><Type>Sender</Type><Code>{code}</Code><Message>said by the test</Message></Error>
<RequestId>0</RequestId></ErrorResponse>"""


class _Handler(MotoRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Stay quiet."""


@dataclass
class MotoServer:
    """What was asked, and what is to be refused.

    Attributes:
        requests: method and path of each.
        errors: codes of the errors that the next changes are answered with.
        before_change: called once, before the next change is looked at.
    """

    url: str = ""
    requests: list[tuple[str, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    before_change: Callable[[], None] | None = None

    @property
    def changes(self) -> int:
        """How often a change of record sets was asked for."""
        return sum(method == "POST" and _is_change(path) for method, path in self.requests)

    def reset(self) -> None:
        """Forget everything."""
        self.requests.clear()
        self.errors.clear()
        self.before_change = None
        moto_api_backend.reset()

    def _answer(self, app: Any, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        self.requests.append((method, path))
        if method == "POST" and _is_change(path):
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            environ["wsgi.input"] = io.BytesIO(body)
            if self.before_change:
                meanwhile, self.before_change = self.before_change, None
                meanwhile()
            code = self.errors.pop(0) if self.errors else _conflict(path.rstrip("/").split("/")[-2], body)
            if code:
                start_response("400 Bad Request", [("Content-Type", "text/xml")])
                return [_ERROR.format(code=code).encode()]
        answer: Iterable[bytes] = app(environ, start_response)
        return answer


@contextmanager
def moto_server() -> Iterator[MotoServer]:
    """Run one; all servers of one process share what they hold."""
    state = MotoServer()
    app = DomainDispatcherApplication(create_backend_app)
    server = make_server(
        "127.0.0.1",
        0,
        lambda environ, start: state._answer(app, environ, start),
        threaded=True,
        request_handler=_Handler,
    )
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def _conflict(zone_id: str, body: bytes) -> str | None:
    """Check what Route 53 checks and moto does not: that what is deleted is exactly what is there."""
    zone = route53_backends[DEFAULT_ACCOUNT_ID]["aws"].get_hosted_zone(zone_id)
    there = {(each.name, each.type): (str(each.ttl), sorted(map(str, each.records))) for each in zone.rrsets}
    for change in ElementTree.fromstring(body).iter(f"{_XML}Change"):  # noqa: S314 - ours
        name = f"{_text(change, 'Name').rstrip('.')}."
        key = name, _text(change, "Type")
        values = sorted(each.text or "" for each in change.iter(f"{_XML}Value"))
        action = _text(change, "Action")
        if action == "DELETE" and there.pop(key, None) != (_text(change, "TTL"), values):
            return "InvalidChangeBatch"
        if action == "CREATE" and key in there:
            return "InvalidChangeBatch"
    return None


def _text(change: ElementTree.Element, name: str) -> str:
    found = change.find(f".//{_XML}{name}")
    assert found is not None
    return found.text or ""


def _is_change(path: str) -> bool:
    return path.rstrip("/").endswith("/rrset")
