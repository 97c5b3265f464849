"""Pebble's companion: the DNS that Pebble asks, and a server that answers challenges as it is told to.

Its management API is described in the README of `pebble-challtestsrv`.
"""

from __future__ import annotations

import http.client
import json
import socket
from typing import TYPE_CHECKING, Any

from tools.child_process import ChildProcess
from tools.ports import LOOPBACK, free_ports

if TYPE_CHECKING:
    from pathlib import Path

# An A question for localhost (RFC 1035 section 4.1), to see whether anybody answers.
_QUESTION = b"\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x09localhost\x00\x00\x01\x00\x01"
_PROBE_SECONDS = 0.2


class ChallengeTestServer:
    """A running `pebble-challtestsrv`: every name has the address 127.0.0.1 and no IPv6 address.

    Args:
        program: the executable.
        log: the file for its output.
        http_port: where it answers http-01, or None to leave that port to others.
        tls_port: where it answers tls-alpn-01, likewise.
    """

    def __init__(
        self, program: Path, log: Path, *, http_port: int | None = None, tls_port: int | None = None
    ) -> None:
        self.dns_port, self.management_port = free_ports(2)
        addresses = {
            "http01": _address(http_port),
            "https01": "",
            "tlsalpn01": _address(tls_port),
            "doh": "",
            "dnsserver": _address(self.dns_port),
            "management": _address(self.management_port),
            "defaultIPv4": LOOPBACK,
            "defaultIPv6": "",
        }
        command = [str(program), *(f"-{name}={value}" for name, value in addresses.items())]
        self._process = ChildProcess(command, log, environment={})
        try:
            self._process.wait_until(self._answers)
        except BaseException:
            self.stop()
            raise

    @property
    def dns_address(self) -> str:
        """Host and port of the DNS server."""
        return _address(self.dns_port)

    def add_http01(self, token: str, key_authorization: str) -> None:
        """Serve `key_authorization` for `token` on the HTTP port (RFC 8555 section 8.3)."""
        self._post("add-http01", token=token, content=key_authorization)

    def remove_http01(self, token: str) -> None:
        """Undo `add_http01`."""
        self._post("del-http01", token=token)

    def set_txt(self, name: str, value: str) -> None:
        """Add a TXT record at `name`, given in full: `_acme-challenge.example.com` (RFC 8555 section 8.4)."""
        self._post("set-txt", host=_absolute(name), value=value)

    def clear_txt(self, name: str) -> None:
        """Remove all TXT records at `name`."""
        self._post("clear-txt", host=_absolute(name))

    def add_tls_alpn01(self, name: str, key_authorization: str) -> None:
        """Present the certificate for `key_authorization` on the TLS port (RFC 8737)."""
        self._post("add-tlsalpn01", host=name, content=key_authorization)

    def remove_tls_alpn01(self, name: str) -> None:
        """Undo `add_tls_alpn01`."""
        self._post("del-tlsalpn01", host=name)

    def set_addresses(self, name: str, *addresses: str) -> None:
        """Give `name` these addresses, and of a kind that is not among them those that every name has."""
        of_ipv6 = [each for each in addresses if ":" in each]
        of_ipv4 = [each for each in addresses if ":" not in each]
        for record, chosen in (("a", of_ipv4), ("aaaa", of_ipv6)):
            if chosen:
                self._post(f"add-{record}", host=name, addresses=chosen)
            else:
                self._post(f"clear-{record}", host=name)

    def set_servfail(self, name: str) -> None:
        """Let every query for `name` fail."""
        self._post("set-servfail", host=name)

    def clear_servfail(self, name: str) -> None:
        """Undo `set_servfail`."""
        self._post("clear-servfail", host=name)

    def stop(self) -> None:
        """End the process."""
        self._process.stop()

    def _post(self, path: str, **content: Any) -> None:  # noqa: ANN401 - JSON values
        connection = http.client.HTTPConnection(LOOPBACK, self.management_port, timeout=10)
        try:
            connection.request("POST", f"/{path}", json.dumps(content))
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
        finally:
            connection.close()
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(f"pebble-challtestsrv refused {path} with {answer.status}: {text.strip()}")

    def _answers(self) -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(_PROBE_SECONDS)
            client.connect((LOOPBACK, self.dns_port))
            client.send(_QUESTION)
            client.recv(512)
        socket.create_connection((LOOPBACK, self.management_port), timeout=_PROBE_SECONDS).close()
        return True


def _address(port: int | None) -> str:
    return f"{LOOPBACK}:{port}" if port else ""


def _absolute(name: str) -> str:
    return name.rstrip(".") + "."
