from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import EncryptionError, SecretError, StateError
from reconciler.model.encryption import KeyEncryption
from reconciler.model.order import OrderFile
from reconciler.store import Store
from reconciler.store.age import AgeCipher, IdentityText
from reconciler.store.key_paths import count_keys, key_paths
from tests.unit.age_keys import age_pair, cipher
from tests.unit.values import NOW, account

if TYPE_CHECKING:
    from reconciler.store.cipher import Cipher

KEY, OTHER = b"-----BEGIN PRIVATE KEY-----\none\n", b"-----BEGIN PRIVATE KEY-----\nother\n"
ORDER = "0197299e-0000-7000-8000-000000000002"
OWN, SECOND = age_pair(), age_pair(1)


def store(root: Path, cipher: Cipher | None = None) -> Store:
    return Store(root / "state", cipher)


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root / "state")) for path in root.rglob("*.pem*")}


def test_keys_are_age_files_that_nobody_else_can_look_at(tmp_path: Path) -> None:
    state = store(tmp_path, cipher(OWN))
    state.save_account_key("team/ca", 0, KEY)
    state.save_order_file(ORDER, OrderFile.PRIVATE_KEY, KEY)
    state.save_order_file(ORDER, OrderFile.CSR, b"csr")
    assert files(tmp_path) == {
        "accounts/team/ca/key-0.pem.age",
        f"orders/{ORDER}/privkey.pem.age",
        f"orders/{ORDER}/csr.pem",
    }
    for path in tmp_path.rglob("*.age"):
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert KEY not in path.read_bytes()
    assert state.has_account_key("team/ca", 0)
    assert state.has_order_file(ORDER, OrderFile.PRIVATE_KEY)
    assert state.account_key("team/ca", 0) == state.order_file(ORDER, OrderFile.PRIVATE_KEY) == KEY
    assert (tmp_path / "state/encryption.yaml").read_text() == f"recipients:\n- {OWN.recipient}\n"


def test_the_first_keys_of_many_accounts_are_written_side_by_side(tmp_path: Path) -> None:
    for attempt in range(5):
        state = store(tmp_path / str(attempt), cipher(OWN))
        barrier = threading.Barrier(8)

        def save(name: str, state: Store = state, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            state.save_account_key(name, 0, KEY)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(save, "abcdefgh"))
        assert state.keys.look().recipients == (OWN.recipient,)
        assert all(state.has_account_key(name, 0) for name in "abcdefgh")


def test_keys_in_clear_are_read_with_encryption_on_and_encrypted_ones_with_it_off(tmp_path: Path) -> None:
    store(tmp_path).save_account_key("ca", 0, KEY)
    assert store(tmp_path, cipher(OWN)).account_key("ca", 0) == KEY
    store(tmp_path, cipher(OWN)).save_account_key("ca", 1, OTHER)
    assert files(tmp_path) == {"accounts/ca/key-0.pem", "accounts/ca/key-1.pem.age"}
    assert store(tmp_path, cipher(identity=OWN)).account_key("ca", 1) == OTHER
    with pytest.raises(EncryptionError, match=r"key-1\.pem\.age cannot be decrypted: .* no identity"):
        store(tmp_path).account_key("ca", 1)
    assert not (tmp_path / "state/encryption.yaml").exists()  # not all keys are


def test_of_two_forms_the_one_counts_that_the_settings_want(tmp_path: Path) -> None:
    encrypting, plain = store(tmp_path, cipher(OWN)), store(tmp_path, cipher(identity=OWN))
    encrypting.save_account_key("ca", 0, KEY)
    (tmp_path / "state/accounts/ca/key-0.pem").write_bytes(OTHER)
    assert encrypting.account_key("ca", 0) == KEY
    assert plain.account_key("ca", 0) == OTHER
    plain.save_account_key("ca", 0, OTHER)
    assert files(tmp_path) == {"accounts/ca/key-0.pem"}


def test_a_key_that_cannot_be_read_is_never_written_over(tmp_path: Path) -> None:
    store(tmp_path, cipher(OWN)).save_order_file(ORDER, OrderFile.PRIVATE_KEY, KEY)
    path = tmp_path / "state" / "orders" / ORDER / "privkey.pem.age"
    before = path.read_bytes()
    for other in (cipher(SECOND), cipher(identity=SECOND), None):
        with pytest.raises(EncryptionError, match="cannot be decrypted"):
            store(tmp_path, other).save_order_file(ORDER, OrderFile.PRIVATE_KEY, OTHER)
    assert path.read_bytes() == before
    assert not path.with_suffix("").exists()


def test_the_error_says_for_whom_the_keys_are(tmp_path: Path) -> None:
    store(tmp_path, cipher(OWN, SECOND)).save_account_key("ca", 0, KEY)
    with pytest.raises(EncryptionError) as caught:
        store(tmp_path, cipher(age_pair(2))).account_key("ca", 0)
    assert f"are encrypted for {OWN.recipient}, {SECOND.recipient}: give the identity" in str(caught.value)
    assert "key-0.pem.age" in str(caught.value)


def test_where_an_identity_is_missing_nothing_is_said_twice(tmp_path: Path) -> None:
    def find() -> IdentityText:
        raise SecretError("the environment variable KEY is not set")

    store(tmp_path, cipher(OWN)).save_account_key("ca", 0, KEY)
    with pytest.raises(EncryptionError) as caught:
        store(tmp_path, AgeCipher((OWN.recipient,), find)).account_key("ca", 0)
    assert "KEY is not set; the keys in " in str(caught.value)
    assert str(caught.value).endswith(f"are encrypted for {OWN.recipient}")


def test_what_is_put_away_stays_encrypted(tmp_path: Path) -> None:
    state = store(tmp_path, cipher(OWN))
    state.save_account_key("ca", 0, KEY)
    state.save_account_key("ca", 1, OTHER)
    state.archive_account_key("ca", 1, NOW)
    state.save_account_key("ca", 1, OTHER)
    state.archive_account_key("ca", 1, NOW)
    state.save_account(account())
    state.archive_account(account())
    assert sorted(Path(each).name for each in files(tmp_path)) == [
        "key-0.pem.age",
        "refused-1-2.pem.age",
        "refused-1.pem.age",
    ]
    assert len(list(key_paths(tmp_path / "state"))) == 3
    assert count_keys(tmp_path / "state", archived=False) == (0, 0)
    assert count_keys(tmp_path / "state", archived=True) == (0, 3)


def test_a_discarded_key_is_gone_in_both_forms(tmp_path: Path) -> None:
    state = store(tmp_path, cipher(OWN))
    state.save_order_file(ORDER, OrderFile.PRIVATE_KEY, KEY)
    (tmp_path / "state/orders" / ORDER / "privkey.pem").write_bytes(KEY)
    state.discard_order_key(ORDER)
    assert not files(tmp_path)
    assert not state.has_order_file(ORDER, OrderFile.PRIVATE_KEY)


def test_how_keys_are_kept_is_known_without_an_identity(tmp_path: Path) -> None:
    def look(*recipients: str) -> KeyEncryption:
        class NoKey:
            def __init__(self) -> None:
                self.recipients = recipients

            def encrypt(self, content: bytes) -> bytes:
                raise AssertionError

            decrypt = encrypt

        return store(tmp_path, NoKey()).keys.look()

    assert look() == look(OWN.recipient) == KeyEncryption()
    store(tmp_path).save_account_key("ca", 0, KEY)
    assert look() == KeyEncryption()  # nothing is counted where nothing is encrypted
    assert look(OWN.recipient) == KeyEncryption(clear=1)
    keys = store(tmp_path, cipher(OWN)).keys
    keys.begin()
    store(tmp_path, cipher(OWN)).save_order_file(ORDER, OrderFile.PRIVATE_KEY, KEY)
    assert look(OWN.recipient) == KeyEncryption((), (OWN.recipient,), clear=1, encrypted=1)
    for path in key_paths(keys.root):
        keys.reencrypt(path)
    keys.end()
    assert look(OWN.recipient) == KeyEncryption((OWN.recipient,), encrypted=2)
    assert look() == KeyEncryption((OWN.recipient,), encrypted=2)


def test_two_different_keys_in_one_place_are_left_alone(tmp_path: Path) -> None:
    state = store(tmp_path, cipher(OWN))
    state.save_account_key("ca", 0, KEY)
    clear = tmp_path / "state/accounts/ca/key-0.pem"
    clear.write_bytes(OTHER)
    with pytest.raises(StateError, match="two different keys"):
        state.keys.reencrypt(clear)
    assert clear.read_bytes() == OTHER
    assert state.account_key("ca", 0) == KEY


def test_links_and_other_files_are_no_keys(tmp_path: Path) -> None:
    state = store(tmp_path)
    state.save_account_key("ca", 0, KEY)
    state.save_order_file(ORDER, OrderFile.PRIVATE_KEY, KEY)
    (tmp_path / "state/accounts/ca/key-x.pem").write_bytes(KEY)
    (tmp_path / "state/accounts/ca/.key-1.pem.tmp").write_bytes(KEY)
    (tmp_path / "state/orders/elsewhere").symlink_to(tmp_path / "state/orders" / ORDER)
    assert [path.name for path in key_paths(tmp_path / "state")] == ["key-0.pem", "privkey.pem"]


def test_an_unreadable_record_of_recipients_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state/encryption.yaml").write_text("recipients: {}")
    with pytest.raises(StateError, match="`recipients` is no list"):
        store(tmp_path, cipher(OWN)).keys.look()
