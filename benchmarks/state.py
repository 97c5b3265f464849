"""States in which every certificate is issued already, made without a CA."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from unittest import mock

import trustme

from benchmarks.tree import ACCOUNT, ROLE
from reconciler.deliver.certificates import deliver, digests
from reconciler.model.account import Account, AccountKey, KeyType
from reconciler.model.certificate import Certificate
from reconciler.model.identifier import parse_identifier
from reconciler.model.order import Authorization, Order, OrderFile, Stage, Status, new_order_id
from reconciler.model.role import ChallengeType
from reconciler.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from reconciler.model.identifier import Identifier

_CA = "https://ca.example"
_DAY = dt.timedelta(days=1)


def write_state(tree: Path, directory_url: str, certificates: Mapping[str, Iterable[str]]) -> None:
    """Write what `apply` leaves behind: account, orders, certificates and delivered files.

    The program's own writers do it, so that it looks as it does in life. All have one key and chain: a plan
    sees of them only whether they are still what was written.

    Args:
        tree: its root.
        directory_url: of the account.
        certificates: their identifiers, by name.
    """
    now = dt.datetime.now(dt.UTC)
    store = Store(tree / "state")
    contents = _contents()
    # Ten thousand certificates are a hundred thousand files: nobody needs these to outlive a power failure.
    with mock.patch("os.fsync", _no_sync), store.lock("benchmark", now):
        key = AccountKey(0, KeyType.EC_256, now, "thumbprint")
        url = f"{_CA}/account/1"
        store.save_account(Account(ACCOUNT, directory_url, (key,), 0, now, now, url))
        store.save_account_key(ACCOUNT, 0, contents["privkey.pem"])
        for name, texts in certificates.items():
            identifiers = tuple(parse_identifier(text) for text in texts)
            order = _order(name, identifiers, now)
            store.save_order(order)
            for file in OrderFile:
                store.save_order_file(order.order_id, file, contents.get(file, b"-"))
            store.save_certificate(_certificate(order, digests(contents), now))
            deliver(tree / "certs" / name, contents)


def _no_sync(_: int) -> None:
    """Do nothing: unlike a mock's, a million calls of this are not remembered."""


def _contents() -> dict[str, bytes]:
    authority = trustme.CA()
    issued = authority.issue_cert("www.example.com")
    leaf, chain = issued.cert_chain_pems[0].bytes(), authority.cert_pem.bytes()
    key = issued.private_key_pem.bytes()
    return {"privkey.pem": key, "cert.pem": leaf, "chain.pem": chain, "fullchain.pem": leaf + chain}


def _order(name: str, identifiers: tuple[Identifier, ...], now: dt.datetime) -> Order:
    order_id = new_order_id(now)
    authorizations = tuple(
        Authorization(
            f"{_CA}/authorization/{order_id}/{each.value}",
            each,
            Status.PENDING,
            challenge_type=ChallengeType.HTTP_01,
            fulfilled=True,
            answered=True,
        )
        for each in identifiers
    )
    return Order(
        order_id=order_id,
        certificate_name=name,
        role_name=ROLE,
        account_name=ACCOUNT,
        identifiers=identifiers,
        key_type=KeyType.EC_256,
        creation_date=now,
        last_update=now,
        stage=Stage.COMPLETED,
        status=Status.VALID,
        order_url=f"{_CA}/order/{order_id}",
        authorization_urls=tuple(each.url for each in authorizations),
        authorizations=authorizations,
        serial_number="03:e7",
    )


def _certificate(order: Order, files: Mapping[str, str], now: dt.datetime) -> Certificate:
    return Certificate(
        name=order.certificate_name,
        role_name=ROLE,
        account_name=ACCOUNT,
        identifiers=order.identifiers,
        key_type=order.key_type,
        order_id=order.order_id,
        serial_number="03:e7",
        issuer="CN=benchmark",
        not_before=now - _DAY,
        not_after=now + 89 * _DAY,
        files=files,
    )
