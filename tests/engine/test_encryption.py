"""Encrypting all private keys anew, killed at every point; and a whole life with keys that are encrypted."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

import pytest

from reconciler import files
from reconciler.engine import reencrypt
from reconciler.model.encryption import Encryption
from reconciler.model.order import OrderFile
from reconciler.plan import reasons as why
from reconciler.plan.actions import ReencryptKeys
from reconciler.store import Store
from reconciler.store.age import AgeCipher, IdentityText
from reconciler.store.key_paths import encrypted_path, key_paths
from tests.engine.checks import assert_settled
from tests.engine.rig import Rig
from tests.engine.test_kill import Killed, Killer, apply_until_settled, arm, killed_everywhere
from tests.unit.age_keys import Pair, age_pair

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

BOTH = (why.RecipientsChanged(), why.ReencryptionUnfinished())
A, B, C = age_pair(0), age_pair(1), age_pair(2)


def encrypt_for(rig: Rig, recipients: Sequence[Pair], identities: Sequence[Pair]) -> None:
    """Name recipients in the settings, and give the program identities."""
    named = tuple(each.recipient for each in recipients)
    rig.encryption = Encryption(named) if named else None
    text = "\n".join(each.identity for each in identities)
    cipher = AgeCipher(named, lambda: IdentityText(text, "a test"))
    rig.make_store = partial(Store, cipher=cipher)


def issued(rig: Rig) -> None:
    """Have a certificate, a former one of it, and a former key of the account."""
    rig.want("www", "www.example.com")
    rig.apply()
    rig.clock.advance(days=61)
    rig.apply()
    assert len(keys_of(rig)) == 3


def keys_of(rig: Rig) -> dict[str, bytes]:
    """Return all keys, as the program reads them."""
    keys, root = rig.store.keys, rig.folder / "state"
    return {str(path.relative_to(root)): keys.read(path) for path in key_paths(root)}


def assert_all_encrypted(rig: Rig, identity: Pair) -> None:
    for path in key_paths(rig.folder / "state"):
        assert not path.exists()
        data = encrypted_path(path).read_bytes()
        assert AgeCipher((), lambda: IdentityText(identity.identity, "a test")).decrypt(data)
    for path in (rig.folder / "state").rglob("*"):
        assert not (path.is_file() and b"PRIVATE KEY" in path.read_bytes()), path


def reencryption(rig: Rig) -> ReencryptKeys:
    [action] = [each for each in rig.plan().actions if isinstance(each, ReencryptKeys)]
    return action


def test_a_certificate_with_encryption_from_the_start(tmp_path: Path) -> None:
    def prepare(rig: Rig) -> None:
        encrypt_for(rig, [A], [A])
        rig.want("www", "www.example.com")

    def check(rig: Rig) -> None:
        assert_settled(rig)
        assert_all_encrypted(rig, A)
        assert len(rig.server.completed()) == len(rig.server.accounts) == 1

    assert killed_everywhere(tmp_path, prepare, check) > 40


@pytest.mark.parametrize(
    ("before", "after", "identities"),
    [
        pytest.param([], [A], [A], id="on"),
        pytest.param([A], [A, B], [A], id="added"),
        pytest.param([A, B], [B], [B], id="removed"),
        pytest.param([A], [B], [A, B], id="replaced"),
        pytest.param([A], [], [A], id="off"),
    ],
)
def test_killed_at_any_point_it_goes_on(
    tmp_path: Path, before: list[Pair], after: list[Pair], identities: list[Pair]
) -> None:
    kept: dict[str, bytes] = {}

    def prepare(rig: Rig) -> None:
        encrypt_for(rig, before, before)
        issued(rig)
        kept.clear()
        kept.update(keys_of(rig))
        encrypt_for(rig, after, identities)
        action = reencryption(rig)
        assert action.number == 3
        assert {*action.added} == {each.recipient for each in after if each not in before}
        assert {*action.removed} == {each.recipient for each in before if each not in after}

    def check(rig: Rig) -> None:
        assert_settled(rig)
        assert keys_of(rig) == kept
        if after:
            for each in after:
                assert_all_encrypted(rig, each)
        else:
            assert not list((rig.folder / "state").rglob("*.age"))
            assert not (rig.folder / "state/encryption.yaml").exists()
        assert len(rig.server.issued) == 2

    assert killed_everywhere(tmp_path, prepare, check) > 12


def test_a_change_that_was_begun_and_taken_back(tmp_path: Path) -> None:
    """Some keys are for the new recipient alone; the record says so, though the settings are as before."""
    for at in range(1, 100):
        (tmp_path / str(at)).mkdir()
        rig = Rig(tmp_path / str(at))
        encrypt_for(rig, [A], [A])
        issued(rig)
        kept = keys_of(rig)
        encrypt_for(rig, [B], [A, B])
        killer = Killer(at)
        with pytest.MonkeyPatch.context() as patch:
            arm(rig, killer, patch)
            try:
                rig.apply()
            except Killed:
                pass
            else:
                assert at > 12
                return
        encrypt_for(rig, [A], [A, B])
        plan = rig.plan()
        rig.apply()
        assert not rig.plan().has_changes
        assert keys_of(rig) == kept
        assert_all_encrypted(rig, A)
        if plan.has_changes:
            [action] = plan.actions
            assert isinstance(action, ReencryptKeys)
            assert action.removed == (B.recipient,)
            assert action.reasons in ((why.ReencryptionUnfinished(),), (why.RecipientsChanged(),), BOTH)
    pytest.fail("the run has no end")


def test_without_the_identity_the_keys_stay_as_they_are_and_the_rest_goes_on(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    encrypt_for(rig, [A], [A])
    rig.want("www", "www.example.com")
    rig.want("gone", "gone.example.com")
    rig.apply()
    before = {path: path.read_bytes() for path in (tmp_path / "state").rglob("*.age")}
    encrypt_for(rig, [A, B], [C])
    del rig.specs["gone"]
    rig.want("new", "new.example.com")
    result = rig.apply()
    assert [each.certificate for each in result.forgotten] == ["gone"]
    failed = {(each.kind, each.subject): each.problem for each in result.failed}
    assert set(failed) == {("keys", "private keys"), ("account", "ca"), ("certificate", "new")}
    said = failed["keys", "private keys"]
    assert said.type == "urn:reconciler:error:encryption"
    assert said.detail.startswith("3 of 3 private keys are as they were: ")
    assert " and 2 more cannot be decrypted: " in said.detail
    assert said.detail.count("none of those it is for") == 1  # the reason of all of them
    assert A.recipient in said.detail
    after = {path.name: path.read_bytes() for path in (tmp_path / "state").rglob("*.age")}
    assert {*after.values()} <= {*before.values()}
    assert len(list((tmp_path / "state").rglob("*.age"))) == len(before) == 3
    encrypt_for(rig, [A, B], [A])
    apply_until_settled(rig)
    assert_all_encrypted(rig, B)


def test_one_key_that_cannot_be_read_holds_up_none_of_the_others(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    encrypt_for(rig, [A], [A])
    issued(rig)
    [current] = rig.store.orders()
    bad = tmp_path / "state/orders" / current / "privkey.pem.age"
    foreign = AgeCipher((C.recipient,), lambda: IdentityText(C.identity, "a test")).encrypt(b"mine")
    bad.write_bytes(foreign)
    encrypt_for(rig, [B], [A, B])
    for _ in range(2):
        result = rig.apply()
        [failure] = result.failed
        assert "1 of 3 private keys are as they were" in failure.problem.detail
        assert bad.read_bytes() == foreign
        assert reencryption(rig).removed == (A.recipient,)
    others = [path for path in (tmp_path / "state").rglob("*.age") if path != bad]
    for path in others:
        assert AgeCipher((), lambda: IdentityText(B.identity, "a test")).decrypt(path.read_bytes())


def test_recipients_without_the_own_identity_are_refused_before_anything_is_ordered(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    encrypt_for(rig, [B], [A])
    rig.want("www", "www.example.com")
    result = rig.apply()
    assert {each.kind for each in result.failed} == {"account", "certificate"}
    assert "add the identity's own public key to `encryption.recipients`" in result.failed[0].problem.detail
    assert not rig.server.accounts
    assert not list((tmp_path / "state").rglob("*.pem*"))


def test_a_plan_needs_no_identity(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    issued(rig)

    def refuse() -> IdentityText:
        raise AssertionError

    rig.encryption = Encryption((A.recipient,))
    rig.make_store = partial(Store, cipher=AgeCipher((A.recipient,), refuse))
    action = reencryption(rig)
    assert action.reasons == (why.EncryptionTurnedOn(),)
    assert (action.added, action.removed, action.number) == ((A.recipient,), (), 3)
    encrypt_for(rig, [A], [A])
    result = rig.apply()
    assert [each.number for each in result.reencrypted] == [3]
    rig.make_store = partial(Store, cipher=AgeCipher((A.recipient,), refuse))
    assert not rig.plan().has_changes


def test_a_key_in_clear_among_encrypted_ones_is_seen(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    issued(rig)
    kept = keys_of(rig)
    clear = tmp_path / "state/accounts/ca/key-0.pem"
    content = clear.read_bytes()
    encrypt_for(rig, [A], [A])
    rig.apply()
    clear.write_bytes(content)  # as from a backup
    action = reencryption(rig)
    assert (action.added, action.removed, action.reasons) == ((), (), (why.KeysInClear(1),))
    rig.apply()
    assert keys_of(rig) == kept
    assert_all_encrypted(rig, A)


def test_a_clone_without_delivered_keys_is_as_the_tree_wants_it(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    encrypt_for(rig, [A], [A])
    rig.want("www", "www.example.com")
    rig.apply()
    (rig.output / "www/privkey.pem").unlink()
    assert not rig.plan().has_changes
    (rig.output / "www/cert.pem").unlink()
    assert rig.plan().has_changes
    rig.apply()
    assert_settled(rig)
    (rig.output / "www/privkey.pem").unlink()
    encrypt_for(rig, [], [A])
    assert {type(each).__name__ for each in rig.plan().actions} == {"ReencryptKeys", "DeliverCertificate"}


def test_a_stopped_run_goes_on_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(tmp_path)
    issued(rig)
    monkeypatch.setattr(reencrypt, "_AT_ONCE", 1)
    encrypt_for(rig, [A], [A])
    write = files.write_files

    def write_and_stop(
        folder: Path, contents: Mapping[str, tuple[bytes, int]], *, first_before: bool = True
    ) -> None:
        write(folder, contents, first_before=first_before)
        if any(name.endswith(".age") for name in contents):
            rig.stop.set()

    monkeypatch.setattr(files, "write_files", write_and_stop)
    result = rig.apply()
    assert result.stopped
    assert not result.failed
    assert len(list((tmp_path / "state").rglob("*.age"))) == 1
    monkeypatch.undo()
    rig.stop = threading.Event()
    action = reencryption(rig)
    assert action.reasons == (why.EncryptionTurnedOn(), why.ReencryptionUnfinished())
    rig.apply()
    assert_all_encrypted(rig, A)


def test_a_renewal_keeps_a_key_that_is_encrypted(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    encrypt_for(rig, [A], [A])
    rig.want("www", "www.example.com")
    rig.change("www", reuse_key=True)
    rig.apply()
    first = rig.delivered("www")["privkey.pem"]
    rig.clock.advance(days=61)
    encrypt_for(rig, [A], [B])
    failed = rig.apply().failed
    assert failed
    assert rig.delivered("www")["privkey.pem"] == first
    encrypt_for(rig, [A], [A])
    apply_until_settled(rig)
    assert rig.delivered("www")["privkey.pem"] == first
    assert len(rig.server.issued) == 2


def test_an_account_is_not_made_anew_because_its_key_cannot_be_read(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    encrypt_for(rig, [A], [A])
    rig.want("www", "www.example.com")
    rig.apply()
    record = tmp_path / "state/accounts/ca.yaml"
    record.unlink()
    rig.want("api", "api.example.com")
    encrypt_for(rig, [B], [B])
    assert rig.apply().failed
    assert len(rig.server.accounts) == 1
    encrypt_for(rig, [A], [A])
    apply_until_settled(rig)
    assert len(rig.server.accounts) == 1
    [order] = [each for each in rig.store.orders().values() if each.certificate_name == "api"]
    assert rig.store.has_order_file(order.order_id, OrderFile.PRIVATE_KEY)
