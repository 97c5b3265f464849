"""What the CA in memory knows, and what a test can set about it."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.errors import ProblemError
from reconciler.model.order import Status
from reconciler.model.problem import ACME_ERROR, Problem
from reconciler.pki.certificate_id import authority_key_identifier, certificate_id
from tests.engine.memory_issuer import MemoryIssuer

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography import x509

    from reconciler.ca.port import RenewalAnswer
    from reconciler.model.identifier import Identifier
    from reconciler.model.revocation import RevocationReason
    from tests.engine.fake_clock import FakeClock

URL = "https://ca.test"


@dataclass
class MemoryAccount:
    url: str
    thumbprint: str
    contacts: tuple[str, ...] = ()
    status: Status = Status.VALID


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
    account_url: str = ""
    not_after: dt.datetime | None = None
    replaces: str | None = None


class MemoryServer:
    """Outlives the client that is killed.

    Besides what each switch says: `fail` is asked before a request is served, `after_request` called between
    that and its answer.
    """

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.lock = threading.Lock()
        self.requests: Counter[str] = Counter()
        self.accounts: dict[str, MemoryAccount] = {}
        self.authorizations: dict[int, MemoryAuthorization] = {}
        self.orders: dict[int, MemoryOrder] = {}
        self.issued: list[int] = []
        # Every leaf by its serial number, with the account that ordered it; and by its identifier (RFC 9773).
        self.leaves: dict[int, tuple[x509.Certificate, str]] = {}
        self.certificate_ids: dict[str, x509.Certificate] = {}
        self.revoked: dict[int, RevocationReason] = {}
        self.revoked_by: list[str] = []
        self.directory_was_read = False

        self.fail: Callable[[str, str], Exception | None] = lambda _name, _url: None
        self.after_request: Callable[[str], None] = lambda _name: None
        self.forgotten: set[str] = set()
        self.lists_orders = False
        self.terms: str | None = "https://ca.test/terms"
        self.external_account_required = False
        self.profiles: tuple[str, ...] = ()
        self.answers_profile: str | None = None
        self.caa_identities: tuple[str, ...] = ()
        self.renewal_info = False
        self.renewal_windows: dict[str, RenewalAnswer] = {}
        self.reuse_pending_orders = True
        self.preauthorized = False
        self.sees: Callable[[Identifier, str, str], bool] = lambda _identifier, _type, _token: True
        self.retry_after: dt.timedelta | None = None
        self.processing_looks = 0
        self.lifetime = dt.timedelta(days=7)
        self.alternate_roots = 0
        self.refused_reasons: set[RevocationReason] = set()

        self.in_new_order = 0
        self.most_in_new_order = 0
        self._numbers = itertools.count(1)
        self.issuer = MemoryIssuer(clock)

    def number(self) -> int:
        return next(self._numbers)

    def completed(self) -> list[MemoryOrder]:
        return [order for order in self.orders.values() if order.status is Status.VALID]

    def account_of(self, thumbprint: str) -> MemoryAccount | None:
        """Return the account that has a key."""
        known = (each for each in self.accounts.values() if each.url not in self.forgotten)
        return next((each for each in known if each.thumbprint == thumbprint), None)

    def issue(self, order: MemoryOrder, csr_der: bytes) -> str:
        leaf = self.issuer.issue(csr_der, order.identifiers, order.not_after)
        self.leaves[leaf.serial_number] = (leaf, order.account_url)
        key_identifier = authority_key_identifier(leaf)
        assert key_identifier is not None
        self.certificate_ids[certificate_id(key_identifier, leaf.serial_number)] = leaf
        return self.issuer.chain(leaf)


def refused(code: str, detail: str, status: int = 400) -> ProblemError:
    return ProblemError(Problem(f"{ACME_ERROR}{code}", detail, status))
