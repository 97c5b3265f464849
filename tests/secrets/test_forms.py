"""The search itself: what is planted is found, in each form and in each place."""

from __future__ import annotations

import base64
import json
import textwrap
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from josepy import jwk

from tests.secrets import forms
from tests.secrets.leaks import Evidence, git_objects
from tools.run_git import git

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

PASSWORD = 'pa+ss/wo"rd=&<mark>%é\\of-the-canary'
TOKEN = base64.b64encode(bytes(range(7, 55))).decode()
KEYS: dict[str, PrivateKey] = {
    "ec-256": ec.generate_private_key(ec.SECP256R1()),
    "ec-384": ec.generate_private_key(ec.SECP384R1()),
    "rsa-2048": rsa.generate_private_key(65537, 2048),
}
PKCS8 = serialization.PrivateFormat.PKCS8
TRADITIONAL = serialization.PrivateFormat.TraditionalOpenSSL
WRITINGS: dict[str, Callable[[PrivateKey], bytes]] = {
    "PEM": lambda key: _written(key, serialization.Encoding.PEM, PKCS8),
    "PEM as OpenSSL had it": lambda key: _written(key, serialization.Encoding.PEM, TRADITIONAL),
    "DER": lambda key: _written(key, serialization.Encoding.DER, PKCS8),
    "DER in base64": lambda key: base64.b64encode(_written(key, serialization.Encoding.DER, TRADITIONAL)),
    "DER in hex": lambda key: _written(key, serialization.Encoding.DER, PKCS8).hex().encode(),
    "JWK": lambda key: jwk.JWK.load(_written(key, serialization.Encoding.PEM, PKCS8)).json_dumps().encode(),
    "PEM in JSON": lambda key: json.dumps(_written(key, serialization.Encoding.PEM, PKCS8).decode()).encode(),
    "PEM in a text that is wrapped": lambda key: "\n".join(
        textwrap.wrap(_written(key, serialization.Encoding.PEM, PKCS8).decode(), 37)
    ).encode(),
    "PEM in base64": lambda key: base64.b64encode(_written(key, serialization.Encoding.DER, PKCS8)),
    "Python's bytes": lambda key: repr(_written(key, serialization.Encoding.DER, PKCS8)).encode(),
}


def _written(key: PrivateKey, encoding: serialization.Encoding, form: serialization.PrivateFormat) -> bytes:
    return key.private_bytes(encoding, form, serialization.NoEncryption())


def _pem(key: PrivateKey) -> bytes:
    return _written(key, serialization.Encoding.PEM, PKCS8)


@pytest.mark.parametrize("value", [PASSWORD, TOKEN])
def test_a_text_is_found_in_each_form(value: str) -> None:
    secret = forms.text("canary", value)
    assert len(secret.forms) >= 20
    for form, content in secret.forms.items():
        assert forms.find([secret], b"before\x00" + content + b"after") == ["canary"], form


def test_what_a_url_has_is_found_in_its_authorization() -> None:
    secret = forms.text("canary", PASSWORD)
    for user in ("a", "ab", "abc"):
        basic = base64.b64encode(f"{user}:{PASSWORD}".encode())
        assert forms.find([secret], b"Authorization: Basic " + basic) == ["canary"]


@pytest.mark.parametrize("writing", WRITINGS)
@pytest.mark.parametrize("kind", KEYS)
def test_a_key_is_found_however_it_is_written(kind: str, writing: str) -> None:
    key = KEYS[kind]
    secret = forms.key("canary", _pem(key))
    assert forms.find([secret], b"{" + WRITINGS[writing](key) + b"}") == ["canary"]
    for form, content in secret.forms.items():
        assert forms.find([secret], b"x" + content + b"x") == ["canary"], form


@pytest.mark.parametrize("kind", KEYS)
def test_what_is_public_of_a_key_is_no_secret(kind: str) -> None:
    public = KEYS[kind].public_key()
    secret = forms.key("canary", _pem(KEYS[kind]))
    for encoding in (serialization.Encoding.PEM, serialization.Encoding.DER):
        content = public.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
        assert forms.find([secret], content + content.hex().encode()) == []


def test_it_is_found_in_files_commits_and_words_of_processes(tmp_path: Path) -> None:
    secret = forms.text("canary", TOKEN)
    evidence = Evidence()
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/report.json").write_text(json.dumps({"a": f"x{TOKEN}"}))
    assert evidence.in_files([secret], tmp_path, {}) == ["canary in deep/report.json"]
    assert evidence.in_files([secret], tmp_path, {"deep/*": frozenset({"another"})}) != []
    (tmp_path / "deep/report.json").chmod(0o644)
    assert evidence.in_files([secret], tmp_path, {"deep/*": frozenset({"canary"})}) == [
        "canary in deep/report.json, which others can read"
    ]
    (tmp_path / "deep/report.json").chmod(0o600)
    assert evidence.in_files([secret], tmp_path, {"deep/*": frozenset({"canary"})}) == []
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "deep")
    git(tmp_path, "commit", "--quiet", "-m", "a mistake")
    git(tmp_path, "rm", "--quiet", "-r", "deep")
    git(tmp_path, "commit", "--quiet", "-m", "taken away")
    assert forms.find([secret], git_objects(tmp_path)) == ["canary"]
