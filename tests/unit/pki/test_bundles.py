from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from reconciler import pki
from reconciler.errors import InvalidCertificateError, SecretError, StateError
from reconciler.model.account import KeyType
from tests.unit.pki.authorities import INTERMEDIATE, KEY_PEM, ROOT, Authority, chain

if TYPE_CHECKING:
    from pathlib import Path

CHAIN = chain(above=[INTERMEDIATE, ROOT]).encode()
LEAF = x509.load_pem_x509_certificates(CHAIN)[0]
PASSWORD = b"pass word!~"


def openssl(folder: Path, bundle: bytes, *options: str, password: bytes = PASSWORD) -> str:
    (folder / "bundle.p12").write_bytes(bundle)
    (folder / "password").write_bytes(password + b"\n")
    command = ["openssl", "pkcs12", "-in", "bundle.p12", "-passin", "file:password", *options]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout + done.stderr


def test_der_is_the_leaf_alone() -> None:
    der = LEAF.public_bytes(serialization.Encoding.DER)
    assert pki.to_der(CHAIN) == der
    assert pki.to_der(LEAF.public_bytes(serialization.Encoding.PEM)) == der


@pytest.mark.parametrize("key_type", [KeyType.EC_256, KeyType.EC_384, KeyType.RSA_2048])
def test_openssl_reads_key_leaf_and_chain(tmp_path: Path, key_type: KeyType) -> None:
    key = pki.generate_key(key_type)
    public = serialization.load_pem_private_key(key, None).public_key()
    leaf = INTERMEDIATE.issue(public)  # type: ignore[arg-type] # an RSA key as well
    above = (INTERMEDIATE.certificate, ROOT.certificate)
    text = b"".join(each.public_bytes(serialization.Encoding.PEM) for each in (leaf, *above))
    bundle = pki.to_pkcs12("shop/www", key, text, PASSWORD)
    found = openssl(tmp_path, bundle, "-nodes")
    assert "friendlyName: shop/www" in found
    assert pki.same_key(found[found.index("-----BEGIN PRIVATE KEY") :].encode(), key)
    certificates = openssl(tmp_path, bundle, "-nokeys").encode()
    assert x509.load_pem_x509_certificates(certificates) == [leaf, *above]
    assert x509.load_pem_x509_certificates(openssl(tmp_path, bundle, "-nokeys", "-clcerts").encode()) == [
        leaf
    ]


def test_it_is_encrypted_and_authenticated_as_is_usual_today(tmp_path: Path) -> None:
    bundle = pki.to_pkcs12("www", KEY_PEM, CHAIN, PASSWORD)
    told = openssl(tmp_path, bundle, "-info", "-noout")
    assert "MAC: sha256" in told
    for part in ("PKCS7 Encrypted data", "Shrouded Keybag"):
        assert f"{part}: PBES2, PBKDF2, AES-256-CBC" in told
    assert told.count("PRF hmacWithSHA256") == 2
    # Nothing of it can be read without the password: not even whose certificate it is.
    assert b"example" not in bundle


def test_another_password_does_not_open_it(tmp_path: Path) -> None:
    bundle = pki.to_pkcs12("www", KEY_PEM, CHAIN, PASSWORD)
    with pytest.raises(subprocess.CalledProcessError):
        openssl(tmp_path, bundle, "-noout", password=b"another")


@pytest.mark.parametrize("password", [b"x", b" ", bytes(range(0x20, 0x7F)), b"p" * 1000])
def test_passwords(tmp_path: Path, password: bytes) -> None:
    bundle = pki.to_pkcs12("www", KEY_PEM, CHAIN, password)
    assert openssl(tmp_path, bundle, "-nokeys", password=password).count("BEGIN CERTIFICATE") == 3


@pytest.mark.parametrize("name", ["www", "shop/www", "Büro", "x" * 500])
def test_the_name_and_a_leaf_without_a_chain(name: str) -> None:
    bundle = pki.to_pkcs12(name, KEY_PEM, LEAF.public_bytes(serialization.Encoding.PEM), PASSWORD)
    loaded = pkcs12.load_pkcs12(bundle, PASSWORD)
    assert loaded.cert is not None
    assert loaded.cert.friendly_name == name.encode()
    assert loaded.cert.certificate == LEAF
    assert loaded.additional_certs == []


@pytest.mark.parametrize(
    ("password", "message"),
    [
        (b"", "is empty: many programs do not open such a file; set one"),
        ("gehêim".encode(), "characters that not every program takes"),
        (b"geh\xeaim", "characters that not every program takes"),
        (b"geheim\n", "characters that not every program takes"),
        (b"ge\x00heim", "characters that not every program takes"),
        (b"geheim" * 200, "or more than 1000"),
    ],
)
def test_passwords_that_some_programs_would_not_understand(password: bytes, message: str) -> None:
    with pytest.raises(SecretError, match=message) as caught:
        pki.to_pkcs12("www", KEY_PEM, CHAIN, password)
    assert "geh" not in str(caught.value)
    assert caught.value.__context__ is None


def test_what_does_not_go_together() -> None:
    with pytest.raises(InvalidCertificateError, match="not for the key that is to go with it"):
        pki.to_pkcs12("www", pki.generate_key(KeyType.EC_256), CHAIN, PASSWORD)
    with pytest.raises(InvalidCertificateError, match="not for the key"):
        pki.to_pkcs12("www", pki.generate_key(KeyType.RSA_2048), CHAIN, PASSWORD)
    with pytest.raises(StateError, match="no whole, unencrypted EC or RSA private key"):
        pki.to_pkcs12("www", b"rubbish", CHAIN, PASSWORD)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no certificate"),
        (b"rubbish\xff", "holds no certificate"),
        (CHAIN + b"\xff", "text outside"),
        (CHAIN.replace(b"MII", b"XII", 1), "cannot be read"),
        (KEY_PEM, "something else than certificates"),
    ],
)
def test_what_is_no_certificate(content: bytes, message: str) -> None:
    with pytest.raises(InvalidCertificateError, match=message):
        pki.to_der(content)
    with pytest.raises(InvalidCertificateError, match=message):
        pki.to_pkcs12("www", KEY_PEM, content, PASSWORD)


def test_issuers_of_one_name_are_both_kept() -> None:
    # A cross-signed intermediate: the order is the one of the chain, nothing is sorted or left out.
    twin = Authority("Example R3", issuer=Authority("Old Root"))
    bundle = pki.to_pkcs12("www", KEY_PEM, chain(above=[INTERMEDIATE, twin]).encode(), PASSWORD)
    loaded = pkcs12.load_pkcs12(bundle, PASSWORD)
    assert [each.certificate for each in loaded.additional_certs] == [
        INTERMEDIATE.certificate,
        twin.certificate,
    ]
