"""The life of an account: contacts, keys that change, and the end of it."""

from __future__ import annotations

import datetime as dt
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler import pki
from reconciler.engine.account_import import import_account
from reconciler.engine.accounts import deactivate
from reconciler.engine.fulfilled import mark_fulfilled
from reconciler.engine.key_change import change_key
from reconciler.engine.options import ApplyOptions
from reconciler.errors import (
    AccountError,
    AccountGoneError,
    CAUnavailableError,
    ProblemError,
    ProtocolError,
    StateError,
)
from reconciler.model.account import KeyType
from reconciler.model.order import Stage, Status
from reconciler.model.problem import ACME_ERROR, OWN_ERROR, Problem
from reconciler.model.revocation import RevocationReason
from reconciler.plan import actions
from tests.engine.checks import assert_settled
from tests.engine.memory_ca import MemoryCA
from tests.engine.memory_server import refused
from tests.engine.rig import Rig
from tests.engine.test_kill import Killed, Killer, arm, killed_everywhere
from tests.unit.pki.csrs import csr

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.account import Account

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


def test_what_the_ca_calls_itself_in_the_dns_is_kept(rig: Rig) -> None:
    rig.server.caa_identities = ("ca.test",)
    rig.want("www", "www.example.com")
    rig.apply()
    assert account_of(rig).caa_identities == ("ca.test",)
    rig.server.caa_identities = ("ca.test", "other.test")
    rig.account = replace(rig.account, email_contacts=("a@example.com",))
    rig.apply()
    assert account_of(rig).caa_identities == ("ca.test", "other.test")


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


@pytest.mark.parametrize("changes", [0, 1, 2])
def test_an_account_whose_record_was_lost_is_found_by_the_key_that_holds(rig: Rig, changes: int) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    for _ in range(changes):
        change_key(rig.place(), rig.account, account_of(rig), KeyType.EC_256)
    before = account_of(rig)
    (rig.folder / "state/accounts/ca.yaml").unlink()
    rig.want("api", "api.example.com")
    assert rig.apply().registered
    after = account_of(rig)
    assert (after.account_url, after.active_key) == (
        before.account_url,
        replace(after.active_key, key_version=changes, thumbprint=before.active_key.thumbprint),
    )
    assert [each.key_version for each in after.account_keys] == [*range(changes + 1)]
    assert change_key(rig.place(), rig.account, after, KeyType.EC_256).active_key_version == changes + 1
    assert_works(rig)


def test_an_account_that_no_ca_knows_is_registered_by_its_first_key(rig: Rig) -> None:
    for version in (0, 1):
        rig.store.save_account_key("ca", version, pki.generate_key(KeyType.EC_256))
    rig.want("www", "www.example.com")
    rig.apply()
    assert account_of(rig).active_key_version == 0
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
    rig.server.caa_identities = ("ca.test",)
    account = import_account(rig.place(), rig.account, key)
    assert account.caa_identities == ("ca.test",)
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


# What a CA may make of it


def test_the_address_of_a_ca_can_be_corrected_before_the_account_is_registered(rig: Rig) -> None:
    """Whether the other CA has got the key nobody knows: it is not used again."""
    right = rig.account
    rig.account = replace(right, directory_url="https://typo.test/directory")
    rig.server.fail = lambda _name, _url: CAUnavailableError("no such host")
    rig.want("www", "www.example.com")
    assert rig.apply().failed
    before = account_of(rig)
    assert (before.account_url, before.directory_url) == (None, "https://typo.test/directory")
    rig.account = right
    rig.server.fail = lambda _name, _url: None
    plan = rig.plan()
    assert plan.denied == ()
    result = rig.apply()
    assert (len(result.registered), len(result.issued)) == (1, 1)
    account = account_of(rig)
    assert account.directory_url == right.directory_url
    assert account.active_key.thumbprint != before.active_key.thumbprint
    assert_settled(rig)


@pytest.mark.parametrize("wait", [True, False])
def test_a_ca_that_is_too_busy_for_an_update_is_a_failure_though_no_order_waits(
    rig: Rig, *, wait: bool
) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    rig.account = replace(rig.account, email_contacts=("a@example.com",))
    slow = Problem(f"{ACME_ERROR}rateLimited", "slow", 429)
    until = rig.clock.now() + dt.timedelta(hours=1)
    busy = CAUnavailableError("429", until, slow)
    rig.server.fail = lambda name, _url: busy if name == "update_account" else None
    result = rig.apply(ApplyOptions(wait=wait))
    assert result.updated == ()
    assert [(each.kind, each.subject, each.problem.code) for each in result.failed] == [
        ("account", "ca", "rateLimited")
    ]


def test_two_failures_of_one_account_are_both_told(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    errors = {
        "update_account": refused("invalidContact", "no such domain"),
        "change_key": refused("badPublicKey", "not this one"),
    }
    rig.server.fail = lambda name, _url: errors.get(name)
    rig.account = replace(rig.account, email_contacts=("a@example.invalid",))
    want_rotation(rig)
    rig.clock.advance(days=91)
    result = rig.apply()
    assert sorted(each.problem.code for each in result.failed) == ["badPublicKey", "invalidContact"]
    assert result.issued


@pytest.mark.parametrize(
    ("error", "is_gone"),
    [
        (refused("malformed", "not for GET", 405), False),
        (refused("serverInternal", "something broke", 400), False),
        (ProtocolError("HTTP status 405"), False),
        (refused("accountDoesNotExist", "who?"), True),
        (refused("unauthorized", "the account is revoked", 403), True),
        (refused("malformed", "JWS verification error"), True),
    ],
)
def test_an_odd_answer_about_the_account_blocks_nothing(rig: Rig, error: Exception, *, is_gone: bool) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    rig.want("bad", "bad.example.com")
    errors = {"read_account": error, "new_order": refused("unauthorized", "no such names for you", 403)}
    rig.server.fail = lambda name, _url: errors.get(name)
    [failure] = rig.apply().failed
    assert failure.problem.code == ("accountGone" if is_gone else "unauthorized")
    assert (account_of(rig).last_error is not None) is is_gone
    del errors["new_order"]
    rig.want("good", "good.example.com")
    result = rig.apply()
    assert ("good" in {each.certificate for each in result.issued}) is not is_gone


def test_the_contacts_of_an_account_that_is_found_by_its_key_are_those_that_the_ca_has(rig: Rig) -> None:
    rig.account = replace(rig.account, email_contacts=("old@example.com",))
    rig.want("www", "www.example.com")

    def lose(name: str) -> None:
        if name == "new_account":
            raise CAUnavailableError("the answer was lost")

    rig.server.after_request = lose
    rig.apply(ApplyOptions(wait=False))
    [at_ca] = rig.server.accounts.values()
    at_ca.contacts = ("mailto:old@example.com",)
    rig.server.after_request = lambda _name: None
    rig.account = replace(rig.account, email_contacts=("new@example.com",))
    assert rig.apply().issued
    assert account_of(rig).email_contacts == ("old@example.com",)
    assert [type(each) for each in rig.plan().actions] == [actions.UpdateAccount]
    assert rig.apply().updated
    assert at_ca.contacts == ("new@example.com",)
    assert_settled(rig)


def test_an_error_of_the_account_that_is_over_does_not_come_back(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    stale = Problem(f"{OWN_ERROR}account", "it is gone")
    rig.store.save_account(replace(account_of(rig), last_error=stale))
    rig.account = replace(rig.account, email_contacts=("a@example.com",))
    want_rotation(rig)
    rig.clock.advance(days=91)
    result = rig.apply()
    assert (len(result.updated), len(result.rotated), result.failed) == (1, 1, ())
    assert account_of(rig).last_error is None


# Taking over, with obstacles


@pytest.mark.parametrize("says_so", ["by an error", "by a status"])
def test_of_an_account_that_is_deactivated_nothing_is_taken_over(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, says_so: str
) -> None:
    key = pki.generate_key(KeyType.EC_256)
    MemoryCA(rig.server, key, None).new_account((), terms_of_service_agreed=True)
    [at_ca] = rig.server.accounts.values()
    at_ca.status = Status.DEACTIVATED
    if says_so == "by a status":
        monkeypatch.setattr(MemoryCA, "_found", lambda _self: at_ca)
    for _ in range(2):
        with pytest.raises((ProblemError, AccountGoneError), match="deactivated"):
            import_account(rig.place(), rig.account, key)
    assert rig.store.accounts() == {}
    assert not rig.store.has_account_key("ca", 0)


def test_what_was_interrupted_between_key_and_record_can_be_repeated(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = pki.generate_key(KeyType.EC_256)
    MemoryCA(rig.server, key, None).new_account((), terms_of_service_agreed=True)

    def full(*_: object) -> None:
        raise StateError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr("reconciler.store.Store.save_account", full)
        with pytest.raises(StateError):
            import_account(rig.place(), rig.account, key)
    assert (rig.store.accounts(), rig.store.has_account_key("ca", 0)) == ({}, True)
    with pytest.raises(AccountError, match="has a key for the account ca already"):
        import_account(rig.place(), rig.account, pki.generate_key(KeyType.EC_256))
    assert import_account(rig.place(), rig.account, key).account_url in rig.server.accounts


def test_killed_anywhere_an_import_can_be_repeated(tmp_path: Path) -> None:
    key = pki.generate_key(KeyType.EC_256)

    for at in range(1, 100):
        (tmp_path / str(at)).mkdir()
        rig, killer = Rig(tmp_path / str(at)), Killer(at)
        MemoryCA(rig.server, key, None).new_account((), terms_of_service_agreed=True)
        with pytest.MonkeyPatch.context() as patch, suppress(Killed):
            arm(rig, killer, patch)
            import_account(rig.place(), rig.account, key)
        rig.server.after_request = lambda _name: None
        if not any(each.account_url for each in rig.store.accounts().values()):
            import_account(rig.place(), rig.account, key)
        rig.want("www", "www.example.com")
        result = rig.apply()
        assert (result.registered, len(result.issued), len(rig.server.accounts)) == ((), 1, 1)
        if not killer.struck:
            assert at > 5
            return
    pytest.fail("it never ended unharmed")


# A revocation that has not come to its end


def test_a_failed_revocation_keeps_the_account_until_it_is_done(rig: Rig) -> None:
    """Who made the CSR has the key: only the account can revoke its certificate."""
    rig.want_csr("hsm", csr("hsm.example.com"))
    rig.apply()
    [old] = rig.server.accounts.values()
    rig.account = replace(rig.account, name="other")
    rig.role = replace(rig.role, acme_account_name="other")
    rig.change("hsm", role=rig.role, revoke=RevocationReason.CA_COMPROMISE)
    rig.server.refused_reasons = {RevocationReason.CA_COMPROMISE}
    kinds = [type(each) for each in rig.plan().actions]
    assert kinds == [actions.RevokeCertificate, actions.DeactivateAccount]
    result = rig.apply()
    assert [each.problem.code for each in result.failed] == ["badRevocationReason"]
    assert result.deactivated == ()
    assert (old.status, rig.store.account("ca") is None) == (Status.VALID, False)
    rig.change("hsm", revoke=RevocationReason.SUPERSEDED)
    result = rig.apply()
    assert ([each.certificate for each in result.revoked], len(result.deactivated)) == (["hsm"], 1)
    assert (old.status, rig.store.accounts()) == (Status.DEACTIVATED, {})
    assert rig.server.revoked_by == ["account"]
    assert not rig.plan().has_changes
