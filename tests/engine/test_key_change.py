"""A change of an account's key that does not go straight: no key that was sent is ever thrown away."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler.engine.accounts import deactivate
from reconciler.engine.key_change import change_key, settle
from reconciler.errors import AccountGoneError, CAUnavailableError, ProblemError
from reconciler.model.account import KeyType
from reconciler.model.order import Status
from reconciler.model.revocation import RevocationReason
from reconciler.plan import actions
from tests.engine.checks import assert_settled
from tests.engine.memory_ca import MemoryCA
from tests.engine.memory_server import refused
from tests.engine.test_accounts import account_of, assert_works, key_at_ca, want_rotation
from tests.engine.test_revocation import current, revoked_by_command
from tests.unit.pki.csrs import csr

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.memory_server import MemoryAccount
    from tests.engine.rig import Rig


def registered(rig: Rig) -> MemoryAccount:
    """Let the rig have an account, and return it as the CA has it."""
    rig.want("www", "www.example.com")
    rig.apply()
    [account] = rig.server.accounts.values()
    return account


def fail_at(rig: Rig, name: str, error: Exception | None) -> None:
    """Let the CA answer one kind of request with an error."""
    rig.server.fail = lambda asked, _url: error if asked == name else None


def keys_of(rig: Rig) -> list[str]:
    return sorted(path.name for path in (rig.folder / "state/accounts/ca").iterdir())


def archived(rig: Rig) -> list[Path]:
    return sorted(rig.folder.glob("state/archive/accounts/ca/*/*.pem"))


def begin(rig: Rig, *, served: bool) -> None:
    """Begin a change whose answer is lost: whether the CA has served it nobody here knows."""

    def lose(name: str) -> None:
        if name == "change_key":
            raise CAUnavailableError("the answer was lost")

    if served:
        rig.server.after_request = lose
    else:
        fail_at(rig, "change_key", CAUnavailableError("away"))
    with pytest.raises(CAUnavailableError):
        change_key(rig.place(), rig.account, account_of(rig), KeyType.EC_256)
    rig.server.after_request = lambda _name: None
    fail_at(rig, "", None)
    account = account_of(rig)
    assert (account.active_key_version, account.pending_key_version) == (0, 1)
    assert (key_at_ca(rig) == account.active_key.thumbprint) is not served


# The CA makes it hard to know


def test_a_change_that_is_not_visible_at_once_and_then_a_conflict_loses_no_key(rig: Rig) -> None:
    at_ca = registered(rig)
    old = at_ca.thumbprint
    begin(rig, served=True)
    new, at_ca.thumbprint = at_ca.thumbprint, old
    fail_at(rig, "change_key", refused("conflict", "the key is in use for a different account", 409))
    for _ in range(3):
        with pytest.raises(ProblemError):
            change_key(rig.place(), rig.account, account_of(rig), KeyType.EC_256)
        assert keys_of(rig) == ["key-0.pem", "key-1.pem"]
        assert account_of(rig).pending_key_version == 1
    [failure] = rig.apply().failed
    assert (failure.kind, failure.problem.code) == ("account", "conflict")
    assert archived(rig) == []
    # Now the change is seen everywhere.
    at_ca.thumbprint = new
    assert rig.apply().rotated
    assert account_of(rig).active_key_version == 1
    assert_works(rig)


def test_a_first_change_that_is_in_conflict_stays_pending(rig: Rig) -> None:
    registered(rig)
    fail_at(rig, "change_key", refused("conflict", "the key is in use for a different account", 409))
    with pytest.raises(ProblemError):
        change_key(rig.place(), rig.account, account_of(rig), KeyType.EC_256)
    assert account_of(rig).pending_key_version == 1
    assert keys_of(rig) == ["key-0.pem", "key-1.pem"]


@pytest.mark.parametrize(
    "error",
    [
        refused("unauthorized", "key changes are not for you", 403),
        refused("malformed", "no such request"),
        refused("externalAccountRequired", "a binding is wanted"),
    ],
)
def test_a_change_that_was_begun_is_given_up_for_no_refusal(rig: Rig, error: Exception) -> None:
    registered(rig)
    begin(rig, served=False)
    fail_at(rig, "change_key", error)
    for _ in range(2):
        [failure] = rig.apply().failed
        assert failure.kind == "account"
    assert account_of(rig).pending_key_version == 1
    assert keys_of(rig) == ["key-0.pem", "key-1.pem"]
    fail_at(rig, "", None)
    assert rig.apply().rotated
    assert_works(rig)


def test_a_ca_that_answers_500_to_each_change_holds_up_no_renewal(rig: Rig) -> None:
    registered(rig)
    want_rotation(rig)
    rig.clock.advance(days=91)
    fail_at(rig, "change_key", CAUnavailableError("HTTP status 500"))
    for number in range(3):
        rig.clock.advance(days=61)
        result = rig.apply()
        assert [each.certificate for each in result.issued] == ["www"], number
        assert [(each.kind, each.problem.code) for each in result.failed] == [("account", "caUnavailable")]
        assert account_of(rig).pending_key_version == 1
        assert keys_of(rig) == ["key-0.pem", "key-1.pem"]
    key = rig.store.account_key("ca", 1)
    fail_at(rig, "", None)
    assert rig.apply().rotated
    assert rig.store.account_key("ca", 1) == key
    rig.account = replace(rig.account, key_max_age=None)
    assert_works(rig)


def test_a_refused_first_change_is_given_up_and_its_key_put_away(rig: Rig) -> None:
    registered(rig)
    want_rotation(rig)
    rig.clock.advance(days=91)
    fail_at(rig, "change_key", refused("badPublicKey", "not this one"))
    for number in (1, 2):
        result = rig.apply()
        assert [(each.kind, each.problem.code) for each in result.failed] == [("account", "badPublicKey")]
        account = account_of(rig)
        assert (account.pending_key_version, len(account.account_keys)) == (None, 1)
        assert keys_of(rig) == ["key-0.pem"]
        assert [path.name for path in archived(rig)] == ["refused-1.pem"] * number
        rig.clock.advance(seconds=1)
    for path in archived(rig):
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
    rig.account = replace(rig.account, key_max_age=None)
    assert_settled(rig)


def test_an_account_that_the_ca_takes_by_neither_key_is_gone(rig: Rig) -> None:
    at_ca = registered(rig)
    begin(rig, served=True)
    at_ca.thumbprint = "a third one"
    with pytest.raises(AccountGoneError):
        settle(rig.place(), rig.account, account_of(rig))
    assert keys_of(rig) == ["key-0.pem", "key-1.pem"]


def test_a_dead_account_gets_no_new_key_at_each_run(rig: Rig) -> None:
    at_ca = registered(rig)
    at_ca.status = Status.DEACTIVATED
    want_rotation(rig)
    rig.clock.advance(days=91)
    for _ in range(3):
        result = rig.apply()
        assert {each.problem.code for each in result.failed} == {"accountGone", "accountUnusable"}
        rig.clock.advance(hours=6)
    assert rig.server.requests["change_key"] <= 1
    assert len(archived(rig)) <= 1
    assert keys_of(rig) == ["key-0.pem"]


# The key that holds is used


@pytest.mark.parametrize("served", [True, False])
def test_an_account_with_a_change_pending_is_deactivated_by_the_key_that_holds(
    rig: Rig, *, served: bool
) -> None:
    at_ca = registered(rig)
    begin(rig, served=served)
    rig.has_account = False
    rig.specs.clear()
    result = rig.apply()
    assert (len(result.deactivated), result.failed) == (1, ())
    assert at_ca.status is Status.DEACTIVATED
    assert rig.store.accounts() == {}
    assert [path.name for path in archived(rig)] == ["key-0.pem", "key-1.pem"]


@pytest.mark.parametrize("served", [True, False])
def test_a_certificate_is_revoked_by_the_key_that_holds(rig: Rig, *, served: bool) -> None:
    registered(rig)
    rig.want_csr("hsm", csr("hsm.example.com"))
    rig.apply()
    begin(rig, served=served)
    revoked_by_command(rig, current(rig, "hsm")[1])
    assert rig.server.revoked_by == ["account"]
    assert (account_of(rig).active_key_version == 1) is served


@pytest.mark.parametrize("served", [True, False])
def test_a_plan_with_revocation_and_pending_change_does_both(rig: Rig, *, served: bool) -> None:
    registered(rig)
    rig.want_csr("hsm", csr("hsm.example.com"))
    rig.apply()
    begin(rig, served=served)
    _, order = current(rig, "hsm")
    rig.change("hsm", revoke=RevocationReason.SUPERSEDED)
    kinds = {type(each) for each in rig.plan().actions}
    assert kinds == {actions.RotateKey, actions.RevokeCertificate}
    result = rig.apply()
    assert [each.order_id for each in result.revoked] == [order.order_id]
    assert result.failed == ()
    assert account_of(rig).active_key_version > 0
    rig.specs.pop("hsm")
    rig.apply()
    assert_works(rig)


def test_revocations_come_before_the_key_changes(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    registered(rig)
    rig.want_csr("hsm", csr("hsm.example.com"))
    rig.apply()
    rig.account = replace(rig.account, key_max_age=dt.timedelta(days=1))
    rig.clock.advance(days=2)
    rig.change("hsm", revoke=RevocationReason.SUPERSEDED)
    asked: list[str] = []

    def note(name: str, _url: str) -> None:
        asked.append(name)

    monkeypatch.setattr(rig.server, "fail", note)
    result = rig.apply()
    assert (len(result.revoked), len(result.rotated), result.failed) == (1, 1, ())
    assert asked.index("revoke_certificate") < asked.index("change_key")


# The end of an account whose key is another one


def test_a_deactivation_that_is_refused_for_a_wrong_key_is_not_taken_for_done(rig: Rig) -> None:
    at_ca = registered(rig)
    at_ca.thumbprint = "changed elsewhere"
    fail_at(rig, "deactivate_account", refused("unauthorized", "the signature does not verify", 401))
    rig.has_account = False
    rig.specs.clear()
    result = rig.apply()
    assert result.deactivated == ()
    assert [each.kind for each in result.failed] == ["account"]
    assert at_ca.status is Status.VALID
    assert rig.store.account("ca") is not None
    assert keys_of(rig) == ["key-0.pem"]


def test_one_that_is_refused_because_it_was_done_before_is(rig: Rig) -> None:
    at_ca = registered(rig)
    at_ca.status = Status.DEACTIVATED
    deactivate(rig.place(), rig.account, account_of(rig))
    assert rig.store.accounts() == {}


def test_and_where_the_ca_still_finds_the_account_its_status_tells(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_ca = registered(rig)
    fail_at(rig, "deactivate_account", refused("unauthorized", "not today", 403))
    with pytest.raises(ProblemError):
        deactivate(rig.place(), rig.account, account_of(rig))
    assert rig.store.account("ca") is not None
    monkeypatch.setattr(MemoryCA, "_found", lambda _self: at_ca)
    at_ca.status = Status.REVOKED
    deactivate(rig.place(), rig.account, account_of(rig))
    assert rig.store.accounts() == {}
