"""A record that is damaged between the plan and its carrying out: only what it is about fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler.engine.accounts import deactivate
from reconciler.engine.key_change import change_key
from reconciler.engine.options import ApplyOptions
from reconciler.engine.runner import run_plan
from reconciler.errors import RecordError
from reconciler.model.account import KeyType
from reconciler.model.order import OrderFile, Stage, Status
from reconciler.model.revocation import RevocationReason
from reconciler.pki import generate_key

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.events import ApplyResult
    from reconciler.plan.actions import Plan
    from tests.engine.rig import Rig


def carry_out(rig: Rig, plan: Plan) -> ApplyResult:
    accounts = rig.desired.accounts
    return run_plan(plan, rig.place(), accounts, ApplyOptions(), rig.events.extend, rig.stop)


def failed(result: ApplyResult) -> dict[str, str]:
    return {each.subject: each.problem.detail for each in result.failed}


def certificate(rig: Rig, name: str) -> Path:
    return rig.folder / f"state/certificates/{name}.yaml"


def damage(path: Path) -> None:
    path.write_text("- nothing\n")


@pytest.fixture
def two(rig: Rig) -> Rig:
    """Have two certificates in force."""
    rig.want("one", "one.example.com")
    rig.want("two", "two.example.com")
    rig.apply()
    return rig


def test_a_certificate_that_is_renewed(two: Rig) -> None:
    two.clock.advance(days=70)
    plan = two.plan()
    assert len(plan.actions) == 2
    damage(certificate(two, "one"))
    result = carry_out(two, plan)
    assert [each.certificate for each in result.issued] == ["two"]
    assert "state/certificates/one.yaml:1: it is no mapping of fields" in failed(result)["one"]


def test_an_order_that_is_revoked(two: Rig) -> None:
    for name in ("one", "two"):
        two.change(name, revoke=RevocationReason.SUPERSEDED)
    plan = two.plan()
    order_id = two.store.certificates()["one"].order_id
    damage(two.folder / f"state/orders/{order_id}.yaml")
    result = carry_out(two, plan)
    assert [each.certificate for each in result.revoked] == ["two"]
    assert f"state/orders/{order_id}.yaml:1" in failed(result)["one"]


def test_what_is_left_of_an_order(two: Rig) -> None:
    two.clock.advance(days=70)
    plan = two.plan()
    (two.folder / "state/cleanup").mkdir(exist_ok=True)
    damage(two.folder / "state/cleanup/0197299e-0000-7000-8000-000000000009.yaml")
    assert len(carry_out(two, plan).issued) == 2


def test_the_account(two: Rig) -> None:
    two.clock.advance(days=70)
    (two.output / "two/cert.pem").unlink()
    plan = two.plan()
    keys = {path: path.read_bytes() for path in (two.folder / "state/accounts").rglob("*.pem")}
    damage(two.folder / "state/accounts/ca.yaml")
    result = carry_out(two, plan)
    assert [each.certificate for each in result.delivered] == ["two"]
    assert set(failed(result)) == {"ca", "one", "two"}
    assert all("state/accounts/ca.yaml:1" in each for each in failed(result).values())
    assert {path: path.read_bytes() for path in (two.folder / "state/accounts").rglob("*.pem")} == keys
    assert len(two.server.accounts) == 1


def test_an_account_that_the_tree_has_no_more(two: Rig) -> None:
    """Its specification is in the record alone."""
    two.clock.advance(days=70)
    plan = two.plan()
    damage(two.folder / "state/accounts/ca.yaml")
    result = run_plan(plan, two.place(), {}, ApplyOptions(), two.events.extend, two.stop)
    assert set(failed(result)) == {"one", "two"}
    assert all("state/accounts/ca.yaml:1" in each for each in failed(result).values())


@pytest.mark.parametrize("text", ["account_name: ca\n- x", ""])
def test_no_key_is_changed_while_an_order_may_depend_on_it(two: Rig, text: str) -> None:
    path = two.folder / "state/orders/0197299e-0000-7000-8000-000000000009.yaml"
    path.write_text(text)
    account = two.store.accounts()["ca"]
    with pytest.raises(RecordError, match="000000000009"):
        change_key(two.place(), two.account, account, KeyType.EC_256)
    assert two.store.accounts()["ca"] == account
    path.write_text("account_name: other\n- x")
    assert change_key(two.place(), two.account, account, KeyType.EC_256).active_key_version == 1


@pytest.mark.parametrize("text", ["account_name: ca\n- x", ""])
def test_no_account_is_ended_while_an_order_may_be_its(two: Rig, text: str) -> None:
    path = two.folder / "state/orders/0197299e-0000-7000-8000-000000000009.yaml"
    path.write_text(text)
    account = two.store.accounts()["ca"]
    with pytest.raises(RecordError, match="000000000009"):
        deactivate(two.place(), two.account, account)
    assert two.store.accounts()["ca"] == account
    assert [each.status for each in two.server.accounts.values()] == [Status.VALID]


def test_a_revocation_is_done_with_where_the_order_has_another_key(two: Rig) -> None:
    two.change("one", revoke=RevocationReason.KEY_COMPROMISE)
    order_id = "0197299e-0000-7000-8000-000000000009"
    two.store.save_order_file(order_id, OrderFile.PRIVATE_KEY, generate_key(KeyType.EC_256))
    (two.folder / f"state/orders/{order_id}.yaml").write_text("certificate_name: one\n- x")
    assert [each.certificate for each in carry_out(two, two.plan()).revoked] == ["one"]
    assert two.store.certificates()["one"].revocation is not None
    assert not two.plan().has_changes


def test_a_revocation_is_not_done_with_while_an_order_may_get_its_key(two: Rig) -> None:
    two.change("one", revoke=RevocationReason.KEY_COMPROMISE)
    path = two.folder / "state/orders/0197299e-0000-7000-8000-000000000009.yaml"
    path.write_text("certificate_name: one\n- x")
    for _ in range(2):
        result = carry_out(two, two.plan())
        assert "000000000009.yaml" in failed(result)["one"]
        assert len(two.server.revoked) == 1
    path.unlink()
    assert [each.certificate for each in carry_out(two, two.plan()).revoked] == ["one"]


def test_authorizations_that_an_unreadable_order_may_share_stay(rig: Rig) -> None:
    from reconciler.engine.cleanup import give_up_authorizations

    rig.server.sees = lambda *_: False
    rig.want("one", "one.example.com")
    rig.apply()
    [order] = rig.store.orders().values()
    other = replace(order, order_id="0197299e-0000-7000-8000-000000000009", stage=Stage.SUBMITTED)
    rig.store.save_order(other)
    path = rig.folder / f"state/orders/{other.order_id}.yaml"
    path.write_text(path.read_text() + "stage: new\n")
    with pytest.raises(RecordError, match="the field `stage` is there twice"):
        give_up_authorizations(rig.place(), order, None)  # type: ignore[arg-type]
