"""What has to be where; the values of RFC 8555 and its relatives."""

from __future__ import annotations

from msgspec.structs import replace

from reconciler.model.account import Responder
from reconciler.model.identifier import parse_identifier
from reconciler.model.instruction import Instruction
from reconciler.model.order import Authorization, Challenge, Status
from reconciler.model.role import ChallengeType
from reconciler.orders.instructions import (
    DnsInstruction,
    HttpInstruction,
    TlsAlpnInstruction,
    explain,
    instructions_for,
)
from reconciler.orders.records import challenge_records
from tests.unit.values import authorization, order

# The digest is what openssl says of it: openssl dgst -sha256 -binary | base64, as base64url without padding.
KEY_AUTHORIZATION = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA.NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
DIGEST = "ZTRx1Ckl1-tM05o5zaizTTA0yUy5AGereMgSNWC6Ll8"


def instruction(identifier: str, challenge_type: ChallengeType) -> Instruction:
    token = KEY_AUTHORIZATION.partition(".")[0]
    return Instruction("order", "www", parse_identifier(identifier), challenge_type, token, KEY_AUTHORIZATION)


def test_http_01() -> None:
    found = explain(instruction("www.example.com", ChallengeType.HTTP_01))
    path = ".well-known/acme-challenge/evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"
    assert found == HttpInstruction(f"http://www.example.com/{path}", path, KEY_AUTHORIZATION)


def test_http_01_for_an_ipv6_address() -> None:
    found = explain(instruction("2001:db8::1", ChallengeType.HTTP_01))
    assert isinstance(found, HttpInstruction)
    assert found.url.startswith("http://[2001:db8::1]/.well-known/")


def test_dns_01_of_a_name_and_of_its_wildcard_share_one_record_name() -> None:
    plain = explain(instruction("example.com", ChallengeType.DNS_01))
    wildcard = explain(instruction("*.example.com", ChallengeType.DNS_01))
    assert plain == wildcard == DnsInstruction("_acme-challenge.example.com", DIGEST)


def test_tls_alpn_01_asks_for_an_address_by_its_reverse_name() -> None:
    name = explain(instruction("www.example.com", ChallengeType.TLS_ALPN_01))
    address = explain(instruction("192.0.2.1", ChallengeType.TLS_ALPN_01))
    assert name == TlsAlpnInstruction("www.example.com")
    assert address == TlsAlpnInstruction("1.2.0.192.in-addr.arpa")


def test_only_chosen_and_pending_challenges_have_instructions() -> None:
    chosen = authorization("a.example.com", chosen=ChallengeType.DNS_01)
    unchosen = authorization("b.example.com")
    found = instructions_for(replace(order(), authorizations=(chosen, unchosen)), Responder("thumb"))
    assert [(each.identifier.value, each.key_authorization) for each in found] == [
        ("a.example.com", "token-dns-01.thumb")
    ]


def test_one_standing_record_serves_a_name_and_its_wildcard() -> None:
    persist = Challenge(
        "dns-persist-01", "https://ca.test/c", Status.PENDING, issuer_domain_names=("ca.test",)
    )
    name, wildcard, other = (
        replace(authorization(each, chosen=ChallengeType.DNS_PERSIST_01), challenges=(persist,))
        for each in ("example.com", "*.example.com", "www.example.com")
    )

    def records(*authorizations: Authorization) -> set[str]:
        wanted = instructions_for(replace(order(), authorizations=authorizations), Responder("thumb", "URL"))
        return {each.zone_line for each in challenge_records(wanted)}

    place = '_validation-persist.example.com. 3600 IN TXT "ca.test; accounturi=URL'
    of_other = '_validation-persist.www.example.com. 3600 IN TXT "ca.test; accounturi=URL"'
    assert records(name, wildcard, other) == {f'{place}; policy=wildcard"', of_other}
    assert records(name, other) == {f'{place}"', of_other}
    # Nothing is needed for a wildcard that is validated already.
    assert records(name, replace(wildcard, status=Status.VALID)) == {f'{place}"'}
