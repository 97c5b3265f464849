"""Revoking: by the tree or by a command, by the account's key or by the certificate's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler.engine.fulfilled import mark_fulfilled
from reconciler.engine.options import ApplyOptions
from reconciler.engine.retry import mark_order_anew, mark_retry
from reconciler.engine.revoke import revoke
from reconciler.errors import AccountError, CAUnavailableError, ProblemError, StateError
from reconciler.model.account import KeyType
from reconciler.model.order import OrderFile, Stage, Status
from reconciler.model.revocation import RevocationReason
from reconciler.plan import actions, reasons
from reconciler.store import Store
from tests.engine.checks import assert_key_fits, assert_settled
from tests.engine.test_kill import killed_everywhere
from tests.unit.pki.csrs import csr

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reconciler.model.certificate import Certificate
    from reconciler.model.events import CertificateRevoked
    from reconciler.model.order import Order
    from tests.engine.rig import Rig

WHY = RevocationReason.KEY_COMPROMISE


def issued(rig: Rig, name: str = "www") -> tuple[Certificate, Order]:
    rig.want(name, f"{name}.example.com")
    rig.apply()
    return current(rig, name)


def current(rig: Rig, name: str = "www") -> tuple[Certificate, Order]:
    certificate = rig.store.certificates()[name]
    return certificate, rig.store.order(certificate.order_id)


def revoked_by_command(
    rig: Rig, order: Order, reason: RevocationReason = WHY, *, by_certificate_key: bool = False
) -> CertificateRevoked:
    spec = rig.specs.get(order.certificate_name)
    return revoke(
        rig.place(),
        order,
        reason,
        rig.desired.accounts,
        request=spec.digest if spec else None,
        by_certificate_key=by_certificate_key,
    )


def serials(rig: Rig) -> dict[str, RevocationReason]:
    return {f"{serial:x}": reason for serial, reason in rig.server.revoked.items()}


def plain(serial_number: str | None) -> str:
    return (serial_number or "").replace(":", "").lstrip("0")


def test_the_tree_revokes_and_nothing_is_ordered_until_it_says_otherwise(rig: Rig) -> None:
    certificate, _ = issued(rig)
    rig.change("www", revoke=WHY)
    [action] = rig.plan().actions
    assert isinstance(action, actions.RevokeCertificate)
    [event] = rig.apply().revoked
    assert event.serial_number == certificate.serial_number
    assert serials(rig) == {plain(certificate.serial_number): WHY}
    certificate, order = current(rig)
    assert certificate.revocation is not None
    assert order.stage is Stage.REVOKED
    plan = rig.plan()
    assert not plan.has_changes
    assert plan.unchanged == 1
    rig.clock.advance(days=200)
    assert not rig.plan().has_changes
    # The word is taken back: a new certificate, with a new key.
    key = rig.delivered("www")["privkey.pem"]
    rig.change("www", revoke=None)
    [action] = rig.plan().actions
    assert isinstance(action, actions.CreateOrder)
    assert isinstance(action.reasons[0], reasons.CertificateRevoked)
    assert rig.apply().issued
    assert rig.delivered("www")["privkey.pem"] != key
    assert_settled(rig)


def test_a_command_revokes_and_the_plan_waits_for_another_request(rig: Rig) -> None:
    _, order = issued(rig)
    revoked_by_command(rig, order)
    plan = rig.plan()
    assert not plan.has_changes
    [held] = plan.held_back
    assert held.until is None
    rig.clock.advance(days=200)
    assert not rig.plan().has_changes
    rig.want("www", "www.example.com", "api.example.com")
    assert rig.apply().issued
    assert_settled(rig)


def test_what_its_role_says_by_now_is_no_other_request(rig: Rig) -> None:
    _, order = issued(rig)
    revoked_by_command(rig, order)
    rig.role = replace(rig.role, preferred_chain="Root X2", csr_generate_key_type=KeyType.EC_384)
    rig.change("www", role=rig.role)
    plan = rig.plan()
    assert (plan.has_changes, len(plan.held_back)) == (False, 1)


def test_or_for_somebody_to_say_so(rig: Rig) -> None:
    certificate, order = issued(rig)
    revoked_by_command(rig, order)
    certificate, _ = current(rig)
    rig.store.save_certificate(mark_order_anew(certificate))
    assert rig.apply().issued
    assert current(rig)[0].revocation is None
    assert_settled(rig)


def test_one_that_is_revoked_already_is_no_error(rig: Rig) -> None:
    _, order = issued(rig)
    revoked_by_command(rig, order)
    revoked_by_command(rig, order)
    assert len(rig.server.revoked) == 1
    assert current(rig)[1].stage is Stage.REVOKED
    rig.change("www", revoke=WHY)
    assert not rig.plan().has_changes


def test_a_reason_that_the_ca_refuses_is_said_and_changes_nothing(rig: Rig) -> None:
    _, order = issued(rig)
    rig.server.refused_reasons = {RevocationReason.CA_COMPROMISE}
    with pytest.raises(ProblemError) as raised:
        revoked_by_command(rig, order, RevocationReason.CA_COMPROMISE)
    assert raised.value.problem.code == "badRevocationReason"
    certificate, order = current(rig)
    assert certificate.revocation is None
    assert order.stage is Stage.COMPLETED
    rig.change("www", revoke=RevocationReason.CA_COMPROMISE)
    [failure] = rig.apply().failed
    assert failure.problem.code == "badRevocationReason"
    rig.change("www", revoke=RevocationReason.SUPERSEDED)
    assert rig.apply().revoked


@pytest.mark.parametrize("reason", [each for each in RevocationReason if each.is_possible])
def test_every_reason_arrives(rig: Rig, reason: RevocationReason) -> None:
    _, order = issued(rig)
    revoked_by_command(rig, order, reason)
    assert list(rig.server.revoked.values()) == [reason]


def test_a_superseded_certificate_is_revoked_and_the_one_in_force_stays(rig: Rig) -> None:
    _, old = issued(rig)
    rig.clock.advance(days=61)
    rig.apply()
    certificate, new = current(rig)
    assert new.order_id != old.order_id
    revoked_by_command(rig, rig.store.order(old.order_id), RevocationReason.SUPERSEDED)
    assert serials(rig) == {plain(old.serial_number): RevocationReason.SUPERSEDED}
    assert rig.store.archived_orders()[old.order_id].stage is Stage.REVOKED
    assert current(rig)[0] == certificate
    assert_settled(rig)


def test_by_the_certificates_own_key(rig: Rig) -> None:
    _, order = issued(rig)
    revoked_by_command(rig, order, by_certificate_key=True)
    assert rig.server.revoked_by == ["certificate"]


def test_by_its_own_key_where_the_account_is_gone(rig: Rig) -> None:
    _, order = issued(rig)
    [url] = rig.server.accounts
    rig.server.accounts[url].status = Status.DEACTIVATED
    revoked_by_command(rig, order)
    assert rig.server.revoked_by == ["certificate"]


def test_by_its_own_key_where_the_account_is_archived(rig: Rig) -> None:
    _, order = issued(rig)
    rig.specs.clear()
    rig.has_account = False
    rig.apply()
    order = rig.store.order(order.order_id)
    revoked_by_command(rig, order)
    assert rig.server.revoked_by == ["certificate"]
    assert rig.store.order(order.order_id).stage is Stage.REVOKED


def test_a_csrs_certificate_only_by_the_account(rig: Rig) -> None:
    rig.want_csr("www", csr("www.example.com"))
    rig.apply()
    _, order = current(rig)
    with pytest.raises(AccountError, match="whoever made the CSR"):
        revoked_by_command(rig, order, by_certificate_key=True)
    revoked_by_command(rig, order)
    assert rig.server.revoked_by == ["account"]


def test_a_ca_that_is_away_is_asked_again_and_then_left_to_the_next_run(rig: Rig) -> None:
    issued(rig)
    rig.change("www", revoke=WHY)
    rig.server.fail = lambda name, _url: CAUnavailableError("away") if name == "revoke_certificate" else None
    [failure] = rig.apply().failed
    assert failure.problem.code == "caUnavailable"
    assert rig.server.requests["revoke_certificate"] == 5
    rig.server.fail = lambda _name, _url: None
    assert rig.apply().revoked


def test_files_of_a_revoked_certificate_are_left_as_they_are(rig: Rig) -> None:
    _, order = issued(rig)
    revoked_by_command(rig, order)
    (rig.output / "www/cert.pem").unlink()
    assert not rig.plan().has_changes


def test_a_revoked_certificate_never_hands_its_key_on(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.change("www", reuse_key=True)
    rig.apply()
    key = rig.delivered("www")["privkey.pem"]
    rig.clock.advance(days=61)
    rig.apply()
    assert rig.delivered("www")["privkey.pem"] == key
    _, order = current(rig)
    revoked_by_command(rig, order)
    rig.store.save_certificate(mark_order_anew(current(rig)[0]))
    rig.apply()
    assert rig.delivered("www")["privkey.pem"] != key
    assert_key_fits(rig.output / "www")


def test_killed_anywhere_a_revocation_is_written_down_in_the_end(tmp_path: Path) -> None:
    def prepare(rig: Rig) -> None:
        issued(rig)
        rig.change("www", revoke=WHY)

    def check(rig: Rig) -> None:
        certificate, order = current(rig)
        assert certificate.revocation is not None
        assert len(rig.server.revoked) == 1
        assert len(rig.server.issued) == 1
        assert order.stage is Stage.REVOKED

    assert killed_everywhere(tmp_path, prepare, check) > 5


def test_without_chain_there_is_nothing_to_revoke_by(rig: Rig) -> None:
    _, order = issued(rig)
    (rig.folder / "state/orders" / order.order_id / OrderFile.FULLCHAIN).unlink()
    rig.change("www", revoke=WHY)
    [failure] = rig.apply().failed
    assert failure.problem.code == "state"


def test_an_order_under_way_is_given_up(rig: Rig) -> None:
    issued(rig)
    rig.clock.advance(days=61)
    rig.uses_webroot = False
    assert rig.apply().awaiting_people
    rig.change("www", revoke=WHY)
    result = rig.apply()
    assert result.revoked
    assert result.abandoned
    assert not rig.plan().has_changes


# Keys that were revoked


def wait_for_people_with_the_same_key(rig: Rig) -> tuple[Order, bytes]:
    """Let a renewal that keeps the key wait for people; return the order before it, and that key."""
    rig.want("www", "www.example.com")
    rig.change("www", reuse_key=True)
    rig.apply()
    _, order = current(rig)
    rig.clock.advance(days=61)
    rig.uses_webroot = False
    assert rig.apply().awaiting_people
    key = rig.store.order_file(order.order_id, OrderFile.PRIVATE_KEY)
    assert [rig.store.order_file(each.order_id, OrderFile.PRIVATE_KEY) for each in waiting(rig)] == [key]
    return order, key


def waiting(rig: Rig) -> list[Order]:
    return [each for each in rig.store.orders().values() if each.is_open]


def fulfil(rig: Rig) -> None:
    for order in waiting(rig):
        rig.store.save_order(mark_fulfilled(order, rig.clock.now()))


def test_a_renewal_that_waits_with_the_key_of_the_revoked_one_is_given_up(rig: Rig) -> None:
    order, key = wait_for_people_with_the_same_key(rig)
    revoked_by_command(rig, order)
    assert [type(each) for each in rig.plan().actions] == [actions.AbandonOrder]
    assert rig.apply().abandoned
    assert not rig.plan().has_changes
    rig.store.save_certificate(mark_order_anew(current(rig)[0]))
    assert rig.apply().awaiting_people
    fulfil(rig)
    assert rig.apply().issued
    assert rig.delivered("www")["privkey.pem"] != key
    assert_key_fits(rig.output / "www")


def test_where_another_is_ordered_at_once_it_has_another_key(rig: Rig) -> None:
    """Somebody has said so between the revocation and the next apply: the order under way goes on."""
    order, key = wait_for_people_with_the_same_key(rig)
    revoked_by_command(rig, order)
    rig.store.save_certificate(mark_order_anew(current(rig)[0]))
    assert [type(each) for each in rig.plan().actions] == [actions.ResumeOrder]
    fulfil(rig)
    assert rig.apply().issued
    assert rig.delivered("www")["privkey.pem"] != key
    assert_key_fits(rig.output / "www")


def test_a_renewal_that_waits_with_the_key_of_a_superseded_one_gets_another(rig: Rig) -> None:
    """The one in force has that key too: whoever revokes for the key sees to that one as well."""
    rig.want("www", "www.example.com")
    rig.change("www", reuse_key=True)
    rig.apply()
    _, old = current(rig)
    key = rig.delivered("www")["privkey.pem"]
    rig.clock.advance(days=61)
    rig.apply()
    assert rig.delivered("www")["privkey.pem"] == key
    rig.clock.advance(days=61)
    rig.uses_webroot = False
    assert rig.apply().awaiting_people
    revoked_by_command(rig, rig.store.order(old.order_id))
    assert [type(each) for each in rig.plan().actions] == [actions.ResumeOrder]
    fulfil(rig)
    assert rig.apply().issued
    assert rig.delivered("www")["privkey.pem"] != key
    assert_settled(rig)


def test_after_a_superseded_one_was_revoked_later_renewals_have_another_key(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.change("www", reuse_key=True)
    rig.apply()
    _, old = current(rig)
    key = rig.delivered("www")["privkey.pem"]
    rig.clock.advance(days=61)
    rig.apply()
    revoked_by_command(rig, rig.store.order(old.order_id))
    assert not rig.plan().has_changes
    rig.clock.advance(days=61)
    assert rig.apply().issued
    another = rig.delivered("www")["privkey.pem"]
    assert another != key
    rig.clock.advance(days=61)
    assert rig.apply().issued
    assert rig.delivered("www")["privkey.pem"] == another
    assert_settled(rig)


# What the CA has issued, and is not in force


def left_fetching(rig: Rig) -> None:
    """The CA takes its time to issue, and then has issued."""
    rig.server.processing_looks = 1000
    rig.apply(ApplyOptions(wait=False))
    [order] = waiting(rig)
    assert order.stage is Stage.FETCHING_CERTIFICATE
    for each in rig.server.orders.values():
        each.looks_until_valid = 0


class _FullDisk(Store):
    def save_certificate(self, certificate: Certificate) -> None:
        raise StateError(f"{certificate.name}: disk full")


def left_completed(rig: Rig) -> None:
    """The certificate is here, and its record could not be written."""
    rig.make_store = _FullDisk
    assert rig.apply().failed
    rig.make_store = Store
    last = max(rig.store.orders().values(), key=lambda each: each.order_id)
    assert last.stage is Stage.COMPLETED
    assert "www" not in rig.store.certificates() or current(rig)[1] != last


NOT_IN_FORCE = pytest.mark.parametrize("left", [left_fetching, left_completed])


@NOT_IN_FORCE
def test_what_is_issued_is_fetched_and_then_revoked(rig: Rig, left: Callable[[Rig], None]) -> None:
    rig.want("www", "www.example.com")
    left(rig)
    rig.change("www", revoke=WHY)
    [action] = rig.plan().actions
    assert isinstance(action, actions.ResumeOrder)
    assert rig.apply().issued
    assert rig.apply().revoked
    assert serials(rig) == {plain(current(rig)[0].serial_number): WHY}
    assert len(rig.server.issued) == 1
    assert not rig.plan().has_changes
    assert rig.plan().unchanged == 1


@NOT_IN_FORCE
def test_and_so_is_the_one_before_it(rig: Rig, left: Callable[[Rig], None]) -> None:
    issued(rig)
    rig.clock.advance(days=61)
    left(rig)
    rig.change("www", revoke=WHY)
    assert {type(each) for each in rig.plan().actions} == {actions.ResumeOrder, actions.RevokeCertificate}
    for _ in range(2):
        assert rig.apply().failed == ()
    assert len(rig.server.revoked) == len(rig.server.issued) == 2
    assert not rig.plan().has_changes


def test_a_command_revokes_what_is_not_in_force_and_the_plan_is_held(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    left_completed(rig)
    [order] = rig.store.orders().values()
    revoked_by_command(rig, order)
    for _ in range(3):
        plan = rig.plan()
        assert not plan.has_changes
        assert [each.until for each in plan.held_back] == [None]
        assert rig.apply().failed == ()
    # Somebody says that another is wanted.
    [order] = rig.store.orders().values()
    rig.store.save_order(mark_retry(order, order, rig.clock.now()))
    assert rig.apply().issued
    assert len(rig.server.revoked) == 1
    assert_settled(rig)


def test_or_until_something_else_is_asked_for(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    left_completed(rig)
    [order] = rig.store.orders().values()
    revoked_by_command(rig, order)
    rig.want("www", "www.example.com", "api.example.com")
    assert rig.apply().issued
    assert_settled(rig)


def test_a_certificate_that_has_expired_is_left(rig: Rig) -> None:
    issued(rig)
    rig.clock.advance(days=91)
    rig.change("www", revoke=WHY)
    assert not rig.plan().has_changes
    assert rig.apply().failed == ()
    assert rig.server.requests["revoke_certificate"] == 0
