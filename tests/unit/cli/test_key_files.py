from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat
from josepy import jwk

from reconciler import pki
from reconciler.cli.key_files import find_key_file
from reconciler.errors import AccountError

if TYPE_CHECKING:
    from pathlib import Path

RSA_KEY = rsa.generate_private_key(65537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())


def certbot_account(folder: Path, key: jwk.JWK) -> Path:
    """Write an account as certbot does (`AccountFileStorage`)."""
    account = folder / "accounts/acme-v02.api.letsencrypt.org/directory/6d5f1a0a8f4f7cbd4d6a5ad5c8c5a6d0"
    account.mkdir(parents=True, mode=0o700)
    (account / "private_key.json").write_text(key.json_dumps())
    (account / "private_key.json").chmod(0o400)
    registration = {"body": {}, "uri": "https://acme-v02.api.letsencrypt.org/acme/acct/1"}
    (account / "regr.json").write_text(json.dumps(registration))
    meta = {
        "creation_dt": "2026-03-01T12:00:00Z",
        "creation_host": "www.example.com",
        "register_to_eff": None,
    }
    (account / "meta.json").write_text(json.dumps(meta))
    return account


def lego_account(folder: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> Path:
    """Write an account as lego does (`AccountsStorage`): `json.MarshalIndent`, and SEC 1 or PKCS #1."""
    account = folder / ".lego/accounts/acme-v02.api.letsencrypt.org/admin@example.com"
    (account / "keys").mkdir(parents=True, mode=0o700)
    body = {"status": "valid", "contact": ["mailto:admin@example.com"]}
    registration = {"body": body, "uri": "https://acme-v02.api.letsencrypt.org/acme/acct/1"}
    content = {"email": "admin@example.com", "registration": registration}
    (account / "account.json").write_text(json.dumps(content, indent="\t"))
    write_key(account / "keys/admin@example.com.key", key)
    return account


def write_key(path: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> None:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    path.write_bytes(pem)


def ours(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, serialization.NoEncryption())


@pytest.mark.parametrize("key", [RSA_KEY, EC_KEY])
def test_the_key_of_certbot(tmp_path: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> None:
    made = jwk.JWKRSA(key=key) if isinstance(key, rsa.RSAPrivateKey) else jwk.JWKEC(key=key)
    account = certbot_account(tmp_path, made)
    found = find_key_file(account)
    assert found == account / "private_key.json"
    assert pki.read_account_key(found.read_bytes()) == ours(key)


@pytest.mark.parametrize("key", [RSA_KEY, EC_KEY])
def test_the_key_of_lego(tmp_path: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> None:
    account = lego_account(tmp_path, key)
    (account / "keys/notes.txt").write_text("no key")
    found = find_key_file(account)
    assert found == account / "keys/admin@example.com.key"
    assert pki.read_account_key(found.read_bytes()) == ours(key)


def test_the_key_of_lego_5_lies_beside_the_account(tmp_path: Path) -> None:
    account = lego_account(tmp_path, EC_KEY)
    key = account / "keys/admin@example.com.key"
    beside = key.rename(account / key.name)
    (account / "keys").rmdir()
    assert find_key_file(account) == beside


def test_a_file_is_what_it_is_and_what_is_missing_is_left_to_its_reader(tmp_path: Path) -> None:
    account = lego_account(tmp_path, EC_KEY)
    for path in (account / "keys/admin@example.com.key", account / "account.json", tmp_path / "missing.pem"):
        assert find_key_file(path) == path


def test_a_link_to_a_folder_is_followed(tmp_path: Path) -> None:
    # certbot links the accounts of an older directory URL.
    account = certbot_account(tmp_path, jwk.JWKEC(key=EC_KEY))
    (tmp_path / "link").symlink_to(account)
    assert find_key_file(tmp_path / "link") == tmp_path / "link/private_key.json"


def test_a_folder_without_an_account_says_what_was_looked_for(tmp_path: Path) -> None:
    certbot = certbot_account(tmp_path, jwk.JWKEC(key=EC_KEY))
    lego = lego_account(tmp_path, EC_KEY)
    (tmp_path / "odd/private_key.json").mkdir(parents=True)
    # Several accounts may lie below: none of them is chosen.
    for folder in (tmp_path, certbot.parent, lego.parent, lego / "keys", tmp_path / "odd"):
        with pytest.raises(
            AccountError, match=r"looked for private_key.json \(certbot\), and for account.json"
        ):
            find_key_file(folder)


@pytest.mark.parametrize("count", [0, 2])
def test_lego_must_have_one_key(tmp_path: Path, count: int) -> None:
    account = lego_account(tmp_path, EC_KEY)
    (account / "keys/admin@example.com.key").unlink()
    for number in range(count):
        write_key(account / f"keys/{number}.key", EC_KEY)
    with pytest.raises(
        AccountError, match=rf"there are {count} keys .*: looked for keys/\*.key; name the file"
    ):
        find_key_file(account)


def test_lego_without_the_folder_of_its_keys(tmp_path: Path) -> None:
    (tmp_path / "account.json").write_text("{}")
    with pytest.raises(AccountError, match="there are 0 keys"):
        find_key_file(tmp_path)


def test_a_folder_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(type(tmp_path), "iterdir", refuse)
    with pytest.raises(AccountError, match=rf"the folder {tmp_path} cannot be read: Permission denied"):
        find_key_file(tmp_path)
    (tmp_path / "account.json").write_text("{}")
    with pytest.raises(AccountError, match="cannot be read: Permission denied"):
        find_key_file(tmp_path)
