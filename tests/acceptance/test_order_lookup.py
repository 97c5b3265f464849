"""An order by its id, by the beginning of that, or by the name of its certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler.model.order import Stage, Status
from reconciler.model.role import ChallengeType
from reconciler.store import Store
from tests.acceptance.trees import write_account, write_waiting_order
from tests.unit import values

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import RunProgram

OLD, NEW, OTHER = (f"0197{each}-0000-7000-8000-000000000001" for each in ("0000", "1000", "2000"))


@pytest.fixture
def orders(tree: Path) -> Store:
    """Leave two orders of one certificate, the older archived, and one of another."""
    store = Store(tree / "state")
    write_account(tree)
    for order_id, name in ((OLD, "shop/www"), (NEW, "shop/www"), (OTHER, "cafe")):
        store.save_order(replace(values.order(name, stage=Stage.ERROR), order_id=order_id))
    store.archive_order(OLD)
    return store


@pytest.mark.parametrize(
    ("text", "order_id"),
    [
        (OLD, OLD),
        ("01970", OLD),
        ("01971000-", NEW),
        ("01972", OTHER),
        ("shop/www", NEW),
        ("cafe", OTHER),
    ],
)
def test_an_order_is_found(orders: Store, program: RunProgram, text: str, order_id: str) -> None:
    assert program("order", "show", text, "--format", "json").document["order_id"] == order_id


def test_an_archived_order_is_found_where_there_is_no_other(orders: Store, program: RunProgram) -> None:
    orders.archive_order(OTHER)
    assert program("order", "show", "cafe", "--format", "json").document["order_id"] == OTHER


def test_a_beginning_of_several_orders(orders: Store, program: RunProgram) -> None:
    ran = program("order", "show", "0197")
    assert ran.code == 1
    several = f"several orders begin with 0197: {OLD} (shop/www), {NEW} (shop/www), {OTHER} (cafe)"
    assert several in " ".join(ran.err.split())


@pytest.mark.parametrize(
    "text", ["shop", "../orders", "0198", "ffff", "", "%", OLD.replace("1", "2"), f"{OLD}0"]
)
def test_what_is_no_order(orders: Store, program: RunProgram, text: str) -> None:
    ran = program("order", "show", text)
    assert ran.code == 1
    assert "there is no order" in ran.err


def test_every_command_takes_a_name(tree: Path, program: RunProgram) -> None:
    write_account(tree)
    waiting = write_waiting_order(tree)
    assert waiting.order_id in program("order", "challenges", "www").out
    assert waiting.order_id in program("order", "fulfilled", "www").out
    revoked = " ".join(program("order", "revoke", "www").err.split())
    assert (
        f"the order {waiting.order_id} is notify_acme_server_challenges_completed: it has no certificate"
        in revoked
    )
    assert waiting.order_id in program("order", "cancel", "www").out
    assert waiting.order_id in program("order", "retry", "www").out


def test_what_people_may_remove_once_an_order_is_over(tree: Path, program: RunProgram) -> None:
    write_account(tree)
    done = tuple(
        replace(values.authorization(name, Status.VALID, chosen=chosen), by_hand=True, fulfilled=True)
        for name, chosen in (
            ("a.example.com", ChallengeType.HTTP_01),
            ("b.example.com", ChallengeType.DNS_01),
            ("c.example.com", ChallengeType.TLS_ALPN_01),
        )
    )
    ours = replace(values.authorization("d.example.com", chosen=ChallengeType.DNS_01), fulfilled=True)
    order = replace(values.order(stage=Stage.COMPLETED), authorizations=(*done, ours))
    Store(tree / "state").save_order(order)
    lines = program("order", "show", "www").out.splitlines()
    start = lines.index("  What people have published for it can be removed, if it is still there:")
    url, record, certificate = (each.strip() for each in lines[start + 1 :])
    assert url == "http://a.example.com/.well-known/acme-challenge/token-http-01"
    assert record.startswith('_acme-challenge.b.example.com. TXT "')
    assert certificate == "the certificate for c.example.com by ALPN acme-tls/1"
    Store(tree / "state").save_order(replace(order, stage=Stage.PROCESSING_CHALLENGE))
    assert "can be removed" not in program("order", "show", "www").out
