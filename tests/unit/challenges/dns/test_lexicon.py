"""The library dns-lexicon, with a PowerDNS."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dns.flags
import dns.message
import dns.query
import pytest

from reconciler.challenges.dns.lexicon import LexiconPublisher
from reconciler.challenges.dns.lexicon_api import new_provider
from reconciler.challenges.dns.port import TxtRecord
from reconciler.errors import ChallengeError
from reconciler.model.dns_provider import Lexicon
from tests.unit.challenges.dns.contract import (
    NAME,
    OURS,
    SECRET,
    TTL,
    ZONE,
    PublisherContract,
    Rig,
    silent_server,
)
from tools.powerdns import PowerDns, powerdns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_POWERDNS = Lexicon("powerdns")


@dataclass
class PowerDnsRig(Rig):
    server: PowerDns
    requests_for_many = 20

    def publisher(self, key: str | None = None) -> LexiconPublisher:
        options = {"pdns_server": self.server.url, "auth_token": key or self.server.key}
        return LexiconPublisher(_POWERDNS, TTL, options)

    def publisher_of_nobody(self) -> LexiconPublisher:
        return self.publisher(SECRET)

    def publisher_into_the_void(self, port: int) -> LexiconPublisher:
        options = {"pdns_server": f"http://127.0.0.1:{port}", "auth_token": SECRET}
        return LexiconPublisher(_POWERDNS, TTL, options, timeout=0.3)

    def put(self, name: str, values: list[str], ttl: int) -> None:
        self.server.put_txt(ZONE, name, values, ttl)

    def get(self, name: str) -> tuple[set[str], int] | None:
        """Ask by DNS, as a CA does."""
        query = dns.message.make_query(name, "TXT", flags=0)
        answer = dns.query.tcp(query, "127.0.0.1", timeout=5, port=self.server.port)
        assert answer.flags & dns.flags.AA
        if not answer.answer:
            return None
        return {b"".join(each.strings).decode() for each in answer.answer[0]}, answer.answer[0].ttl

    @property
    def changes(self) -> int:
        return self.server.serial(ZONE)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PowerDns]:
    with powerdns(tmp_path_factory.mktemp("powerdns")) as server:
        yield server


@pytest.fixture
def rig(server: PowerDns) -> Iterator[PowerDnsRig]:
    server.add_zone(ZONE)
    yield PowerDnsRig(server)
    server.remove_zone(ZONE)


class TestContract(PublisherContract):
    """All that every publisher does."""


def test_a_zone_below_another_is_changed_without_a_guess(
    rig: PowerDnsRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Neither the list of public suffixes nor the system's resolver is asked: both would know better.
    monkeypatch.setattr("dns.resolver.zone_for_name", _unwanted)
    monkeypatch.setattr("tldextract.TLDExtract.__call__", _unwanted)
    zone = f"internal.dept.{ZONE}"
    rig.server.add_zone(zone)
    try:
        record = TxtRecord(f"_acme-challenge.host.{zone}", "below")
        rig.publisher().change(zone, [record], [])
        assert rig.get(record.name) == ({"below"}, TTL)
    finally:
        rig.server.remove_zone(zone)


def test_nothing_is_taken_from_the_environment(rig: PowerDnsRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEXICON_POWERDNS_AUTH_TOKEN", rig.server.key)
    publisher = LexiconPublisher(_POWERDNS, TTL, {"pdns_server": rig.server.url})
    with pytest.raises(ChallengeError, match="auth_token"):
        publisher.check_access(ZONE)


def test_a_provider_that_there_is_not_is_named() -> None:
    with pytest.raises(ChallengeError, match="no provider 'typo'"):
        LexiconPublisher(Lexicon("typo"), TTL, {}).change(ZONE, [OURS], [])
    with pytest.raises(ChallengeError, match=r"no provider '\.\.evil'"):
        LexiconPublisher(Lexicon("..evil"), TTL, {}).check_access(ZONE)


def test_what_a_provider_raises_is_shown_without_options(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: object) -> None:
        raise RuntimeError(f"POST https://api.test/?key={SECRET} with {SECRET!r}: quota is used up")

    monkeypatch.setattr("lexicon._private.providers.powerdns.Provider.authenticate", refuse)
    options = {"pdns_server": "http://127.0.0.1:9", "auth_token": SECRET}
    with pytest.raises(ChallengeError, match="quota is used up") as caught:
        LexiconPublisher(_POWERDNS, TTL, options).check_access(ZONE)
    assert SECRET not in str(caught.value)


def test_a_record_that_is_not_made_is_seen(rig: PowerDnsRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lexicon._private.providers.powerdns.Provider.create_record", lambda *_: False)
    with pytest.raises(ChallengeError, match=f"did not make the TXT record {NAME}"):
        rig.publisher().change(ZONE, [OURS], [])


def test_a_server_that_is_not_there_is_said_not_to_answer() -> None:
    with silent_server() as port:
        pass
    options = {"pdns_server": f"http://127.0.0.1:{port}", "auth_token": SECRET}
    with pytest.raises(ChallengeError, match="does not answer"):
        LexiconPublisher(_POWERDNS, TTL, options).check_access(ZONE)


def _unwanted(*_: object, **__: object) -> Any:  # noqa: ANN401
    pytest.fail("somebody was asked who should not be")


def test_providers_that_take_names_apart_fetch_no_list(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    new_provider("powerdns", {"pdns_server": "http://127.0.0.1:9", "auth_token": SECRET}, ZONE, TTL)
    tldextract = importlib.import_module("tldextract")
    cache = importlib.import_module("tldextract.cache").DiskCache(str(tmp_path))
    # As if it had never been asked.
    monkeypatch.setattr(tldextract.tldextract.TLD_EXTRACTOR, "_cache", cache)
    monkeypatch.setattr(tldextract.tldextract.TLD_EXTRACTOR, "_extractor", None)
    monkeypatch.setattr("requests.Session.send", _unwanted)
    assert tldextract.extract("www.example.co.uk").domain == "example"
