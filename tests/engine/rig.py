"""A tree, a state and a CA in memory, ready to be applied."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from reconciler import pki
from reconciler.challenges.fulfillers import Fulfillers
from reconciler.deliver.rules import Rules
from reconciler.engine.observe import observe
from reconciler.engine.options import ApplyOptions
from reconciler.engine.renewal_times import RenewalTimes, is_to_be_asked
from reconciler.engine.runner import run_plan
from reconciler.engine.secrets import read_secret
from reconciler.engine.work import Workplace
from reconciler.model.account import AccountSpec
from reconciler.model.certificate import CertificateSpec
from reconciler.model.desired import Desired
from reconciler.model.finding import Location
from reconciler.model.fulfillment import WebrootMethod
from reconciler.model.identifier import parse_identifier
from reconciler.model.places import KnownPlaces
from reconciler.model.role import ChallengeType, Role
from reconciler.model.settings import Settings
from reconciler.plan.diff import make_plan
from reconciler.store import Store
from tests.engine.fake_clock import FakeClock
from tests.engine.memory_ca import URL, MemoryCA, MemoryServer
from tests.engine.memory_dns import MemoryDns, MemoryFulfillers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reconciler.model.account import SecretReference
    from reconciler.model.dns_provider import DnsProvider
    from reconciler.model.encryption import Encryption
    from reconciler.model.events import ApplyResult, Event
    from reconciler.model.evidence import Evidence
    from reconciler.model.fulfillment import ConfiguredMethod
    from reconciler.plan.actions import Plan

_HERE = Location("certificates/x.yaml", 1, 1)


class Rig:
    """Everything an apply needs but the command line."""

    def __init__(self, folder: Path, *, webroot: bool = True) -> None:
        self.clock = FakeClock()
        self.server = MemoryServer(self.clock)
        self.folder = folder
        self.webroot = folder / "webroot"
        self.webroot.mkdir()
        self.output = folder / "certs"
        self.uses_webroot = webroot
        self.challenges: dict[ChallengeType, tuple[ConfiguredMethod, ...]] = {}
        self.providers: dict[str, DnsProvider] = {}
        self.fulfillers: Fulfillers | None = None
        self.dns = MemoryDns(self.clock)
        self.stop = threading.Event()
        self.events: list[Event] = []
        self.account = AccountSpec("ca", f"{URL}/directory", _HERE, terms_of_service_agreed=True)
        self.role = Role("web", "ca", _HERE, _HERE)
        self.specs: dict[str, CertificateSpec] = {}
        self.evidence: dict[str, Evidence] = {}
        self.make_store: Callable[[Path], Store] = Store
        self.fraction = 0.5
        self.has_account = True
        self.encryption: Encryption | None = None
        self.rules = Rules()

    @property
    def store(self) -> Store:
        return self.make_store(self.folder / "state")

    def want(self, name: str, *identifiers: str, challenge_type: ChallengeType | None = None) -> None:
        parsed = tuple(parse_identifier(each) for each in identifiers)
        here = KnownPlaces(tuple(_HERE for _ in parsed))
        spec = CertificateSpec(name, self.role, parsed, _HERE, here, challenge_type)
        self.specs[name] = spec

    def want_csr(self, name: str, csr: str) -> None:
        """Ask for what a requester's own CSR says."""
        read = pki.read_csr(csr)
        here = KnownPlaces(tuple(_HERE for _ in read.identifiers))
        self.specs[name] = CertificateSpec(
            name,
            self.role,
            read.identifiers,
            _HERE,
            here,
            csr=read.pem,
            csr_key_type=read.key_type,
            csr_digest=read.digest,
        )

    @property
    def desired(self) -> Desired:
        return Desired(
            accounts={self.account.name: self.account} if self.has_account else {},
            roles={"web": self.role},
            certificates=self.specs,
            settings=self.settings,
            dns_providers=self.providers,
        )

    def plan(self) -> Plan:
        observed = observe(self.store, self.output, self.specs, self.rules)
        return make_plan(self.desired, observed, self.clock.now(), evidence=self.evidence)

    def place(self) -> Workplace:
        return Workplace(
            store=self.store,
            output=self.output,
            root=self.folder,
            clock=self.clock,
            fulfillers=self.fulfillers or self._fulfillers(),
            connect=lambda _spec, key, url: MemoryCA(self.server, key, url),
            draw=lambda: self.fraction,
            rules=self.rules,
        )

    def _fulfillers(self) -> Fulfillers:
        def secret(reference: SecretReference) -> str:
            return read_secret(reference, self.folder)

        make = partial(MemoryFulfillers, self.dns) if self.providers else Fulfillers
        return make(
            self.settings,
            self.providers,
            self.folder,
            secret,
            monotonic=self.clock.monotonic,
            now=self.clock.now,
        )

    @property
    def settings(self) -> Settings:
        ways = {ChallengeType.HTTP_01: (WebrootMethod(str(self.webroot)),)} if self.uses_webroot else {}
        return Settings(challenges={**ways, **self.challenges}, encryption=self.encryption)

    def apply(self, options: ApplyOptions | None = None) -> ApplyResult:
        with self.store.lock("test", self.clock.now()):
            return run_plan(
                self.plan(),
                self.place(),
                self.desired.accounts,
                options or ApplyOptions(),
                self.events.extend,
                self.stop,
            )

    def refresh(self) -> None:
        """Ask about renewal times, as `apply` does before it plans."""
        store, now = self.store, self.clock.now()
        due = [each for each in store.certificates().values() if is_to_be_asked(each, now)]
        RenewalTimes(self.place(), self.desired.accounts, store.save_certificate).refresh(
            due, ApplyOptions(), self.stop
        )

    def change(self, name: str, **changes: Any) -> None:  # noqa: ANN401
        """Change what the tree asks for."""
        self.specs[name] = replace(self.specs[name], **changes)

    def delivered(self, name: str) -> dict[str, bytes]:
        folder = self.output / name
        return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}
