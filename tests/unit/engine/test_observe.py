"""Orders that belong to one certificate, and what was delivered of many."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from reconciler.deliver.certificates import deliver, digests, file_changes
from reconciler.engine import observe as observing
from reconciler.engine.observe import observe
from reconciler.model.order import Stage
from reconciler.store import Store
from tests.unit import values

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.observed import FileChanges
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


@pytest.mark.parametrize("fails", [False, True])
def test_of_many_certificates_half_are_looked_at_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, fails: bool
) -> None:
    store, names = Store(tmp_path / "state"), [f"w{number}" for number in range(8)]
    contents = {"cert.pem": b"a", "chain.pem": b"b"}
    for name in names:
        store.save_certificate(replace(values.certificate(), name=name, files=digests(contents)))
        deliver(tmp_path / "certs" / name, contents)
    for name in ("w2", "w3", "w7"):
        (tmp_path / "certs" / name / "cert.pem").write_bytes(b"other")
    here, expected = os.getpid(), observe(store, tmp_path / "certs")
    monkeypatch.setattr(observing, "_WORTH_A_PROCESS", 8)
    monkeypatch.setattr(observing, "processors", lambda: 2)
    monkeypatch.setattr("reconciler.forked.threading.active_count", lambda: 1)  # others may have left some
    looked_at: list[str] = []

    def look(folder: str, *of: Any) -> FileChanges:  # noqa: ANN401 - the rest of its arguments
        if fails and os.getpid() != here:
            raise ValueError
        looked_at.append(folder.rpartition("/")[2])
        return file_changes(folder, *of)

    monkeypatch.setattr(observing, "file_changes", look)
    found = observe(store, tmp_path / "certs")
    assert found == expected
    assert list(found.file_changes) == ["w2", "w3", "w7"]
    # What is not as it should be is looked at here again, or all, if nothing was heard.
    beside = names[1::2] if fails else ["w3", "w7"]
    assert looked_at == [*names[::2], *beside]
