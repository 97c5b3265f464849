"""Who fulfils which challenge."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from reconciler.model.dns_provider import DnsProvider, Rfc2136
from reconciler.model.finding import Location
from reconciler.model.fulfillment import ExecMethod, ListenMethod, Method, Way, WebrootMethod
from reconciler.model.identifier import parse_identifier
from reconciler.model.role import ChallengeType
from reconciler.orders.methods import (
    PlannedChallenge,
    automatic_method,
    automatic_methods,
    closest_entry,
    covering_provider,
    planned_challenges,
)
from tests.unit.values import names, role, spec

HTTP, DNS, ALPN = ChallengeType.HTTP_01, ChallengeType.DNS_01, ChallengeType.TLS_ALPN_01
CORP = Method(Way.DNS_PROVIDER, "corp")


def provider(name: str, *identifiers: str) -> DnsProvider:
    return DnsProvider(name, Location("x", 1, 1), identifiers, Rfc2136("192.0.2.53"))


PROVIDERS = {
    each.name: each for each in (provider("corp", "*.example.com"), provider("other", "example.net"))
}


@pytest.mark.parametrize(
    ("name", "entries", "covered"),
    [
        ("www.example.com", ["www.example.com"], True),
        ("www.example.com", ["*.example.com"], True),
        ("a.b.example.com", ["*.example.com"], True),
        ("example.com", ["*.example.com"], False),
        ("*.example.com", ["*.example.com"], True),
        ("*.example.com", ["example.com"], True),
        ("*.example.com", ["*.com"], True),
        ("evilexample.com", ["*.example.com"], False),
        ("www.example.com", ["*"], True),
        ("www.example.com", [], False),
        ("192.0.2.1", ["192.0.2.1"], True),
        ("2001:db8::1", ["*.example.com"], False),
        ("_acme-challenge.www.example.com", ["www.example.com"], True),
        ("_abc._acme-challenge.www.example.com", ["www.example.com"], True),
        ("_acme-challenge.www.example.com", ["*.www.example.com"], False),
    ],
)
def test_coverage(name: str, entries: list[str], *, covered: bool) -> None:
    assert (closest_entry(name, entries) >= 0) is covered


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("a.shop.example.com", "shop"),
        ("www.shop.example.com", "exact"),
        ("www.example.com", "all"),
        ("www.example.org", "any"),
    ],
)
def test_the_nearest_provider_is_taken(name: str, nearest: str) -> None:
    found = covering_provider(
        name,
        [
            provider("any", "*"),
            provider("all", "*.example.com"),
            provider("shop", "*.shop.example.com"),
            provider("exact", "www.shop.example.com"),
        ],
    )
    assert found is not None
    assert found.name == nearest


def test_of_equals_the_first_by_name() -> None:
    found = covering_provider(
        "a.example.com", [provider("b", "*.example.com"), provider("a", "*.example.com")]
    )
    assert found is not None
    assert found.name == "a"


WEB = WebrootMethod("/srv/acme", ("*.example.com",))
LISTEN = ListenMethod(("0.0.0.0:80",))
HOOK = ExecMethod(("./publish", "x"))


def test_the_first_way_that_is_for_the_name_counts() -> None:
    configured = {HTTP: (WEB, LISTEN)}
    asked = spec("www", "www.example.com", "www.example.org")
    first, second = (automatic_methods(each, asked, configured, {}) for each in asked.identifiers)
    assert first == {HTTP: Method(Way.WEBROOT, "/srv/acme")}
    assert second == {HTTP: Method(Way.LISTEN, "0.0.0.0:80")}


def test_what_the_settings_name_goes_before_providers() -> None:
    [name] = names("www.example.com")
    assert automatic_methods(name, spec(), {DNS: (HOOK,)}, PROVIDERS)[DNS] == Method(Way.EXEC, "./publish x")
    assert automatic_methods(name, spec(), {}, PROVIDERS) == {DNS: CORP}


def test_certificates_go_before_roles_and_these_before_the_settings() -> None:
    [name] = names("www.example.com")
    chosen = replace(role(), fulfillment={DNS: "other", HTTP: "manual"})
    by_role = spec(of=chosen)
    assert automatic_methods(name, by_role, {HTTP: (LISTEN,)}, PROVIDERS) == {
        DNS: Method(Way.DNS_PROVIDER, "other")
    }
    by_certificate = replace(by_role, fulfillment={DNS: "manual"})
    assert automatic_methods(name, by_certificate, {HTTP: (LISTEN,)}, PROVIDERS) == {}


def test_an_alias_is_what_is_to_be_covered() -> None:
    [name] = names("www.example.com")
    alias = "_acme-challenge.example.net"
    found = automatic_method(name, DNS, spec(), {}, PROVIDERS, alias)
    assert found == Method(Way.DNS_PROVIDER, "other", alias)
    assert automatic_method(name, DNS, spec(), {}, PROVIDERS, "x.example.org") is None


def test_addresses_and_wildcards_get_what_can_be_for_them() -> None:
    asked = spec("all", "*.example.com", "192.0.2.1")
    wildcard, address = (
        automatic_methods(each, asked, {HTTP: (LISTEN,)}, {"any": provider("any", "*")})
        for each in asked.identifiers
    )
    assert (list(wildcard), list(address)) == ([DNS], [HTTP])


def test_the_plan_shows_who_would_do_it() -> None:
    asked = spec("all", "www.example.com", "*.example.com", "www.example.org")
    assert planned_challenges(asked, {}, PROVIDERS) == (
        PlannedChallenge(parse_identifier("www.example.com"), DNS, CORP),
        PlannedChallenge(parse_identifier("*.example.com"), DNS, CORP),
        PlannedChallenge(parse_identifier("www.example.org"), HTTP, None),
    )
    nothing = replace(spec("all", "*.example.com"), challenge_type=HTTP)
    assert planned_challenges(nothing, {}, PROVIDERS) == (
        PlannedChallenge(parse_identifier("*.example.com"), None, None),
    )
