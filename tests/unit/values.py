"""Values to test with."""

from __future__ import annotations

import datetime as dt

from reconciler.model.account import Account, AccountKey, AccountSpec, KeyType
from reconciler.model.certificate import Certificate, CertificateSpec
from reconciler.model.finding import Location
from reconciler.model.identifier import Identifier, parse_identifier
from reconciler.model.order import Authorization, Challenge, Order, Stage, Status
from reconciler.model.places import KnownPlaces
from reconciler.model.role import ChallengeType, Role

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
HERE = Location("certificates/www.yaml", 1, 1)


def names(*texts: str) -> tuple[Identifier, ...]:
    return tuple(parse_identifier(text) for text in texts)


def role(name: str = "web", account: str = "ca", key_type: KeyType = KeyType.EC_256) -> Role:
    return Role(name, account, HERE, HERE, csr_generate_key_type=key_type)


def account_spec(name: str = "ca") -> AccountSpec:
    return AccountSpec(name, "https://ca.test/directory", HERE)


def account(name: str = "ca") -> Account:
    key = AccountKey(0, KeyType.EC_256, NOW, "thumbprint")
    return Account(name, "https://ca.test/directory", (key,), 0, NOW, NOW, "https://ca.test/account/1")


def spec(name: str = "www", *identifiers: str, of: Role | None = None) -> CertificateSpec:
    parsed = names(*(identifiers or ("www.example.com",)))
    return CertificateSpec(name, of or role(), parsed, HERE, KnownPlaces(tuple(HERE for _ in parsed)))


def certificate(name: str = "www", *identifiers: str, age: dt.timedelta = DAY) -> Certificate:
    return Certificate(
        name=name,
        role_name="web",
        account_name="ca",
        identifiers=names(*(identifiers or ("www.example.com",))),
        key_type=KeyType.EC_256,
        order_id="0197299e-0000-7000-8000-000000000001",
        serial_number="03:e7",
        issuer="CN=test",
        not_before=NOW - age,
        not_after=NOW - age + 90 * DAY,
        files={"cert.pem": "00"},
    )


def order(name: str = "www", *identifiers: str, stage: Stage = Stage.SUBMITTED) -> Order:
    return Order(
        order_id="0197299e-0000-7000-8000-000000000002",
        certificate_name=name,
        role_name="web",
        account_name="ca",
        identifiers=names(*(identifiers or ("www.example.com",))),
        key_type=KeyType.EC_256,
        creation_date=NOW,
        last_update=NOW,
        stage=stage,
    )


def authorization(
    identifier: str = "www.example.com",
    status: Status = Status.PENDING,
    types: tuple[str, ...] = ("http-01", "dns-01", "tls-alpn-01"),
    chosen: ChallengeType | None = None,
) -> Authorization:
    challenges = tuple(
        Challenge(each, f"https://ca.test/{each}", Status.PENDING, f"token-{each}") for each in types
    )
    parsed = parse_identifier(identifier)
    return Authorization("https://ca.test/authorization", parsed, status, challenges, challenge_type=chosen)
