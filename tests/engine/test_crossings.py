"""What happens when two things cross: a revocation and a renewal, a key change and a goodbye."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler import pki
from reconciler.model.account import KeyType
from reconciler.model.order import OrderFile, Status
from reconciler.model.revocation import RevocationReason
from reconciler.model.role import IdentifierPopulation
from tests.engine.memory_ca import MemoryCA
from tests.engine.memory_server import refused
from tests.engine.test_accounts import account_of
from tests.engine.test_key_change import archived, begin, fail_at, registered
from tests.engine.test_revocation import WHY, current, issued, left_fetching, revoked_by_command, waiting
from tests.unit.pki.csrs import csr

if TYPE_CHECKING:
    from tests.engine.rig import Rig


@pytest.mark.parametrize("how", ["deactivated", "forgotten"])
def test_an_account_that_is_gone_is_put_away_though_a_key_change_is_pending(rig: Rig, how: str) -> None:
    at_ca = registered(rig)
    begin(rig, served=True)
    if how == "deactivated":
        at_ca.status = Status.DEACTIVATED
    else:
        rig.server.forgotten.add(at_ca.url)
    rig.has_account = False
    rig.specs.clear()
    result = rig.apply()
    assert (len(result.deactivated), result.failed) == (1, ())


def test_the_key_of_an_order_that_the_ca_has_taken_is_kept(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.change("www", reuse_key=True)
    rig.apply()
    _, old = current(rig)
    rig.clock.advance(days=61)
    rig.apply()
    rig.clock.advance(days=61)
    left_fetching(rig)
    [order] = waiting(rig)
    revoked_by_command(rig, rig.store.order(old.order_id))
    assert rig.store.has_order_file(order.order_id, OrderFile.PRIVATE_KEY)
    assert rig.apply().issued


def test_a_renewal_that_the_ca_issues_is_fetched_though_the_one_before_it_is_revoked(rig: Rig) -> None:
    _, old = issued(rig)
    rig.clock.advance(days=61)
    left_fetching(rig)
    revoked_by_command(rig, old)
    rig.apply()
    known = {*rig.store.orders().values(), *rig.store.archived_orders().values()}
    assert len([each for each in known if each.serial_number]) == len(rig.server.issued) == 2


def test_what_is_to_be_revoked_is_fetched_through_the_account_that_ordered_it(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = MemoryCA.read_order

    def owned(self: MemoryCA, url: str) -> object:
        if self._order(url).account_url != self.account_url:
            raise refused("unauthorized", "it is not your order", 403)
        return read(self, url)

    monkeypatch.setattr(MemoryCA, "read_order", owned)
    rig.want("www", "www.example.com")
    left_fetching(rig)
    rig.account = replace(rig.account, name="other")
    rig.role = replace(rig.role, acme_account_name="other")
    rig.change("www", role=rig.role, revoke=WHY)
    for _ in range(3):
        assert rig.apply().failed == ()
    assert len(rig.server.revoked) == 1


def test_another_csr_beside_the_revoke_does_not_spoil_the_order_that_is_fetched(rig: Rig) -> None:
    rig.want_csr("hsm", csr("hsm.example.com"))
    left_fetching(rig)
    spec = rig.specs["hsm"]
    made = pki.make_csr(pki.generate_key(KeyType.EC_256), spec.identifiers, IdentifierPopulation.CN_FIRST)
    read = pki.read_csr(made.decode())
    rig.change("hsm", csr=read.pem, csr_digest=read.digest, revoke=WHY)
    for _ in range(3):
        assert rig.apply().failed == ()
    assert len(rig.server.revoked) == 1


def test_a_pending_change_that_a_revocation_finds_done_is_no_reason_for_a_second_one(rig: Rig) -> None:
    registered(rig)
    rig.want_csr("hsm", csr("hsm.example.com"))
    rig.apply()
    begin(rig, served=True)
    rig.change("hsm", revoke=RevocationReason.SUPERSEDED)
    assert rig.apply().revoked
    assert account_of(rig).active_key_version == 1  # it is 2


def test_two_refused_keys_of_one_second_are_both_kept(rig: Rig) -> None:
    registered(rig)
    rig.account = replace(rig.account, key_max_age=rig.clock.now() - rig.clock.now())
    fail_at(rig, "change_key", refused("badPublicKey", "not this one"))
    rig.apply()
    rig.apply()
    assert len(archived(rig)) == 2
