"""The life of an account: contacts, keys that change, and the end of it."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reconciler import pki
from reconciler.engine.account_import import import_account
from reconciler.engine.accounts import deactivate
from reconciler.engine.fulfilled import mark_fulfilled
from reconciler.engine.key_change import change_key
from reconciler.engine.options import ApplyOptions
from reconciler.errors import AccountError, CAUnavailableError, ProblemError, ProtocolError
from reconciler.model.account import KeyType
from reconciler.model.order import Stage, Status
from reconciler.model.problem import ACME_ERROR, Problem
from reconciler.plan import actions
from tests.engine.checks import assert_settled
from tests.engine.memory_ca import MemoryCA
from tests.engine.test_kill import killed_everywhere

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.account import Account
    from tests.engine.rig import Rig

_MAX_AGE = dt.timedelta(days=90)


def account_of(rig: Rig) -> Account:
    account = rig.store.account("ca")
    assert account is not None
    return account


def want_rotation(rig: Rig) -> None:
    rig.account = replace(rig.account, key_max_age=_MAX_AGE)


def key_at_ca(rig: Rig) -> str:
    """Return the thumbprint of the key that the CA has for the one account."""
    [account] = rig.server.accounts.values()
    return account.thumbprint


def assert_works(rig: Rig) -> None:
    """The CA has the active key, and takes orders signed with it."""
    account = account_of(rig)
    assert account.pending_key_version is None
    assert account.active_key.thumbprint == key_at_ca(rig)
    assert rig.store.has_account_key("ca", account.active_key_version)
    rig.want("after", "after.example.com")
    assert rig.apply().issued
    assert_settled(rig)


def test_other_contacts_are_told_to_the_ca_and_kept(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    rig.account = replace(rig.account, email_contacts=("a@example.com",), trusted_ca="PEM")
    [action] = rig.plan().actions
    assert isinstance(action, actions.UpdateAccount)
    assert [each.account for each in rig.apply().updated] == ["ca"]
    assert rig.server.requests["update_account"] == 1
    assert (account_of(rig).email_contacts, account_of(rig).trusted_ca) == (("a@example.com",), "PEM")
    assert_settled(rig)


def test_another_ca_behind_the_tls_needs_no_request(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    before = rig.server.requests.total()
    rig.account = replace(rig.account, trusted_ca="PEM")
    assert rig.apply().updated
    assert rig.server.requests.total() == before


def test_contacts_that_the_ca_refuses_hold_up_no_order(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    refused = ProblemError(Problem(f"{ACME_ERROR}invalidContact", "no such domain"))
    rig.server.fail = lambda name, _url: refused if name == "update_account" else None
    rig.account = replace(rig.account, email_contacts=("a@example.invalid",))
    rig.want("api", "api.example.com")
    result = rig.apply()
    assert [each.certificate for each in result.issued] == ["api"]
    assert [(each.kind, each.problem.code) for each in result.failed] == [("account", "invalidContact")]
    assert account_of(rig).email_contacts == ()


def test_a_key_that_is_too_old_is_changed_before_the_orders_begin(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    old = account_of(rig).active_key
    want_rotation(rig)
    assert not rig.plan().has_changes
    rig.clock.advance(days=91)
    result = rig.apply()
    [rotated] = result.rotated
    assert (rotated.old_active_key_version, rotated.new_active_key_version) == (0, 1)
    assert result.issued  # renewed, with the new key
    account = account_of(rig)
    assert [key.key_version for key in account.account_keys] == [0, 1]
    assert account.active_key.thumbprint != old.thumbprint
    assert account.active_key.key_creation_date > old.key_creation_date
    assert_works(rig)


def test_a_key_change_waits_for_orders_under_way(rig_by_hand: Rig) -> None:
    rig = rig_by_hand
    rig.want("www", "www.example.com")
    rig.apply()
    want_rotation(rig)
    rig.clock.advance(days=91)
    order = next(iter(rig.store.orders().values()))
    rig.store.save_order(
        replace(
            order,
            expires=None,
            authorizations=tuple(replace(each, expires=None) for each in order.authorizations),
        )
    )
    plan = rig.plan()
    [held] = plan.held_keys
    assert held.subject == "ca"
    assert not rig.apply().rotated


def test_a_forced_key_change_wants_people_to_fulfil_again(rig_by_hand: Rig) -> None:
    rig = rig_by_hand
    rig.want("www", "www.example.com", "api.example.com")
    rig.apply()
    [order] = rig.store.orders().values()
    marked = mark_fulfilled(order, rig.clock.now())
    assert marked.stage is Stage.NOTIFY_ACME_SERVER_CHALLENGES_COMPLETED
    rig.store.save_order(marked)
    change_key(rig.place(), rig.account, account_of(rig), KeyType.EC_384)
    [order] = rig.store.orders().values()
    assert not any(each.fulfilled for each in order.authorizations)
    [waiting] = rig.apply().awaiting_people
    assert len(waiting.instructions) == 2
    thumbprint = account_of(rig).active_key.thumbprint
    assert all(each.key_authorization.endswith(thumbprint) for each in waiting.instructions)
    assert account_of(rig).active_key.key_type is KeyType.EC_384


def test_a_key_change_whose_answer_is_lost_is_found_done(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()

    def lose(name: str) -> None:
        if name == "change_key":
            raise CAUnavailableError("the answer was lost")

    rig.server.after_request = lose
    with pytest.raises(CAUnavailableError):
        change_key(rig.place(), rig.account, account_of(rig), KeyType.EC_256)
    assert account_of(rig).pending_key_version == 1
    rig.server.after_request = lambda _name: None
    [action] = rig.plan().actions
    assert isinstance(action, actions.RotateKey)
    assert rig.apply().rotated
    assert rig.server.requests["change_key"] == 1
    assert_works(rig)


def test_a_key_change_that_never_reached_the_ca_is_made_with_the_same_key(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    rig.server.fail = lambda name, _url: CAUnavailableError("away") if name == "change_key" else None
    with pytest.raises(CAUnavailableError):
        change_key(rig.place(), rig.account, account_of(rig), KeyType.EC_256)
    key = rig.store.account_key("ca", 1)
    rig.server.fail = lambda _name, _url: None
    assert rig.apply().rotated
    assert rig.store.account_key("ca", 1) == key
    assert_works(rig)


@pytest.mark.parametrize(
    "refusal",
    [
        ProblemError(Problem(f"{ACME_ERROR}badPublicKey", "not this one")),
        ProtocolError("the CA does not offer key changes"),
    ],
)
def test_a_ca_that_refuses_a_key_change_keeps_the_old_key_and_the_orders_go_on(
    rig: Rig, refusal: Exception
) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    rig.server.fail = lambda name, _url: refusal if name == "change_key" else None
    want_rotation(rig)
    rig.clock.advance(days=91)
    result = rig.apply()
    assert result.issued
    assert [each.kind for each in result.failed] == ["account"]
    account = account_of(rig)
    assert [key.key_version for key in account.account_keys] == [0]
    assert not rig.store.has_account_key("ca", 1)
    rig.account = replace(rig.account, key_max_age=None)
    assert_works(rig)


def test_killed_anywhere_a_key_change_leaves_a_working_account(tmp_path: Path) -> None:
    def prepare(rig: Rig) -> None:
        rig.want("www", "www.example.com")
        rig.apply()
        want_rotation(rig)
        rig.clock.advance(days=91)

    def check(rig: Rig) -> None:
        assert len(rig.server.accounts) == 1
        assert account_of(rig).active_key_version == 1
        assert_works(rig)

    assert killed_everywhere(tmp_path, prepare, check) > 40


def test_an_account_that_the_tree_no_longer_has_is_deactivated_and_archived(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    [url] = rig.server.accounts
    rig.specs.clear()
    rig.has_account = False
    kinds = [type(each) for each in rig.plan().actions]
    assert kinds == [actions.ForgetCertificate, actions.DeactivateAccount]
    assert [each.account for each in rig.apply().deactivated] == ["ca"]
    assert rig.server.accounts[url].status is Status.DEACTIVATED
    assert rig.store.accounts() == {}
    archived = rig.store.archived_account("ca")
    assert archived is not None
    assert archived.account_url == url
    assert not rig.store.has_account_key("ca", 0)
    assert [*rig.folder.glob("state/archive/accounts/ca/*/key-0.pem")]
    assert not rig.plan().has_changes


def test_killed_anywhere_a_deactivation_is_done_in_the_end(tmp_path: Path) -> None:
    def prepare(rig: Rig) -> None:
        rig.want("www", "www.example.com")
        rig.apply()
        rig.specs.clear()
        rig.has_account = False

    def check(rig: Rig) -> None:
        assert rig.store.accounts() == {}
        assert not rig.plan().has_changes
        assert not [*rig.folder.glob("state/accounts/**/key-*.pem")]
        rig.has_account = True
        rig.want("again", "again.example.com")
        assert rig.apply().issued
        assert len(rig.server.accounts) == 2

    assert killed_everywhere(tmp_path, prepare, check) > 10


def test_a_deactivated_account_is_one_error_and_costs_no_order(rig: Rig) -> None:
    for number in range(20):
        rig.want(str(number), f"{number}.example.com")
    rig.uses_webroot = False
    rig.apply()
    [url] = rig.server.accounts
    rig.server.accounts[url].status = Status.DEACTIVATED
    rig.uses_webroot = True
    before = rig.server.requests.copy()
    result = rig.apply(ApplyOptions(parallelism=1))
    assert len(result.failed) == 20
    assert {each.problem.code for each in result.failed} == {"accountGone"}
    assert "deactivated" in str(result.failed[0].problem)
    assert (rig.server.requests - before).total() <= 3
    assert all(order.is_open for order in rig.store.orders().values())
    # The next run asks once, and says the same.
    before = rig.server.requests.copy()
    result = rig.apply()
    assert {each.problem.code for each in result.failed} == {"accountGone", "accountUnusable"}
    assert (rig.server.requests - before).total() == 1
    # The CA was wrong: all goes on.
    rig.server.accounts[url].status = Status.VALID
    assert len(rig.apply().issued) == 20
    assert account_of(rig).last_error is None


def test_a_ca_that_has_forgotten_the_account_gets_another_when_that_is_said(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    [url] = rig.server.accounts
    rig.server.forgotten.add(url)
    rig.want("api", "api.example.com")
    [failure] = rig.apply().failed
    assert failure.problem.code == "accountGone"
    deactivate(rig.place(), rig.account, account_of(rig))
    result = rig.apply()
    assert result.registered
    assert result.issued
    assert account_of(rig).account_url != url


def test_an_order_refused_with_the_words_for_accounts_is_the_orders_own_trouble(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    refused = ProblemError(Problem(f"{ACME_ERROR}unauthorized", "not for this name"))
    rig.server.fail = lambda name, _url: refused if name == "new_order" else None
    [failure] = rig.apply().failed
    assert failure.problem.code == "unauthorized"
    assert rig.server.requests["read_account"] == 1
    [order] = rig.store.orders().values()
    assert order.stage is Stage.ERROR
    assert account_of(rig).last_error is None


def test_an_account_of_another_client_is_taken_over(rig: Rig) -> None:
    key = pki.generate_key(KeyType.RSA_2048)
    MemoryCA(rig.server, key, None).new_account(("mailto:a@example.com",), terms_of_service_agreed=True)
    [url] = rig.server.accounts
    account = import_account(rig.place(), rig.account, key)
    assert (account.account_url, account.active_key.key_type) == (url, KeyType.RSA_2048)
    assert account.email_contacts == ("a@example.com",)
    assert rig.store.account_key("ca", 0) == key
    rig.account = replace(rig.account, email_contacts=("a@example.com",))
    rig.want("www", "www.example.com")
    result = rig.apply()
    assert result.issued
    assert not result.registered
    with pytest.raises(AccountError, match="already"):
        import_account(rig.place(), rig.account, key)


def test_a_key_that_the_ca_does_not_know_is_not_taken_over(rig: Rig) -> None:
    with pytest.raises(AccountError, match="no account for this key"):
        import_account(rig.place(), rig.account, pki.generate_key(KeyType.EC_256))
    assert rig.store.accounts() == {}
    assert not rig.store.has_account_key("ca", 0)


def test_an_order_that_goes_through_an_account_with_another_key_by_now_goes_on(
    rig_by_hand: Rig, tmp_path: Path
) -> None:
    """The state before a key change, restored from a copy: its key is known to nobody any more."""
    rig = rig_by_hand
    rig.want("www", "www.example.com")
    rig.apply()
    shutil.copytree(rig.folder / "state", tmp_path / "copy")
    change_key(rig.place(), rig.account, account_of(rig), KeyType.EC_256)
    shutil.rmtree(rig.folder / "state")
    shutil.move(tmp_path / "copy", rig.folder / "state")
    [order] = rig.store.orders().values()
    rig.store.save_order(mark_fulfilled(order, rig.clock.now()))
    [failure] = rig.apply().failed
    assert failure.problem.code == "accountGone"
    [order] = rig.store.orders().values()
    assert order.is_open
