"""What older versions of this program have written is read, gone on with, and written as it is today."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from reconciler.cli.workspace import open_workspace
from reconciler.engine.fulfilled import mark_fulfilled
from reconciler.store import Store
from reconciler.store.meta import FORMAT_VERSION
from tests.engine.rig import Rig
from tests.unit.store.flaws import flaws

if TYPE_CHECKING:
    from reconciler.model.order import Order
    from tests.acceptance.conftest import RunProgram

STATES = Path(__file__).parent.parent / "states"
VERSIONS = sorted(each.name for each in STATES.iterdir() if (each / "state").is_dir())


@pytest.fixture(params=VERSIONS)
def older(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of a tree with the state that an older version has left."""
    tree = tmp_path / "tree"
    shutil.copytree(STATES / request.param, tree)
    monkeypatch.chdir(tree)
    return tree


def waiting(store: Store) -> Order:
    [order] = [each for each in store.orders().values() if each.is_open]
    return order


def records(store: Store) -> dict[str, Any]:
    return {"accounts": store.accounts(), "certificates": store.certificates(), "orders": store.orders()}


def test_there_is_one_for_each_step_of_the_past() -> None:
    assert len(VERSIONS) == 5
    for version in VERSIONS:
        meta = yaml.safe_load((STATES / version / "state/meta.yaml").read_text())
        assert meta["format_version"] == 1
    assert FORMAT_VERSION == 1, "states of format 1 have to be migrated: see docs/explanation/crash-safety.md"


def test_all_of_it_is_read_and_nothing_is_ordered_again(older: Path) -> None:
    workspace = open_workspace(older)
    store = workspace.store
    assert flaws(store) == []
    certificate = store.certificates()["shop/www"]
    plan = workspace.plan(
        certificate.not_before.replace(microsecond=0)
        + (certificate.not_after - certificate.not_before) / 3000
    )
    # The delivered files are not here, and the first versions did not note what the TLS is trusted by.
    done = {(each.kind, each.subject): [reason.code for reason in each.reasons] for each in plan.actions}
    assert done.pop(("update_account", "ca"), ["trusted_ca_changed"]) == ["trusted_ca_changed"]
    assert list(done) == [("resume_order", "api"), ("deliver_certificate", "shop/www")]
    assert not plan.held_back
    account = store.accounts()["ca"]
    assert account.account_url
    assert account.email_contacts == ("someone@example.com",)
    assert waiting(store).unfulfilled == frozenset(waiting(store).identifiers)


def test_what_is_written_anew_says_the_same(older: Path) -> None:
    store = open_workspace(older).store
    before = records(store)
    for save, kind in (
        (store.save_account, "accounts"),
        (store.save_certificate, "certificates"),
        (store.save_order, "orders"),
    ):
        for each in before[kind].values():
            save(each)
    assert records(store) == before


def test_people_are_told_what_they_were_told(older: Path, program: RunProgram) -> None:
    store = open_workspace(older).store
    order = waiting(store)
    [asked] = order.authorizations
    token = asked.challenge.token if asked.challenge else "?"
    thumbprint = store.accounts()["ca"].active_key.thumbprint
    shown = program("order", "challenges", "api")
    assert shown.code == 0
    assert f"{token}.{thumbprint}" in shown.out
    assert program("order", "fulfilled", "api").code == 0
    assert waiting(store).unfulfilled == frozenset()
    assert [each["name"] for each in program("status", "--format", "json").document["certificates"]] == [
        "api",
        "shop/www",
    ]


def test_the_order_that_waited_comes_to_its_end(older: Path, tmp_path: Path) -> None:
    """At the CA of this test: what only the CA knows (its URLs, its tokens) is put into the old records."""
    (tmp_path / "rig").mkdir()
    rig = Rig(tmp_path / "rig", webroot=False)
    rig.want("api", "api.example.com")
    rig.apply()
    twin, state = waiting(rig.store), rig.folder / "state"
    old = waiting(Store(older / "state"))
    _put(
        older / f"state/orders/{old.order_id}.yaml", state / f"orders/{twin.order_id}.yaml", _urls(old, twin)
    )
    _put(older / "state/accounts/ca.yaml", state / "accounts/ca.yaml", _of_account(older, rig))
    (state / f"orders/{twin.order_id}.yaml").rename(state / f"orders/{old.order_id}.yaml")
    (state / f"orders/{twin.order_id}").rename(state / f"orders/{old.order_id}")
    assert flaws(rig.store) == []
    assert not rig.apply().issued
    rig.store.save_order(mark_fulfilled(waiting(rig.store), rig.clock.now()))
    [issued] = rig.apply().issued
    assert (issued.certificate, issued.order_id) == ("api", old.order_id)
    assert (len(rig.server.orders), len(rig.server.accounts)) == (1, 1)
    assert not rig.plan().has_changes


def _urls(old: Order, twin: Order) -> dict[str, str]:
    [before], [after] = old.authorizations, twin.authorizations
    found = {
        str(old.order_url): str(twin.order_url),
        str(old.finalize_url): str(twin.finalize_url),
        before.url: after.url,
    }
    offered = {each.type: each for each in after.challenges}
    for each in before.challenges:
        if each.type in offered:
            found[each.url] = offered[each.type].url
            found |= {each.token: offered[each.type].token} if each.token else {}
    return found


def _of_account(older: Path, rig: Rig) -> dict[str, str]:
    before, after = Store(older / "state").accounts()["ca"], rig.store.accounts()["ca"]
    return {
        str(before.account_url): str(after.account_url),
        before.directory_url: after.directory_url,
        before.active_key.thumbprint: after.active_key.thumbprint,
    }


def _put(source: Path, target: Path, instead: dict[str, str]) -> None:
    # The longest first: some begin with others.
    wanted = "|".join(re.escape(each) for each in sorted(instead, key=len, reverse=True))
    target.write_text(re.sub(wanted, lambda each: instead[each[0]], source.read_text()))
