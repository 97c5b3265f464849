"""Issues certificates by as little as it takes: threads, TLS sockets, HTTP/1.1 and JWS by hand, no state.

A script of its own, and a limit for an ACME client in Python, not an example of one: it checks nothing, waits
for nothing that it need not, and whatever is not as expected ends it. It sends what `apply` sends, the
question of when to renew (RFC 9773) included.

    python -m benchmarks.bare_client JOB.json

Job: `directory_url`; `trusted_ca`, a file; `webroot`; `folder`, for account, chains and keys; `names`, one
for each certificate; `connections`, so many threads with one each. The first job in a folder makes the
account.
"""

from __future__ import annotations

import base64
import hashlib
import json
import queue
import socket
import ssl
import sys
import threading
import time
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

_LOOK_AGAIN_SECONDS = 0.02
_PIECE = 1 << 16


class _Answer(NamedTuple):
    headers: dict[str, str]
    body: bytes

    @property
    def fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = json.loads(self.body)
        return fields


class _Ordered(NamedTuple):
    """An order whose challenge was answered, and when to look at it."""

    name: str
    url: str
    key: ec.EllipticCurvePrivateKey
    due: float


class _Connection:
    """A connection that is kept, and the nonce that came last on it."""

    def __init__(self, url: str, context: ssl.SSLContext) -> None:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 443
        self._host = parts.netloc
        plain = socket.create_connection((host, port))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = context.wrap_socket(plain, server_hostname=host)
        self._left = b""
        self.nonce = ""

    def ask(self, method: str, url: str, body: bytes = b"") -> _Answer:
        """Send a request; return the answer, which is a success."""
        path = url.partition(self._host)[2]
        head = f"{method} {path} HTTP/1.1\r\nHost: {self._host}\r\nUser-Agent: bare\r\n"
        if body:
            head += f"Content-Type: application/jose+json\r\nContent-Length: {len(body)}\r\n"
        self._socket.sendall(f"{head}\r\n".encode() + body)
        status, headers = self._head()
        content = b"" if method == "HEAD" else self._body(headers)
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            raise SystemExit(f"{url}: {status}: {content.decode()}")
        self.nonce = headers.get("replay-nonce", self.nonce)
        return _Answer(headers, content)

    def _head(self) -> tuple[int, dict[str, str]]:
        while (end := self._left.find(b"\r\n\r\n")) < 0:
            self._receive()
        status, *lines = self._left[:end].decode().split("\r\n")
        self._left = self._left[end + 4 :]
        pairs = (line.partition(": ") for line in lines)
        return int(status.split(" ")[1]), {name.lower(): value for name, _, value in pairs}

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding") != "chunked":
            return self._take(int(headers.get("content-length", "0")))
        pieces = []
        while True:
            while (end := self._left.find(b"\r\n")) < 0:
                self._receive()
            size = int(self._left[:end], 16)
            self._left = self._left[end + 2 :]
            pieces.append(self._take(size))
            self._take(2)
            if not size:
                return b"".join(pieces)

    def _take(self, size: int) -> bytes:
        while len(self._left) < size:
            self._receive()
        taken, self._left = self._left[:size], self._left[size:]
        return taken

    def _receive(self) -> None:
        received = self._socket.recv(_PIECE)
        if not received:
            raise SystemExit("the connection was closed")
        self._left += received


class _Account:
    """A key, and the URL of its account."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, url: str = "") -> None:
        self._key = key
        self.url = url
        point = key.public_key().public_numbers()
        self._jwk = {
            "crv": "P-256",
            "kty": "EC",
            "x": _base64url(point.x.to_bytes(32, "big")),
            "y": _base64url(point.y.to_bytes(32, "big")),
        }
        canonical = json.dumps(self._jwk, separators=(",", ":"), sort_keys=True)
        self.thumbprint = _base64url(hashlib.sha256(canonical.encode()).digest())

    def sign(self, url: str, nonce: str, payload: bytes) -> bytes:
        """Return the JWS of a request (RFC 8555 section 6.2)."""
        header = {"alg": "ES256", "nonce": nonce, "url": url}
        header |= {"kid": self.url} if self.url else {"jwk": self._jwk}  # type: ignore[dict-item]
        protected, content = _base64url(json.dumps(header).encode()), _base64url(payload)
        signature = self._key.sign(f"{protected}.{content}".encode(), ec.ECDSA(hashes.SHA256()))
        r, s = utils.decode_dss_signature(signature)
        signed = _base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
        return f'{{"protected":"{protected}","payload":"{content}","signature":"{signed}"}}'.encode()


class _Worker(threading.Thread):
    """Takes what is to be done next, with a connection of its own, until there is no more."""

    def __init__(self, client: _Client) -> None:
        super().__init__()
        self._client = client
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            self._connection = _Connection(self._client.directory["newNonce"], self._client.context)
            self._connection.ask("HEAD", self._client.directory["newNonce"])
            while not self._client.is_done:
                self._work(self._client.waiting.get())
        except BaseException as error:  # noqa: BLE001 - told by who waits
            self.failure = error
            self._client.end()

    def _work(self, work: str | _Ordered | None) -> None:
        if work is None:
            self._client.end()  # for the next worker
        elif isinstance(work, str):
            self._client.waiting.put(self._order(work))
        else:
            time.sleep(max(work.due - time.monotonic(), 0))
            if self._is_fetched(work):
                self._client.count_down()
            else:
                self._client.waiting.put(work._replace(due=time.monotonic() + _LOOK_AGAIN_SECONDS))

    def _order(self, name: str) -> _Ordered:
        wanted = json.dumps({"identifiers": [{"type": "dns", "value": name}]}).encode()
        order = self._post(self._client.directory["newOrder"], wanted)
        authorization = self._post(order.fields["authorizations"][0]).fields
        [challenge] = (each for each in authorization["challenges"] if each["type"] == "http-01")
        token = challenge["token"]
        self._client.webroot.joinpath(token).write_text(f"{token}.{self._client.account.thumbprint}")
        self._post(challenge["url"], b"{}")
        key = ec.generate_private_key(ec.SECP256R1())
        return _Ordered(name, order.headers["location"], key, time.monotonic())

    def _is_fetched(self, ordered: _Ordered) -> bool:
        order = self._post(ordered.url).fields
        if order["status"] == "ready":
            self._post(order["finalize"], json.dumps({"csr": _csr(ordered)}).encode())
            return False
        if order["status"] != "valid":
            return False
        chain = self._post(order["certificate"]).body
        self._connection.ask("GET", f"{self._client.directory['renewalInfo']}/{_certificate_id(chain)}")
        self._client.path(ordered.name, "chain").write_bytes(chain)
        self._client.path(ordered.name, "key").write_bytes(_pem(ordered.key))
        return True

    def _post(self, url: str, payload: bytes = b"") -> _Answer:
        connection = self._connection
        return connection.ask("POST", url, self._client.account.sign(url, connection.nonce, payload))


class _Client:
    """What all workers share."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.context = ssl.create_default_context(cafile=job["trusted_ca"])
        self.webroot = Path(job["webroot"], ".well-known", "acme-challenge")
        self.webroot.mkdir(parents=True, exist_ok=True)
        self._folder = Path(job["folder"])
        first = _Connection(job["directory_url"], self.context)
        self.directory: dict[str, str] = first.ask("GET", job["directory_url"]).fields
        self.account = self._account(first)
        self.waiting: queue.SimpleQueue[str | _Ordered | None] = queue.SimpleQueue()
        for name in job["names"]:
            self.waiting.put(name)
        self._left = len(job["names"])
        self._lock = threading.Lock()
        self.is_done = False

    def path(self, name: str, what: str) -> Path:
        """Return where the chain or the key of a certificate is to be."""
        return self._folder / f"{name}.{what}.pem"

    def count_down(self) -> None:
        """Note that a certificate was fetched."""
        with self._lock:
            self._left -= 1
            if not self._left:
                self.end()

    def end(self) -> None:
        """Let all workers end."""
        self.is_done = True
        self.waiting.put(None)

    def _account(self, connection: _Connection) -> _Account:
        key_file, url_file = self._folder / "account.pem", self._folder / "account.url"
        if url_file.exists():
            key = serialization.load_pem_private_key(key_file.read_bytes(), None)
            if not isinstance(key, ec.EllipticCurvePrivateKey):
                raise SystemExit(f"{key_file} holds no key of this script's")
            return _Account(key, url_file.read_text())
        account = _Account(key := ec.generate_private_key(ec.SECP256R1()))
        connection.ask("HEAD", self.directory["newNonce"])
        url, agreed = self.directory["newAccount"], b'{"termsOfServiceAgreed": true}'
        account.url = connection.ask("POST", url, account.sign(url, connection.nonce, agreed)).headers[
            "location"
        ]
        key_file.write_bytes(_pem(key))
        url_file.write_text(account.url)
        return account


def _csr(ordered: _Ordered) -> str:
    names = x509.SubjectAlternativeName([x509.DNSName(ordered.name)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    signed = builder.add_extension(names, critical=False).sign(ordered.key, hashes.SHA256())
    return _base64url(signed.public_bytes(serialization.Encoding.DER))


def _certificate_id(chain: bytes) -> str:
    """Return what a certificate is called when it is asked about (RFC 9773 section 4.1)."""
    leaf = x509.load_pem_x509_certificates(chain)[0]
    issuer = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier or b""
    serial = leaf.serial_number.to_bytes(leaf.serial_number.bit_length() // 8 + 1, "big")
    return f"{_base64url(issuer)}.{_base64url(serial)}"


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def main(job_file: str) -> None:
    """Do a job."""
    job = json.loads(Path(job_file).read_text())
    client = _Client(job)
    workers = [_Worker(client) for _ in range(job["connections"])]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for worker in workers:
        if worker.failure is not None:
            raise worker.failure


if __name__ == "__main__":
    main(sys.argv[1])
