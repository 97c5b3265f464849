"""Pebble, the CA project's own test server, started and stopped for a test, a benchmark or the demo."""

from __future__ import annotations

import http.client
import json
import ssl
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import trustme

from tools.challtestsrv import ChallengeTestServer
from tools.child_process import ChildProcess
from tools.find_pebble import find_pebble
from tools.pebble_options import PebbleOptions
from tools.ports import LOOPBACK, free_ports

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Pebble", "PebbleOptions"]

_REQUEST_LOG = " -> calling handler()"
_SET_RENEWAL_INFO = "/set-renewal-info/"
_STARTS = 3


class Pebble:
    """A Pebble and its companion on free loopback ports; a context manager that starts and ends both.

    Entering it raises PebbleUnavailableError where there is no Pebble and none could be fetched, and
    RuntimeError where it does not start.

    Attributes:
        port: of ACME; `directory_url` has it.
        http_port: where http-01 is validated.
        tls_port: where tls-alpn-01 is validated.
        trusted_ca: the root of Pebble's own TLS certificate (PEM), for `trusted_ca` of an account.
    """

    def __init__(self, options: PebbleOptions | None = None) -> None:
        self.options = options or PebbleOptions()
        self.port = self.http_port = self.tls_port = self._management_port = 0
        self.trusted_ca = ""
        self._challtestsrv: ChallengeTestServer | None = None
        self._process: ChildProcess | None = None
        self._log_start = 0
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._programs = find_pebble()
        with ExitStack() as stack:
            self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pebble-")))
            self._log_file = self._folder / "pebble.log"
            self._make_certificate()
            stack.callback(self.stop)
            self._start_on_free_ports()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def directory_url(self) -> str:
        """Where a client begins (RFC 8555 section 7.1.1)."""
        return f"https://localhost:{self.port}/dir"

    @property
    def management_url(self) -> str:
        """Pebble's own interface: roots, intermediates, the status of certificates."""
        return f"https://localhost:{self._management_port}"

    @property
    def challtestsrv(self) -> ChallengeTestServer:
        """Its DNS, and its answers to challenges; forgotten at `stop`."""
        if self._challtestsrv is None:
            raise RuntimeError("Pebble is not running")
        return self._challtestsrv

    @property
    def log(self) -> str:
        """All that Pebble has written, over all its starts."""
        return self._log_file.read_text(errors="replace")

    @property
    def requests(self) -> list[str]:
        """The clients' requests since the last start, in order: `POST /order-plz`."""
        lines = self.log[self._log_start :].splitlines()
        requests = [
            line.removesuffix(_REQUEST_LOG).split(" ", 3)[-1] for line in lines if _REQUEST_LOG in line
        ]
        return [each for each in requests if each != f"POST {_SET_RENEWAL_INFO}"]

    def root_pem(self, number: int = 0) -> str:
        """Return the root of the issued certificates; from 1 on that of an alternate chain."""
        return self._get(self._management_port, f"/roots/{number}")

    def intermediate_pem(self, number: int = 0) -> str:
        """Return the issuing certificate; from 1 on that of an alternate chain."""
        return self._get(self._management_port, f"/intermediates/{number}")

    def certificate_status(self, serial: int) -> dict[str, Any]:
        """Return what it knows of a certificate: `Status` (Valid, Revoked), `Reason`, `RevokedAt`."""
        status: dict[str, Any] = json.loads(
            self._get(self._management_port, f"/cert-status-by-serial/{serial:x}")
        )
        return status

    def set_renewal_info(self, certificate_pem: str, response: str) -> None:
        """Let it answer with this text, be it JSON or not, when it is asked when to renew a certificate."""
        body = json.dumps({"certificate": certificate_pem, "ariResponse": response})
        self._ask("POST", self._management_port, _SET_RENEWAL_INFO, body)

    def start(self) -> None:
        """Start it after `stop`: same ports, same options, same TLS certificate; all else is forgotten."""
        try:
            self._challtestsrv = ChallengeTestServer(
                self._programs.challtestsrv,
                self._folder / "challtestsrv.log",
                http_port=self.http_port if self.options.answer_http01 else None,
                tls_port=self.tls_port if self.options.answer_tls_alpn01 else None,
            )
            command = [str(self._programs.pebble), "-config", str(self._write_configuration())]
            command += ["-dnsserver", self.options.dns_server or self._challtestsrv.dns_address]
            if self.options.strict:
                command.append("-strict")
            self._process = ChildProcess(command, self._log_file, self.options.environment())
            self._process.wait_until(lambda: bool(self._get(self.port, "/dir") and self.root_pem()))
            self._log_start = len(self.log)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop it: clients then find nobody at its port."""
        if self._process:
            self._process.stop()
            self._process = None
        if self._challtestsrv:
            self._challtestsrv.stop()
            self._challtestsrv = None

    def restart(self) -> None:
        """Stop and start."""
        self.stop()
        self.start()

    def _start_on_free_ports(self) -> None:
        # Between the choice of a port and its use somebody else may take it: then others are tried.
        for starts_left in reversed(range(_STARTS)):
            self.port, self._management_port, self.http_port, self.tls_port = free_ports(4)
            try:
                self.start()
            except RuntimeError as error:
                if not starts_left or "address already in use" not in str(error):
                    raise
            else:
                return

    def _make_certificate(self) -> None:
        authority = trustme.CA()
        issued = authority.issue_cert("localhost", LOOPBACK)
        issued.private_key_pem.write_to_path(self._folder / "key.pem")
        issued.cert_chain_pems[0].write_to_path(self._folder / "cert.pem")
        self.trusted_ca = authority.cert_pem.bytes().decode()
        self._tls = ssl.create_default_context(cadata=self.trusted_ca)

    def _write_configuration(self) -> Path:
        path = self._folder / "pebble.json"
        values = self.options.configuration() | {
            "listenAddress": f"{LOOPBACK}:{self.port}",
            "managementListenAddress": f"{LOOPBACK}:{self._management_port}",
            "httpPort": self.http_port,
            "tlsPort": self.tls_port,
            "certificate": str(self._folder / "cert.pem"),
            "privateKey": str(self._folder / "key.pem"),
        }
        path.write_text(json.dumps({"pebble": values}, indent=2))
        return path

    def _get(self, port: int, path: str) -> str:
        return self._ask("GET", port, path)

    def _ask(self, method: str, port: int, path: str, body: str | None = None) -> str:
        connection = http.client.HTTPSConnection(LOOPBACK, port, timeout=10, context=self._tls)
        try:
            connection.request(method, path, body, headers={"User-Agent": "reconciler-tools"})
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        if answer.status != http.HTTPStatus.OK:
            raise ValueError(f"Pebble answers {path} with {answer.status}: {text.strip()}")
        return text
