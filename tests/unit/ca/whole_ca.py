"""A CA over HTTPS that issues, honest but for what a test changes in its answers."""

from __future__ import annotations

import datetime as dt
import json
import textwrap
import threading
from base64 import urlsafe_b64encode
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.unit.ca.https_server import TRUSTED, HttpsServer, Reply, Request, unpadded

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STEPS = (
    "directory",
    "nonce",
    "account",
    "orders",
    "order",
    "authorization",
    "challenge",
    "poll",
    "finalize",
    "certificate",
    "renewal",
)
"""In the order in which an apply takes them; a poll is each reading of an order."""

TOKEN = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"
_DAY = dt.timedelta(days=1)


@dataclass
class Draft:
    """An answer before it is sent; a body that is no bytes becomes JSON."""

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()

    def wire(self) -> bytes:
        lines = [
            f"HTTP/1.1 {self.status} Status",
            *(f"{name}: {text}" for name, text in self.headers.items()),
        ]
        lines.append(f"Content-Length: {len(self.content)}")
        return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + self.content


@dataclass
class _Order:
    identifiers: list[dict[str, str]]
    status: str = "pending"
    chain: str = ""


class WholeCA:
    """A context manager.

    Attributes:
        change: gets the step, how often it was taken before, and the honest answer; returns what is sent
            instead, or does something with the connection.
        issue: makes the chain for a CSR.
    """

    def __init__(self) -> None:
        self.change: Callable[[str, int, Draft], Draft | Reply] = lambda _step, _number, draft: draft
        self.issue: Callable[[x509.CertificateSigningRequest], str] = chain_for
        self.offers_renewal = True
        self.now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
        self.taken: Counter[str] = Counter()
        self.base = "https://ca.test"
        self.https = HttpsServer(lambda request: _sent(self.answer(request)))
        self.orders: list[_Order] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self.https.__enter__()
        self.base = self.https.url("")
        return self

    def __exit__(self, *_: object) -> None:
        self.https.__exit__()

    def answer(self, request: Request) -> Draft | Reply:
        """Return what a request is answered."""
        with self._lock:
            step, draft = self._honest(request)
            number = self.taken[step]
            self.taken[step] += 1
            if step != "directory":
                draft.headers.setdefault("Replay-Nonce", f"nonce{sum(self.taken.values())}")
            return self.change(step, number, draft)

    def be_honest(self) -> None:
        self.change = lambda _step, _number, draft: draft
        self.issue = chain_for

    def _honest(self, request: Request) -> tuple[str, Draft]:
        kind, _, number = request.path.strip("/").partition("/")
        match kind:
            case "dir":
                return "directory", Draft(body=self._directory())
            case "nonce":
                return "nonce", Draft()
            case "account":
                body = {"status": "valid", "contact": [], "orders": f"{self.base}/orders"}
                return "account", Draft(201, body, {"Location": f"{self.base}/account/1"})
            case "orders":
                return "orders", Draft(body={"orders": []})
            case "new-order":
                self.orders.append(_Order(json.loads(request.payload)["identifiers"]))
                return "order", self._order(len(self.orders) - 1, 201)
            case "renewal":
                return "renewal", Draft(body={"suggestedWindow": self._window()})
        if not number.isdigit() or int(number) >= len(self.orders):
            problem = {"type": "urn:ietf:params:acme:error:malformed", "detail": "there is no such thing"}
            return kind, Draft(404, problem, {"Content-Type": "application/problem+json"})
        return self._of_order(kind, int(number), request)

    def _of_order(self, kind: str, number: int, request: Request) -> tuple[str, Draft]:
        order = self.orders[number]
        match kind:
            case "authorization":
                body = {
                    "identifier": order.identifiers[0],
                    "status": "pending" if order.status == "pending" else "valid",
                    "expires": self._time(7 * _DAY),
                    "challenges": [self._challenge(number)],
                }
                return kind, Draft(body=body)
            case "challenge":
                order.status = "ready" if order.status == "pending" else order.status
                return kind, Draft(body=self._challenge(number))
            case "finalize":
                csr = x509.load_der_x509_csr(unpadded(json.loads(request.payload)["csr"]))
                order.status, order.chain = "valid", self.issue(csr)
                return kind, self._order(number)
            case "certificate":
                headers = {"Content-Type": "application/pem-certificate-chain"}
                return kind, Draft(body=order.chain.encode(), headers=headers)
        return "poll", self._order(number)

    def _directory(self) -> dict[str, Any]:
        paths = {
            "newNonce": "nonce",
            "newAccount": "account",
            "newOrder": "new-order",
            "revokeCert": "revoke",
        }
        if self.offers_renewal:
            paths["renewalInfo"] = "renewal"
        urls: dict[str, Any] = {name: f"{self.base}/{path}" for name, path in paths.items()}
        return {**urls, "meta": {"termsOfService": f"{self.base}/terms", "website": self.base}}

    def _order(self, number: int, status: int = 200) -> Draft:
        order = self.orders[number]
        body = {
            "status": order.status,
            "expires": self._time(7 * _DAY),
            "identifiers": order.identifiers,
            "authorizations": [f"{self.base}/authorization/{number}"],
            "finalize": f"{self.base}/finalize/{number}",
        }
        if order.status == "valid":
            body["certificate"] = f"{self.base}/certificate/{number}"
        return Draft(status, body, {"Location": f"{self.base}/order/{number}"})

    def _challenge(self, number: int) -> dict[str, Any]:
        status = "pending" if self.orders[number].status == "pending" else "valid"
        url = f"{self.base}/challenge/{number}"
        return {"type": "http-01", "url": url, "status": status, "token": TOKEN}

    def _window(self) -> dict[str, str]:
        return {"start": self._time(60 * _DAY), "end": self._time(61 * _DAY)}

    def _time(self, away: dt.timedelta) -> str:
        return (self.now() + away).strftime("%Y-%m-%dT%H:%M:%SZ")


def write_tree(folder: Path, ca: WholeCA, *lines: str) -> Path:
    """Write a tree of one certificate whose account is at `ca`; more lines for the account's file."""
    trusted = f"trusted_ca: |\n{textwrap.indent(TRUSTED, '  ')}"
    account = [f"directory_url: {ca.base}/dir", "terms_of_service_agreed: true", *lines, trusted]
    files = {
        "reconciler.yaml": "challenges: {http-01: {webroot: webroot}}",
        "accounts/ca.yaml": "\n".join(account),
        "roles/web.yaml": "acme_account_name: ca\nallowed_domains: [www.example.com]\n"
        "allowed_domain_options: [bare_domains]",
        "certificates/www.yaml": "role: web\nidentifiers: [www.example.com]",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n", encoding="utf-8")
    (folder / "webroot").mkdir(exist_ok=True)
    return folder


# What it issues


class Authority:
    """A key that signs, and its certificate."""

    def __init__(self, name: str = "whole root") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = dt.datetime.now(dt.UTC)
        self.certificate = (
            x509.CertificateBuilder(self.name, self.name, self.key.public_key(), 1)
            .not_valid_before(now - _DAY)
            .not_valid_after(now + 3650 * _DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self.key, hashes.SHA256())
        )

    def pem(self) -> str:
        return pem(self.certificate)

    def leaf(
        self,
        key: Any,  # noqa: ANN401 - of any kind that cryptography knows
        names: tuple[str, ...] = ("www.example.com",),
        *,
        begin: dt.datetime | None = None,
        end: dt.datetime | None = None,
        serial: int | None = None,
        extensions: tuple[x509.ExtensionType, ...] = (),
        alternatives: tuple[x509.GeneralName, ...] | None = None,
    ) -> x509.Certificate:
        """Return a certificate for `key`; as long as nothing else is said an honest one."""
        now = dt.datetime.now(dt.UTC).replace(microsecond=0)
        named = alternatives if alternatives is not None else tuple(map(x509.DNSName, names))
        builder = x509.CertificateBuilder(
            self.name,
            x509.Name([]),
            key,
            serial or x509.random_serial_number(),
            begin or now - dt.timedelta(hours=1),
            end or now + 90 * _DAY,
        ).add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
        )
        if named:
            builder = builder.add_extension(x509.SubjectAlternativeName(named), critical=True)
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(self.key, hashes.SHA256())


ROOT = Authority()


def chain_for(csr: x509.CertificateSigningRequest) -> str:
    """Return an honest chain."""
    return pem(ROOT.leaf(csr.public_key())) + ROOT.pem()


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def base64url(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _sent(answer: Draft | Reply) -> Reply:
    return answer.wire() if isinstance(answer, Draft) else answer
