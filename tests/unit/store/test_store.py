"""The state directory."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from reconciler.errors import StateError, StateLockedError, UnknownResourceError
from reconciler.model.order import OrderFile
from reconciler.store import Store
from tests.unit.values import NOW, account, certificate, order


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "state")


def test_a_state_that_is_not_there_is_empty(store: Store) -> None:
    assert (store.accounts(), store.certificates(), store.orders(), store.archived_orders()) == (
        {},
        {},
        {},
        {},
    )
    assert not store.root.exists()


def test_records_come_back_as_they_were(store: Store) -> None:
    store.save_account(account())
    store.save_certificate(certificate("shop/www"))
    store.save_order(order())
    assert store.accounts() == {"ca": account()}
    assert store.certificates() == {"shop/www": certificate("shop/www")}
    assert store.order(order().order_id) == order()
    assert store.orders(without=[order().order_id]) == {}


def test_keys_are_for_nobody_else_whatever_the_umask(store: Store) -> None:
    before = os.umask(0)
    try:
        store.save_account_key("ca", 0, b"key")
        store.save_order_file(order().order_id, OrderFile.PRIVATE_KEY, b"key")
    finally:
        os.umask(before)
    for path in (
        store.root / "accounts/ca/key-0.pem",
        store.root / "orders" / order().order_id / "privkey.pem",
    ):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_archived_orders_keep_what_belongs_to_them(store: Store) -> None:
    store.save_order(order())
    store.save_order_file(order().order_id, OrderFile.PRIVATE_KEY, b"key")
    store.archive_order(order().order_id)
    assert store.orders() == {}
    assert store.order(order().order_id) == order()
    assert store.order_file(order().order_id, OrderFile.PRIVATE_KEY) == b"key"
    store.archive_order(order().order_id)  # once more, as after being killed in between


@pytest.mark.parametrize("order_id", ["nothing", "", "../meta", "/etc/passwd", "../certificates/www"])
def test_an_order_that_is_not_there(store: Store, order_id: str) -> None:
    store.save_certificate(certificate())
    with pytest.raises(UnknownResourceError, match="there is no order"):
        store.order(order_id)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", r"id\.yaml:2: not a readable record"),
        ("- a\n", r"id\.yaml:1: it is no mapping of fields"),
        (f"order_id: {order().order_id}\n", "the field `certificate_name` is missing"),
        ("\x00", "there are NUL bytes in it"),
        ("a: &a [*a]\n", "recursive"),
    ],
)
def test_a_record_that_is_no_record_is_named(store: Store, text: str, message: str) -> None:
    (store.root / "orders").mkdir(parents=True)
    (store.root / "orders/id.yaml").write_text(text)
    with pytest.raises(StateError, match=message):
        store.orders()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("stage: submitted", "stage: flying"),
        ("attempt: 1", "attempt: many"),
        ("creation_date: '2026", "creation_date: 'x"),
    ],
)
def test_a_field_with_nonsense_in_it_is_named(store: Store, before: str, after: str) -> None:
    store.save_order(order())
    path = store.root / "orders" / f"{order().order_id}.yaml"
    path.write_text(path.read_text().replace(before, after))
    with pytest.raises(StateError, match=f"the field `{before.partition(':')[0]}` is"):
        store.orders()


def test_a_newer_format_is_refused(store: Store) -> None:
    with store.lock("test", NOW):
        pass
    meta = store.root / "meta.yaml"
    meta.write_text(meta.read_text().replace("format_version: 1", "format_version: 2"))
    with pytest.raises(StateError, match="written by a newer reconciler"):
        Store(store.root)


def test_a_record_that_cannot_be_written_leaves_the_one_before(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save_order(order())

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StateError, match="No space left on device"):
        store.save_order(replace(order(), attempt=2))
    monkeypatch.undo()
    assert store.order(order().order_id) == order()
    assert [path.name for path in (store.root / "orders").iterdir()] == [f"{order().order_id}.yaml"]


HOLD = """
import datetime, pathlib, sys, time
from reconciler.store import Store
since = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
with Store(pathlib.Path(sys.argv[1])).lock("reconciler apply", since):
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_a_second_writer_is_told_who_is_first_and_a_killed_one_is_not_in_the_way(store: Store) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(store.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        with pytest.raises(StateLockedError) as caught, store.lock("another", NOW):
            pass
        assert "`reconciler apply`" in caught.value.holder
        assert f"process {holder.pid}" in caught.value.holder
        assert "since 2026-06-01" in caught.value.holder
    finally:
        holder.kill()
        holder.communicate()
    with store.lock("another", NOW):
        pass


def test_what_a_killed_run_was_writing_is_removed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = Store(Path("state"))
    with store.lock("reconciler apply", NOW):
        pass
    left = [
        store.root / "orders" / ".an-order.yaml.tmp",
        store.root / "archive" / "deep" / ".privkey.pem.tmp",
    ]
    for path in left:
        path.parent.mkdir(parents=True)
        path.write_text("...")
    with store.lock("reconciler apply", NOW):
        assert all(path.exists() for path in left)  # nobody was killed: nothing is looked through
    (store.root / ".lock").write_text("{}")
    with store.lock("reconciler apply", NOW):
        assert not any(path.exists() for path in left)
    assert not (store.root / ".lock").read_text()
