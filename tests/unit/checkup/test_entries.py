"""Which files have a place in a state, and which are keys."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from reconciler.checkup.codes import MEANINGS, Code
from reconciler.checkup.entries import Entry, entries_below
from reconciler.checkup.key_files import check_rights
from reconciler.checkup.seen import Seen
from reconciler.deliver.rules import Rules
from reconciler.store import Store
from reconciler.store.keys import Unencrypted
from tests.unit.values import NOW

if TYPE_CHECKING:
    from pathlib import Path

FILE = stat.S_IFREG | 0o600
ID = "0197299e-0000-7000-8000-000000000001"


def entry(path: str, mode: int = FILE, owner: int = 0, links: int = 1) -> Entry:
    return Entry(path, mode, owner, links)


@pytest.mark.parametrize(
    "path",
    [
        "meta.yaml",
        "encryption.yaml",
        "events.jsonl",
        ".lock",
        ".gitignore",
        "accounts/ca.yaml",
        "accounts/team/ca.yaml",
        "accounts/ca/key-0.pem",
        "accounts/ca/key-12.pem.age",
        f"orders/{ID}.yaml",
        f"orders/{ID}/privkey.pem",
        f"archive/orders/{ID}/fullchain.pem",
        f"archive/certificates/shop/www/{ID}.yaml",
        "archive/accounts/ca/20260101T000000Z/account.yaml",
        "archive/accounts/ca/20260101T000000Z/refused-1-2.pem",
        "archive/conflicts/run/orders/anything",
        "certificates/shop/www.yaml",
        f"challenges/{ID}/http-01/.well-known/acme-challenge/token",
        f"cleanup/{ID}.yaml",
        "claims/keys/state.yaml",
    ],
)
def test_what_the_program_writes_has_a_place(path: str) -> None:
    assert entry(path).has_a_place


@pytest.mark.parametrize(
    "path",
    [
        "meta.yaml.orig",
        "key-0.pem",
        "accounts/ca/key.pem",
        "orders/www.yaml",
        f"orders/{ID}/privkey.pem~",
        f"orders/{ID}/more/privkey.pem",
        f"orders/{ID.upper()}.yaml",
        "certificates/www.yml",
        f"cleanup/more/{ID}.yaml",
        "claims/roles/web.yaml",
        "archive/accounts/ca.yaml",
    ],
)
def test_nothing_else_has_one(path: str) -> None:
    assert not entry(path).has_a_place


def test_nor_has_what_is_no_file() -> None:
    assert not entry("meta.yaml", stat.S_IFIFO | 0o600).has_a_place


@pytest.mark.parametrize(
    ("path", "in_clear", "is_key"),
    [
        (f"orders/{ID}/privkey.pem", True, True),
        (f"orders/{ID}/.privkey.pem.tmp", True, True),
        (f"orders/{ID}/privkey.pem.age", False, True),
        (f"orders/{ID}/.privkey.pem.age.tmp", False, False),
        (f"orders/{ID}/csr.pem", False, False),
        (f"challenges/{ID}/tls-alpn-01/www/cert.pem", False, False),
        (f"challenges/{ID}/tls-alpn-01/www/privkey.pem", True, True),
        ("old.pem", True, True),
        ("meta.yaml", False, False),
    ],
)
def test_keys_are_known_by_their_names(path: str, *, in_clear: bool, is_key: bool) -> None:
    assert (entry(path).is_key_in_clear, entry(path).is_key) == (in_clear, is_key)


def test_links_are_seen_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "elsewhere/inner").mkdir(parents=True)
    (tmp_path / "state/orders").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "state/.git").mkdir()
    (tmp_path / "state/.git/HEAD").write_text("x")
    [found] = entries_below(str(tmp_path / "state"))
    assert (found.path, found.is_link) == ("orders", True)


def test_a_key_of_another_user_is_a_warning(tmp_path: Path) -> None:
    seen = Seen(Store(tmp_path), tmp_path / "certs", Unencrypted(), NOW, Rules())
    owner = tmp_path.stat().st_uid
    folder, key = f"orders/{ID}", f"orders/{ID}/privkey.pem"
    seen.entries = {
        folder: entry(folder, stat.S_IFDIR | 0o700, owner, links=2),
        key: entry(key, owner=owner + 1),
    }
    [found] = check_rights(seen)
    assert (found.code, found.path) == (Code.OTHER_OWNER, str(tmp_path / key))
    assert found.command == f"chown {owner} {tmp_path / key}"


def test_each_code_has_its_meaning() -> None:
    assert set(MEANINGS) == set(Code)
    assert all(levels and meaning for levels, meaning in MEANINGS.values())
