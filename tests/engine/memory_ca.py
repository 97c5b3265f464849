"""A CA in memory: the port, the rules of RFC 8555 that matter to a client, and a count of the requests."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from reconciler.ca.port import (
    AccountAnswer,
    AuthorizationAnswer,
    Directory,
    ExternalAccountBinding,
    OrderAnswer,
)
from reconciler.errors import CAUnavailableError, ProblemError
from reconciler.model.order import Challenge, Status
from reconciler.model.problem import ACME_ERROR, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reconciler.model.identifier import Identifier
    from tests.engine.fake_clock import FakeClock

URL = "https://ca.test"


@dataclass
class MemoryAuthorization:
    identifier: Identifier
    status: Status = Status.PENDING
    challenge_status: dict[str, Status] = field(default_factory=dict)
    error: Problem | None = None

    @property
    def types(self) -> tuple[str, ...]:
        return (
            ("dns-01",) if self.identifier.is_wildcard else ("http-01", "dns-01", "tls-alpn-01", "future-01")
        )


@dataclass
class MemoryOrder:
    number: int
    identifiers: tuple[Identifier, ...]
    authorizations: list[int]
    status: Status = Status.PENDING
    certificate: str | None = None
    error: Problem | None = None
    looks_until_valid: int = 0
    profile: str | None = None


class MemoryServer:
    """What the CA knows; outlives the client that is killed."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.lock = threading.Lock()
        self.requests: Counter[str] = Counter()
        self.accounts: dict[bytes, str] = {}
        self.authorizations: dict[int, MemoryAuthorization] = {}
        self.orders: dict[int, MemoryOrder] = {}
        self.issued: list[int] = []
        self.answers_lost = 0
        self.reuse_pending_orders = True
        self.preauthorized = False
        self.fail: Callable[[str, str], Exception | None] = lambda _name, _url: None
        self.sees: Callable[[Identifier, str, str], bool] = lambda _identifier, _type, _token: True
        self.retry_after: dt.timedelta | None = None
        self.processing_looks = 0
        self.after_request: Callable[[str], None] = lambda _name: None
        self.terms: str | None = "https://ca.test/terms"
        self.external_account_required = False
        self.profiles: tuple[str, ...] = ()
        self.answers_profile: str | None = None
        self.in_new_order = 0
        self.most_in_new_order = 0
        self._numbers = itertools.count(1)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "memory root")])
        self.root = self._certificate(self._name, self._key.public_key(), None)

    def number(self) -> int:
        return next(self._numbers)

    def completed(self) -> list[MemoryOrder]:
        return [order for order in self.orders.values() if order.status is Status.VALID]

    def issue(self, order: MemoryOrder, csr_der: bytes) -> str:
        csr = x509.load_der_x509_csr(csr_der)
        names = x509.SubjectAlternativeName([x509.DNSName(each.value) for each in order.identifiers])
        requested = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        if set(requested.get_values_for_type(x509.DNSName)) != {each.value for each in order.identifiers}:
            raise ProblemError(Problem(f"{ACME_ERROR}badCSR", "other names than ordered"))
        leaf = self._certificate(x509.Name([]), csr.public_key(), names)
        pem = serialization.Encoding.PEM
        return (leaf.public_bytes(pem) + self.root.public_bytes(pem)).decode()

    def _certificate(
        self, subject: x509.Name, key: object, names: x509.SubjectAlternativeName | None
    ) -> x509.Certificate:
        now = self.clock.now()
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)  # type: ignore[arg-type]
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(days=90))
            .add_extension(x509.BasicConstraints(ca=names is None, path_length=None), critical=True)
        )
        if names is not None:
            builder = builder.add_extension(names, critical=True)
        return builder.sign(self._key, hashes.SHA256())


class MemoryCA:
    """One account's view of a `MemoryServer`."""

    def __init__(self, server: MemoryServer, key: bytes, account_url: str | None) -> None:
        self._server = server
        self._key = key
        self.account_url = account_url

    def directory(self) -> Directory:
        self._asked("directory")
        server = self._server
        return Directory(server.terms, server.external_account_required, server.profiles)

    @property
    def thumbprint(self) -> str:
        return "thumbprint"

    def new_account(
        self,
        contacts: Sequence[str],
        *,
        terms_of_service_agreed: bool,
        external_account_binding: ExternalAccountBinding | None = None,
    ) -> AccountAnswer:
        self._asked("new_account")
        with self._server.lock:
            url = self._server.accounts.setdefault(self._key, f"{URL}/account/{self._server.number()}")
        self._server.after_request("new_account")
        self.account_url = url
        return AccountAnswer(url, Status.VALID, tuple(contacts))

    def new_order(self, identifiers: Sequence[Identifier], profile: str | None = None) -> OrderAnswer:
        server = self._server
        self._asked("new_order")
        with server.lock:
            server.in_new_order += 1
            server.most_in_new_order = max(server.most_in_new_order, server.in_new_order)
            order = self._pending(set(identifiers)) if server.reuse_pending_orders else None
            if order is None:
                order = MemoryOrder(server.number(), tuple(identifiers), [], profile=profile)
                for identifier in identifiers:
                    number = server.number()
                    status = Status.VALID if server.preauthorized else Status.PENDING
                    server.authorizations[number] = MemoryAuthorization(identifier, status)
                    order.authorizations.append(number)
                server.orders[order.number] = order
            self._update(order)
        server.after_request("new_order")
        with server.lock:
            server.in_new_order -= 1
        return self._answer(order)

    def read_order(self, url: str) -> OrderAnswer:
        self._asked("read_order", url)
        with self._server.lock:
            order = self._order(url)
            if order.status is Status.PROCESSING:
                order.looks_until_valid -= 1
                if order.looks_until_valid < 0:
                    order.status = Status.VALID
            self._update(order)
        self._server.after_request("read_order")
        return self._answer(order)

    def read_authorization(self, url: str) -> AuthorizationAnswer:
        self._asked("read_authorization", url)
        authorization = self._server.authorizations[int(url.rpartition("/")[2])]
        self._server.after_request("read_authorization")
        challenges = tuple(
            Challenge(
                each,
                f"{url}/{each}",
                authorization.challenge_status.get(each, Status.PENDING),
                f"token-of-{url.rpartition('/')[2]}-for-{each}",
                authorization.error if authorization.challenge_status.get(each) is Status.INVALID else None,
            )
            for each in authorization.types
        )
        plain = replace(authorization.identifier, value=authorization.identifier.base)
        return AuthorizationAnswer(
            url,
            plain,
            authorization.identifier.is_wildcard,
            authorization.status,
            challenges,
            self._expires(),
        )

    def answer_challenge(self, url: str) -> Challenge:
        self._asked("answer_challenge", url)
        number, challenge_type = url.split("/")[-2:]
        with self._server.lock:
            authorization = self._server.authorizations[int(number)]
            if authorization.challenge_status.get(challenge_type, Status.PENDING) is not Status.PENDING:
                raise ProblemError(Problem(f"{ACME_ERROR}malformed", "the challenge is not pending"))
            token = f"token-of-{number}-for-{challenge_type}"
            seen = self._server.sees(authorization.identifier, challenge_type, token)
            status = Status.VALID if seen else Status.INVALID
            authorization.challenge_status[challenge_type] = authorization.status = status
            if not seen:
                authorization.error = Problem(f"{ACME_ERROR}unauthorized", "nothing was seen")
        self._server.after_request("answer_challenge")
        return Challenge(challenge_type, url, status, token)

    def finalize_order(self, url: str, csr: bytes) -> OrderAnswer:
        self._asked("finalize_order", url)
        with self._server.lock:
            order = self._order(url.removesuffix("/finalize"))
            self._update(order)
            if order.status is not Status.READY:
                raise ProblemError(Problem(f"{ACME_ERROR}orderNotReady", f"the order is {order.status}"))
            order.certificate = self._server.issue(order, csr)
            order.status = Status.PROCESSING
            order.looks_until_valid = self._server.processing_looks
            self._server.issued.append(order.number)
        self._server.after_request("finalize_order")
        return replace(self._answer(order), url="")

    def download_certificate(self, url: str) -> str:
        self._asked("download_certificate", url)
        pem = self._order(url.removesuffix("/certificate")).certificate
        assert pem is not None
        self._server.after_request("download_certificate")
        return pem

    def _asked(self, name: str, url: str = "") -> None:
        with self._server.lock:
            self._server.requests[name] += 1
        error = self._server.fail(name, url)
        if error is not None:
            raise error

    def _pending(self, identifiers: set[Identifier]) -> MemoryOrder | None:
        open_ones = (
            each for each in self._server.orders.values() if each.status in (Status.PENDING, Status.READY)
        )
        return next((each for each in open_ones if set(each.identifiers) == identifiers), None)

    def _order(self, url: str) -> MemoryOrder:
        return self._server.orders[int(url.rpartition("/")[2])]

    def _update(self, order: MemoryOrder) -> None:
        statuses = {self._server.authorizations[each].status for each in order.authorizations}
        if order.status is Status.PENDING and statuses == {Status.VALID}:
            order.status = Status.READY
        if order.status is Status.PENDING and Status.INVALID in statuses:
            order.status = Status.INVALID

    def _answer(self, order: MemoryOrder) -> OrderAnswer:
        url = f"{URL}/order/{order.number}"
        now = self._server.clock.now()
        return OrderAnswer(
            url=url,
            status=order.status,
            identifiers=tuple(reversed(order.identifiers)),
            authorizations=tuple(f"{URL}/authorization/{each}" for each in order.authorizations),
            finalize=f"{url}/finalize",
            certificate=f"{url}/certificate" if order.status is Status.VALID else None,
            expires=self._expires(),
            error=order.error,
            retry_after=now + self._server.retry_after if self._server.retry_after else None,
            profile=self._server.answers_profile or order.profile,
        )

    def _expires(self) -> dt.datetime:
        return self._server.clock.now() + dt.timedelta(days=7)


def unavailable(
    message: str = "no route to host", retry_after: dt.datetime | None = None
) -> CAUnavailableError:
    return CAUnavailableError(message, retry_after)
