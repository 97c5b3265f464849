"""Orders that belong to one certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.engine.observe import observe
from reconciler.model.order import Stage
from reconciler.store import Store
from tests.unit import values

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.order import Order


def order(number: int, stage: Stage = Stage.SUBMITTED, previous: int | None = None) -> Order:
    return replace(
        values.order(stage=stage),
        order_id=f"0197299e-0000-7000-8000-{number:012}",
        previous_order_id=f"0197299e-0000-7000-8000-{previous:012}" if previous else None,
    )


def test_an_order_that_another_replaces_is_none_too_many(tmp_path: Path) -> None:
    store = Store(tmp_path / "state")
    for each in (order(1, Stage.ERROR), order(2, previous=1)):
        store.save_order(each)
    seen = observe(store, tmp_path / "certs")
    assert seen.orders == {"www": order(2, previous=1)}
    assert seen.surplus == ()


def test_of_two_orders_that_know_nothing_of_each_other_the_newer_counts(tmp_path: Path) -> None:
    store = Store(tmp_path / "state")
    for each in (order(1), order(2), order(3, Stage.ERROR)):
        store.save_order(each)
    seen = observe(store, tmp_path / "certs")
    assert seen.orders == {"www": order(2)}
    assert seen.surplus == (order(3, Stage.ERROR), order(1))


def test_a_certificate_is_not_replaced_by_an_older_one(tmp_path: Path) -> None:
    store = Store(tmp_path / "state")
    newest = order(5, Stage.COMPLETED)
    store.save_order(order(4, Stage.COMPLETED))
    store.save_order(newest)
    store.save_certificate(replace(values.certificate(), order_id=newest.order_id))
    seen = observe(store, tmp_path / "certs")
    assert seen.orders == {}
    assert seen.surplus == (order(4, Stage.COMPLETED),)


def test_a_certificate_that_was_issued_and_is_not_in_force_yet_comes_next(tmp_path: Path) -> None:
    store = Store(tmp_path / "state")
    store.save_order(order(5, Stage.COMPLETED))
    store.save_certificate(replace(values.certificate(), order_id=order(4).order_id))
    assert observe(store, tmp_path / "certs").orders == {"www": order(5, Stage.COMPLETED)}
