"""What a preflight finds: in a real DNS, at real ports, within its time."""

from __future__ import annotations

import datetime as dt
import socket
import threading
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from reconciler.challenges.fulfillers import Fulfillers
from reconciler.cli.clock import SystemClock
from reconciler.engine.preflight import PreflightOptions, preflight
from reconciler.engine.secrets import read_secret
from reconciler.engine.work import Workplace
from reconciler.errors import CAUnavailableError
from reconciler.model import preflight_facts as seen
from reconciler.model.account import SecretReference
from reconciler.model.caa import CaaAllows, CaaForbids, CaaRecord, CaaUndecided, Obstacle
from reconciler.model.certificate import CertificateSpec
from reconciler.model.desired import Desired
from reconciler.model.dns_provider import DnsProvider, Propagation, Rfc2136
from reconciler.model.finding import Location
from reconciler.model.fulfillment import ExecMethod, ListenMethod, WebrootMethod
from reconciler.model.identifier import parse_identifier
from reconciler.model.observed import Observed
from reconciler.model.order import Challenge, Stage, Status
from reconciler.model.places import KnownPlaces
from reconciler.model.preflight import Check, Outcome
from reconciler.model.preflight_facts import Reach, Try
from reconciler.model.revocation import RevocationReason
from reconciler.model.role import ChallengeType, Role
from reconciler.model.settings import Settings
from reconciler.orders.record_names import account_label
from reconciler.plan.diff import make_plan
from reconciler.store import Store
from tests.engine.fake_clock import FakeClock
from tests.engine.memory_ca import MemoryCA, MemoryServer
from tests.unit.values import HERE, account, account_spec, authorization, certificate, order
from tools.bind import Bind, BindOptions
from tools.bind_options import STRANGER
from tools.ports import LOOPBACK, free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reconciler.ca.port import CertificateAuthority, Directory
    from reconciler.model.certificate import Certificate
    from reconciler.model.fulfillment import ConfiguredMethod
    from reconciler.model.order import Order
    from reconciler.model.preflight import PreflightFinding
    from reconciler.model.preflight_facts import Fact

ACCOUNT = account().account_url or ""
ZONES = {
    # Whoever climbs ends here, and not at a server that refuses.
    "test": ("example NS ns1.example", "ns1.example A 127.0.0.1"),
    "example.test": (
        "www A 127.0.0.1",
        "www AAAA ::1",
        f"many A 127.0.0.{1}",
        *(f"many A 127.0.1.{number}" for number in range(40)),
        'foreign CAA 0 issue "other.test"',
        'two CAA 0 issue "ca.test; accounturi=https://ca.test/account/2"',
        f'mine CAA 0 issue "ca.test; accounturi={ACCOUNT}; validationmethods=dns-01"',
        'hostile CAA 0 issue "\\027[2J\\007"',
        *(f'crowd CAA 0 issue "ca{number}.test"' for number in range(60)),
        "_acme-challenge.alias CNAME alias.elsewhere.test.",
        "_acme-challenge.ring CNAME ring1",
        "ring1 CNAME ring2",
        "ring2 CNAME ring1",
        "_acme-challenge.strange CNAME strange\\027\\032name",
        f"{account_label(ACCOUNT)}._acme-challenge.own CNAME own.elsewhere.test.",
        f'_validation-persist.stood TXT "ca.test; accounturi={ACCOUNT}"',
        '_validation-persist.other TXT "ca.test; accounturi=https://ca.test/account/2"',
    ),
}


@pytest.fixture(scope="module")
def bind() -> Iterator[Bind]:
    with Bind(BindOptions(zones=ZONES, wildcard=False, secondary=True)) as running:
        yield running


class KnownCA(MemoryCA):
    def directory(self) -> Directory:
        return replace(super().directory(), caa_identities=("ca.test",))


class Ground:
    """A tree, and the network it is in."""

    def __init__(self, folder: Path, *nameservers: str) -> None:
        self.folder = folder
        self.settings = Settings(propagation=Propagation(nameservers))
        self.providers: dict[str, DnsProvider] = {}
        self.specs: dict[str, CertificateSpec] = {}
        self.orders: dict[str, Order] = {}
        self.certificates: dict[str, Certificate] = {}
        self.account = account_spec()
        self.is_registered = True
        self.ca: type[MemoryCA] = KnownCA
        self.server = MemoryServer(FakeClock())
        self.options = PreflightOptions(connect_seconds=0.3)

    def provide(self, bind: Bind, *identifiers: str, key: str = "update-key", name: str = "zones") -> None:
        (self.folder / "secret").write_text(bind.secret("update-key"))
        service = Rfc2136(bind.address, key, SecretReference(file="secret"), "hmac-sha256")
        self.providers[name] = DnsProvider(name, HERE, identifiers, service)

    def want(self, name: str, challenge: str = "dns-01", **changes: Any) -> None:  # noqa: ANN401
        types = tuple(ChallengeType)
        role = Role("web", "ca", HERE, HERE, allowed_challenge_types=types)
        place = Location(f"certificates/{len(self.specs)}.yaml", 2, 15)
        spec = CertificateSpec(
            name,
            role,
            (parse_identifier(name),),
            HERE,
            KnownPlaces((place,)),
            ChallengeType(challenge),
            **changes,
        )
        self.specs[name] = spec

    def have(self, name: str) -> None:
        """Let there be a certificate for what is wanted, that is not due."""
        begin = SystemClock().now() - dt.timedelta(days=1)
        issued = replace(
            certificate(name, name), not_before=begin, not_after=begin + dt.timedelta(days=90), files={}
        )
        self.certificates[name] = issued

    def all(self) -> tuple[PreflightFinding, ...]:
        clock = SystemClock()
        desired = Desired(
            settings=self.settings,
            accounts={"ca": self.account},
            roles={"web": Role("web", "ca", HERE, HERE)},
            certificates=self.specs,
            dns_providers=self.providers,
        )
        known = {"ca": account()} if self.is_registered else {}
        plan = make_plan(desired, Observed(known, self.certificates, self.orders), clock.now())

        def secret(reference: SecretReference) -> str:
            return read_secret(reference, self.folder)

        def connect(_spec: object, key: bytes, url: str | None) -> CertificateAuthority:
            return self.ca(self.server, key, url)

        fulfillers = Fulfillers(
            self.settings, self.providers, self.folder, secret, monotonic=clock.monotonic, now=clock.now
        )
        place = Workplace(
            Store(self.folder / "state"), self.folder / "certs", self.folder, clock, fulfillers, connect
        )
        found = preflight(place, plan, desired, known, self.options)
        assert not (self.folder / "state").exists()
        return found

    def facts(self, check: Check | None = None) -> list[tuple[Outcome, Fact]]:
        """Return what is not ok; with a check, all of it."""
        return [
            (each.outcome, each.fact)
            for each in self.all()
            if (each.check is check if check else each.outcome is not Outcome.OK)
        ]


@pytest.fixture
def ground(tmp_path: Path, bind: Bind) -> Ground:
    return Ground(tmp_path, bind.address)


def test_where_all_is_well_each_check_is_ok_and_has_its_place(ground: Ground, bind: Bind) -> None:
    ground.provide(bind, "*.example.test")
    ground.want("*.mine.example.test")
    found = ground.all()
    assert [(each.check, each.outcome, each.fact) for each in found] == [
        (Check.CAA, Outcome.OK, CaaAllows("mine.example.test")),
        (
            Check.DELEGATION,
            Outcome.OK,
            seen.RecordPlace(
                "_acme-challenge.mine.example.test",
                "_acme-challenge.mine.example.test",
                "example.test",
                "zones",
            ),
        ),
        (Check.NAMESERVERS, Outcome.OK, seen.ServersAnswer("example.test")),
        (Check.PROVIDER, Outcome.OK, seen.CredentialsAccepted("zones", "example.test")),
    ]
    assert {str(each.location) for each in found} == {"certificates/0.yaml:2:15"}
    assert {each.certificate for each in found} == {"*.mine.example.test"}


def test_records_for_others_forbid_it(ground: Ground) -> None:
    ground.want("foreign.example.test")
    ground.want("two.example.test")
    ground.want("mine.example.test", "tls-alpn-01")
    facts = [fact for _, fact in ground.facts(Check.CAA) if isinstance(fact, CaaForbids)]
    assert [(each.record_name, [one.obstacle for one in each.objections]) for each in facts] == [
        ("foreign.example.test", [Obstacle.OTHER_CA]),
        ("mine.example.test", [Obstacle.OTHER_CHALLENGE]),
        ("two.example.test", [Obstacle.OTHER_ACCOUNT]),
    ]
    assert facts[0].issuers == ("ca.test",)
    assert facts[0].objections[0].record == CaaRecord(0, "issue", "other.test")


def test_an_account_to_be_registered_is_not_the_one_that_a_record_names(ground: Ground) -> None:
    ground.is_registered = False
    ground.want("mine.example.test")
    [(outcome, fact)] = ground.facts(Check.CAA)
    assert outcome is Outcome.WARNING
    assert isinstance(fact, CaaForbids)
    assert [each.obstacle for each in fact.objections] == [Obstacle.NO_ACCOUNT_YET]


def test_many_records_are_cut_to_a_few(ground: Ground) -> None:
    ground.want("crowd.example.test")
    [(_, fact)] = ground.facts(Check.CAA)
    assert isinstance(fact, CaaForbids)
    assert (len(fact.objections), fact.more) == (5, 55)


def test_a_ca_that_is_away_leaves_open_what_names_it_and_nothing_else(ground: Ground) -> None:
    class AwayCA(MemoryCA):
        def directory(self) -> Directory:
            raise CAUnavailableError("it is away")

    ground.ca = AwayCA
    ground.want("foreign.example.test")
    ground.want("www.example.test")
    ground.want("hostile.example.test")
    foreign, hostile, plain = ground.facts(Check.CAA)
    assert foreign == (Outcome.UNKNOWN, CaaUndecided("foreign.example.test", "it is away"))
    assert isinstance(hostile[1], CaaForbids)
    assert plain == (Outcome.OK, CaaAllows(""))


def test_a_ca_that_does_not_say_what_it_calls_itself(ground: Ground) -> None:
    ground.ca = MemoryCA
    ground.want("foreign.example.test")
    assert ground.facts() == [(Outcome.UNKNOWN, CaaUndecided("foreign.example.test", None))]


@pytest.mark.parametrize("fulfillment", [None, "zones"])
def test_a_wildcard_is_covered_by_the_pattern_that_covers_it(
    ground: Ground, bind: Bind, fulfillment: str | None
) -> None:
    ground.provide(bind, "*.www.example.test")
    chosen = {ChallengeType.DNS_01: fulfillment} if fulfillment else {}
    ground.want("*.www.example.test", fulfillment=chosen)
    assert ground.facts() == []
    name = "_acme-challenge.www.example.test"
    place = seen.RecordPlace(name, name, "example.test", "zones")
    assert ground.facts(Check.DELEGATION) == [(Outcome.OK, place)]


@pytest.mark.parametrize("fulfillment", [None, "zones"])
def test_an_alias_that_no_provider_covers(ground: Ground, bind: Bind, fulfillment: str | None) -> None:
    ground.provide(bind, "*.example.test")
    chosen = {ChallengeType.DNS_01: fulfillment} if fulfillment else {}
    ground.want("alias.example.test", fulfillment=chosen)
    assert ground.facts() == [
        (
            Outcome.WARNING,
            seen.NotCovered("_acme-challenge.alias.example.test", "alias.elsewhere.test", fulfillment),
        )
    ]


def test_an_alias_into_what_a_provider_covers_is_its_own(ground: Ground, bind: Bind) -> None:
    ground.provide(bind, "ring9.example.test", "*.elsewhere.test")
    ground.want("alias.example.test")
    [(outcome, place)] = ground.facts(Check.DELEGATION)
    assert (outcome, type(place)) == (Outcome.OK, seen.RecordPlace)
    assert isinstance(place, seen.RecordPlace)
    assert (place.target, place.zone, place.provider) == ("alias.elsewhere.test", "test", "zones")
    assert ground.facts(Check.PROVIDER) == [(Outcome.OK, seen.CredentialsAccepted("zones", "test"))]


@pytest.mark.parametrize(
    ("name", "words"), [("ring", "lead in a circle"), ("strange", "which is no host's name")]
)
def test_aliases_that_lead_nowhere(ground: Ground, bind: Bind, name: str, words: str) -> None:
    ground.provide(bind, "*.example.test")
    ground.want(f"{name}.example.test")
    [(outcome, fact)] = ground.facts(Check.DELEGATION)
    assert outcome is Outcome.WARNING
    assert isinstance(fact, seen.Failed)
    assert words in fact.what
    assert "\x1b" not in fact.what


def test_of_what_people_publish_the_place_is_looked_at(ground: Ground, bind: Bind) -> None:
    for has_provider in (False, True):
        if has_provider:
            ground.provide(bind, "*.example.test")
        ground.want("ring.example.test", fulfillment={ChallengeType.DNS_01: "manual"})
        ground.want("alias.example.test", fulfillment={ChallengeType.DNS_01: "manual"})
        assert [(each.identifier.value, each.check, each.outcome) for each in ground.all()] == [
            ("alias.example.test", Check.CAA, Outcome.OK),
            ("alias.example.test", Check.DELEGATION, Outcome.OK),
            ("alias.example.test", Check.NAMESERVERS, Outcome.OK),
            ("ring.example.test", Check.CAA, Outcome.OK),
            ("ring.example.test", Check.DELEGATION, Outcome.WARNING),
        ]
    [(_, place)] = [each for each in ground.facts(Check.DELEGATION) if isinstance(each[1], seen.RecordPlace)]
    assert place == seen.RecordPlace(
        "_acme-challenge.alias.example.test", "alias.elsewhere.test", "test", None
    )


def test_a_program_needs_the_zone_but_no_provider(ground: Ground) -> None:
    way = (ExecMethod(("sh", "publish")),)
    ground.settings = replace(ground.settings, challenges={ChallengeType.DNS_01: way})
    ground.want("www.example.test")
    ground.want("ring.example.test")
    assert [(each.identifier.value, each.check, each.outcome) for each in ground.all()] == [
        ("ring.example.test", Check.CAA, Outcome.OK),
        ("ring.example.test", Check.LOCAL, Outcome.OK),
        ("ring.example.test", Check.DELEGATION, Outcome.WARNING),
        ("www.example.test", Check.CAA, Outcome.OK),
        ("www.example.test", Check.LOCAL, Outcome.OK),
        ("www.example.test", Check.DELEGATION, Outcome.OK),
        ("www.example.test", Check.NAMESERVERS, Outcome.OK),
    ]


def test_the_record_of_an_account_has_the_name_that_is_made_of_its_url(ground: Ground, bind: Bind) -> None:
    ground.provide(bind, "*.example.test")
    ground.want("own.example.test", "dns-account-01")
    [(_, fact)] = ground.facts()
    assert isinstance(fact, seen.NotCovered)
    assert fact.target == "own.elsewhere.test"
    ground.is_registered = False
    assert ground.facts() == [(Outcome.UNKNOWN, seen.NoAccountYet())]


def test_a_wrong_key_is_said_once_asked(ground: Ground, bind: Bind) -> None:
    ground.provide(bind, "*.example.test", key=STRANGER)
    for number in range(20):
        ground.want(f"n{number}.example.test")
    updates = bind.updates
    facts = ground.facts(Check.PROVIDER)
    assert bind.updates - updates <= 1
    assert len(set(facts)) == 1
    assert len(facts) == 20
    outcome, fact = facts[0]
    assert outcome is Outcome.WARNING
    assert isinstance(fact, seen.AccessDenied)
    assert (fact.provider, fact.zone) == ("zones", "example.test")
    assert bind.secret("update-key") not in fact.what


def test_a_secret_that_is_missing_is_said_once_and_needs_no_network(tmp_path: Path, bind: Bind) -> None:
    ground = Ground(tmp_path, bind.address)
    ground.provide(bind, "*.example.test")
    (tmp_path / "secret").unlink()
    ground.want("www.example.test")
    [(outcome, fact)] = ground.facts(Check.PROVIDER)
    assert outcome is Outcome.WARNING
    assert isinstance(fact, seen.AccessDenied)
    assert fact.zone is None
    assert "secret cannot be read: No such file" in fact.what


def test_a_server_of_the_zone_that_is_dead(tmp_path: Path) -> None:
    with Bind(BindOptions(zones={"example.test": ("www A 127.0.0.1",), "test": ()}, secondary=True)) as bind:
        primary, secondary = (server.address for server in bind.servers)
        ground = Ground(tmp_path, primary, secondary)
        ground.provide(bind, "*.example.test")
        ground.want("www.example.test")
        assert ground.facts() == []
        bind.servers[1].stop()
        [(outcome, fact)] = ground.facts()
    assert outcome is Outcome.WARNING
    assert fact == seen.ServersFail("example.test", f"{secondary} does not answer")


def test_the_answer_of_a_server_that_lags_is_an_answer(tmp_path: Path) -> None:
    with Bind(BindOptions(zones={"example.test": (), "test": ()}, lagging=True)) as bind:
        ground = Ground(tmp_path, *(server.address for server in bind.servers))
        ground.provide(bind, "*.example.test")
        ground.want("www.example.test")
        assert ground.facts() == []


def test_where_nobody_is_to_look_no_server_is_asked(ground: Ground, bind: Bind) -> None:
    ground.settings = replace(ground.settings, propagation=Propagation((bind.address,), skip=True))
    ground.provide(bind, "*.example.test")
    ground.want("www.example.test")
    assert ground.facts(Check.NAMESERVERS) == []


@pytest.mark.parametrize(
    ("name", "outcome", "fact"),
    [
        ("stood", Outcome.OK, seen.RecordStands),
        ("other", Outcome.WARNING, seen.NoRecordStands),
        ("www", Outcome.WARNING, seen.NoRecordStands),
    ],
)
def test_a_standing_record(ground: Ground, name: str, outcome: Outcome, fact: type[Fact]) -> None:
    ground.want(f"{name}.example.test", "dns-persist-01")
    [(found, what)] = ground.facts(Check.STANDING_RECORD)
    assert (found, type(what)) == (outcome, fact)
    if isinstance(what, seen.NoRecordStands):
        assert what.value == f"ca.test; accounturi={ACCOUNT}"
        assert what.record_name == f"_validation-persist.{name}.example.test"


def test_one_standing_record_is_named_for_a_name_and_its_wildcard(ground: Ground) -> None:
    ground.want("www.example.test", "dns-persist-01")
    both = (parse_identifier("www.example.test"), parse_identifier("*.www.example.test"))
    ground.specs["www.example.test"] = replace(ground.specs["www.example.test"], identifiers=both)
    wanted = f"ca.test; accounturi={ACCOUNT}; policy=wildcard"
    assert ground.facts(Check.STANDING_RECORD) == [
        (Outcome.WARNING, seen.NoRecordStands("_validation-persist.www.example.test", wanted))
    ] * len(both)


def test_a_standing_record_that_is_gone_is_noticed_before_the_renewal(ground: Ground, bind: Bind) -> None:
    for name in ("stood", "www", "other"):
        ground.want(f"{name}.example.test", "dns-persist-01")
        ground.have(f"{name}.example.test")
    ground.want("many.example.test")
    ground.have("many.example.test")
    assert [
        (each.identifier.value, each.outcome) for each in ground.all() if each.check is Check.STANDING_RECORD
    ] == [
        ("other.example.test", Outcome.WARNING),
        ("stood.example.test", Outcome.OK),
        ("www.example.test", Outcome.WARNING),
    ]
    assert "many.example.test" not in {each.certificate for each in ground.all()}
    assert Check.CAA not in {each.check for each in ground.all()}
    revoked = replace(ground.specs["www.example.test"], revoke=RevocationReason.SUPERSEDED)
    ground.specs = {"www.example.test": revoked}
    assert ground.all() == ()
    ground.specs = {"www.example.test": replace(revoked, revoke=None)}
    ground.provide(bind, "*.example.test")
    assert ground.facts() == []
    (ground.folder / "secret").unlink()
    [(outcome, fact)] = ground.facts()
    assert (outcome, type(fact)) == (Outcome.WARNING, seen.AccessDenied)


def test_a_standing_record_that_the_program_publishes_may_be_missing(ground: Ground, bind: Bind) -> None:
    ground.provide(bind, "*.example.test")
    ground.want("www.example.test", "dns-persist-01")
    assert ground.facts() == []
    assert [each.check for each in ground.all()] == [
        Check.CAA,
        Check.STANDING_RECORD,
        Check.DELEGATION,
        Check.NAMESERVERS,
        Check.PROVIDER,
    ]


def test_a_standing_record_cannot_be_told_without_an_account_or_a_name(ground: Ground) -> None:
    ground.want("www.example.test", "dns-persist-01")
    ground.ca = MemoryCA
    [(outcome, fact)] = ground.facts(Check.STANDING_RECORD)
    assert (outcome, fact) == (
        Outcome.UNKNOWN,
        seen.NoRecordStands("_validation-persist.www.example.test", None),
    )
    ground.is_registered = False
    assert ground.facts(Check.STANDING_RECORD) == [(Outcome.UNKNOWN, seen.NoAccountYet())]


@contextmanager
def listening(*addresses: str) -> Iterator[int]:
    """Listen at one port of several addresses of this machine."""
    [port] = free_ports(1)
    with ExitStack() as stack:
        for address in addresses:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            stack.enter_context(socket.create_server((address, port), family=family))
        yield port


def at_port(ground: Ground, port: int) -> None:
    ports = {ChallengeType.HTTP_01: port, ChallengeType.TLS_ALPN_01: port}
    ground.options = replace(ground.options, ports=ports)
    # Its TLS is trusted by hand: it is in this network, as these addresses are.
    ground.account = replace(ground.account, trusted_ca="PEM")


@pytest.mark.parametrize("challenge", ["http-01", "tls-alpn-01"])
def test_a_port_is_tried_at_each_address(ground: Ground, challenge: str) -> None:
    ground.want("www.example.test", challenge)
    with listening(LOOPBACK, "::1") as port:
        at_port(ground, port)
        opened = tuple(Try(each, Reach.OPEN) for each in (LOOPBACK, "::1"))
        assert ground.facts(Check.PORT) == [(Outcome.OK, seen.PortTried(port, opened, is_ours=False))]
    with listening(LOOPBACK) as port:
        at_port(ground, port)
        tries = (Try(LOOPBACK, Reach.OPEN), Try("::1", Reach.REFUSED))
        assert ground.facts(Check.PORT) == [(Outcome.WARNING, seen.PortTried(port, tries, is_ours=False))]


def test_before_a_listener_of_ours_nobody_has_the_port(ground: Ground) -> None:
    ground.want("127.0.0.1", "http-01")
    with listening(LOOPBACK) as port:
        at_port(ground, port)
        for at, outcome, is_ours in [(port, Outcome.WARNING, True), (8080, Outcome.OK, False)]:
            way = (ListenMethod((f"0.0.0.0:{at}", f"[::]:{at}")),)
            ground.settings = replace(ground.settings, challenges={ChallengeType.HTTP_01: way})
            tried = seen.PortTried(port, (Try(LOOPBACK, Reach.OPEN),), is_ours)
            assert ground.facts(Check.PORT) == [(outcome, tried)]
    assert [outcome for outcome, _ in ground.facts(Check.PORT)] == [Outcome.OK]
    way2 = (WebrootMethod("/srv/acme"),)
    ground.settings = replace(ground.settings, challenges={ChallengeType.HTTP_01: way2})
    assert [outcome for outcome, _ in ground.facts(Check.PORT)] == [Outcome.WARNING]


def test_what_this_machine_lacks_is_said_before(ground: Ground, tmp_path: Path) -> None:
    ground.want("www.example.test", "http-01")
    ground.want("many.example.test", "http-01")
    with listening(LOOPBACK, "::1") as port:
        at_port(ground, port)
        ways: list[ConfiguredMethod] = [
            WebrootMethod("web"),
            ExecMethod(("./publish",)),
            ListenMethod((f"{LOOPBACK}:{port}",)),
        ]
        words = ["is no folder", "no such program", f"cannot listen at {LOOPBACK}:{port}: another program"]
        for way, what in zip(ways, words, strict=True):
            ground.settings = replace(ground.settings, challenges={ChallengeType.HTTP_01: (way,)})
            [(outcome, fact), again] = ground.facts(Check.LOCAL)
            assert again == (outcome, fact)
            assert outcome is Outcome.WARNING
            assert isinstance(fact, seen.LocalObstacle)
            assert fact.method == way.method
            assert what in fact.what
        (tmp_path / "web").mkdir()
        ground.settings = replace(ground.settings, challenges={ChallengeType.HTTP_01: (ways[0],)})
        assert ground.facts(Check.LOCAL) == [(Outcome.OK, seen.LocalReady(ways[0].method))] * 2
    assert list((tmp_path / "web").iterdir()) == []


def test_a_program_for_records_has_to_be_there_as_well(ground: Ground) -> None:
    way = ExecMethod(("./publish",))
    ground.settings = replace(ground.settings, challenges={ChallengeType.DNS_01: (way,)})
    ground.want("www.example.test")
    [(outcome, fact)] = ground.facts()
    assert (outcome, type(fact)) == (Outcome.WARNING, seen.LocalObstacle)


def test_a_public_ca_does_not_reach_an_inner_address(ground: Ground) -> None:
    ground.want("www.example.test", "http-01")
    with listening(LOOPBACK, "::1") as port:
        at_port(ground, port)
        ground.account = replace(ground.account, trusted_ca=None)
        assert ground.facts() == [(Outcome.WARNING, seen.NotPublic((LOOPBACK, "::1")))]


def test_a_name_without_an_address_and_one_with_many(ground: Ground) -> None:
    ground.want("nowhere.example.test", "http-01")
    assert ground.facts() == [(Outcome.WARNING, seen.NoAddress())]
    ground.specs.clear()
    ground.want("many.example.test", "http-01")
    at_port(ground, free_ports(1)[0])
    [(_, fact)] = ground.facts(Check.PORT)
    assert isinstance(fact, seen.PortTried)
    assert len(fact.tries) == 4


def test_an_order_under_way_is_looked_at_as_it_is(ground: Ground, bind: Bind) -> None:
    ground.provide(bind, "*.example.test")
    ground.want("ring.example.test", "http-01")
    chosen = replace(
        authorization("ring.example.test", chosen=ChallengeType.DNS_PERSIST_01, types=()),
        challenges=(
            Challenge(
                "dns-persist-01",
                "https://ca.test/c",
                Status.PENDING,
                issuer_domain_names=("issuer.test",),
            ),
        ),
    )
    under_way = replace(
        order("ring.example.test", "ring.example.test", stage=Stage.SUBMITTED),
        authorizations=(chosen,),
        status=Status.PENDING,
        order_url="https://ca.test/order/1",
    )
    ground.orders = {"ring.example.test": under_way}
    [(_, fact)] = ground.facts(Check.STANDING_RECORD)
    assert isinstance(fact, seen.NoRecordStands)
    assert fact.value == f"issuer.test; accounturi={ACCOUNT}"
    done = replace(under_way, authorizations=(replace(chosen, status=Status.VALID),))
    ground.orders = {"ring.example.test": done}
    assert [each.check for each in ground.all()] == [Check.CAA]


@contextmanager
def black_hole() -> Iterator[str]:
    """Return the address of a name server that takes questions and never answers."""
    [port] = free_ports(1)
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
        socket.create_server((LOOPBACK, port)),
    ):
        datagrams.bind((LOOPBACK, port))
        yield f"{LOOPBACK}:{port}"


def test_where_nobody_answers_all_is_unknown_in_time(tmp_path: Path, bind: Bind) -> None:
    with black_hole() as address:
        ground = Ground(tmp_path, address)
        ground.provide(bind, "*.example.test")
        ground.options = replace(ground.options, seconds=1.0, threads=4)
        for number in range(30):
            ground.want(f"n{number}.example.test", "dns-01" if number % 2 else "http-01")
        began = time.monotonic()
        facts = ground.facts()
        assert time.monotonic() - began < 3
    assert set(facts) == {(Outcome.UNKNOWN, seen.OutOfTime())}
    assert len(facts) == 60


def test_a_name_server_that_is_away_is_one_fault(tmp_path: Path) -> None:
    [port] = free_ports(1)
    ground = Ground(tmp_path, f"{LOOPBACK}:{port}")
    for number in range(6):
        ground.want(f"n{number}.example.test", "http-01")
    [(outcome, fact)] = set(ground.facts())
    assert outcome is Outcome.UNKNOWN
    assert isinstance(fact, seen.Failed)
    assert fact.what.startswith(f"the name server {LOOPBACK}:{port} did not tell ({LOOPBACK}:{port} ")


def test_threads_that_ask_one_thing_wait_for_one_answer(ground: Ground) -> None:
    for number in range(50):
        ground.want(f"n{number}.example.test", "http-01")
    ground.all()
    assert ground.server.requests["directory"] == 0
    ground.specs = {
        f"c{number}": replace(next(iter(ground.specs.values())), name=f"c{number}") for number in range(50)
    }
    before = threading.active_count()
    assert len(ground.all()) == 100
    assert threading.active_count() <= before + 16
