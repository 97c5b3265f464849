"""A key that never leaves its owner: from the CSR in the tree to files that fit it, with a real CA."""

from __future__ import annotations

import subprocess
import textwrap
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.pebble.tree import Tree
from tests.unit.pki.csrs import csr
from tools.pebble import PebbleOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.pebble.conftest import StartPebble, StartWebroot

KEYS: dict[str, Callable[[], ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey]] = {
    "ec-256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ec-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "rsa-2048": lambda: rsa.generate_private_key(65537, 2048),
    "rsa-3072": lambda: rsa.generate_private_key(65537, 3072),
}


def verify(tree: Tree, name: str, request: str) -> x509.Certificate:
    """Let openssl judge the chain, and see that it is for the key of the request and its names."""
    folder = tree.root / "certs" / name
    root = tree.root / "root.pem"
    root.write_text(tree.ca.root_pem())
    command = ["openssl", "verify", "-CAfile", str(root), "-untrusted", str(folder / "chain.pem")]
    judged = subprocess.run([*command, str(folder / "cert.pem")], capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stdout + judged.stderr
    certificate = x509.load_pem_x509_certificate((folder / "fullchain.pem").read_bytes())
    asked = x509.load_pem_x509_csr(request.encode())
    assert certificate.public_key() == asked.public_key()
    names = [
        each.extensions.get_extension_for_class(x509.SubjectAlternativeName) for each in (certificate, asked)
    ]
    assert set(names[0].value) == set(names[1].value)
    assert {path.name for path in folder.iterdir()} == {"cert.pem", "chain.pem", "fullchain.pem"}
    return certificate


@pytest.mark.parametrize("key_type", KEYS)
def test_a_csr_from_end_to_end(
    tmp_path: Path, pebble: StartPebble, webroot: StartWebroot, key_type: str
) -> None:
    ca = pebble(PebbleOptions(strict=True))
    tree = Tree(tmp_path / "tree", ca)
    webroot(ca, tree.root / "webroot")
    key = KEYS[key_type]()
    request = csr("2.example.com", "1.example.com", key=key, common_names=["1.example.com"])
    tree.write("certificates/shop/hsm.csr", request)
    tree.write("certificates/shop/hsm.yaml", "role: web\ncsr_file: hsm.csr")
    result = tree.json("apply")
    assert [each["certificate"] for each in result["issued"]] == ["shop/hsm"]
    first = verify(tree, "shop/hsm", request)
    assert "No changes" in tree.run("plan", "--detailed-exitcode")

    shown = tree.json("certificate", "show", "shop/hsm")
    assert shown["key_type"] == key_type
    assert shown["identifiers"] == ["2.example.com", "1.example.com"]

    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).splitlines()[1]
    files = [path for path in tree.root.rglob("*") if path.is_file()]
    assert not [path for path in files if secret in path.read_bytes()]
    assert not [path for path in files if path.name == "privkey.pem" and "accounts" not in path.parts]

    # Renewed with the same request: nobody has to do anything.
    tree.let_renewal_come("shop/hsm")
    assert "(the same CSR)" in " ".join(tree.run("plan").split())
    assert tree.json("apply")["issued"]
    assert verify(tree, "shop/hsm", request).serial_number != first.serial_number


def test_from_a_key_made_here_to_a_csr_in_the_file_itself(
    tmp_path: Path, pebble: StartPebble, webroot: StartWebroot
) -> None:
    ca = pebble()
    tree = Tree(tmp_path / "tree", ca)
    webroot(ca, tree.root / "webroot")
    tree.certificate("www", "1.example.com")
    tree.run("apply")
    tree.verify("www")
    request = csr("1.example.com")
    tree.write("certificates/www.yaml", f"role: web\ncsr: |\n{textwrap.indent(request, '  ')}")
    assert "CSR" in tree.run("plan", "--detailed-exitcode", code=2)
    tree.run("apply")
    verify(tree, "www", request)
    assert len([*tree.root.glob("state/archive/orders/*/privkey.pem")]) == 1
    assert not [*tree.root.glob("state/orders/*/privkey.pem")]
    assert "No changes" in tree.run("plan", "--detailed-exitcode")


def test_names_that_the_role_does_not_allow_are_not_ordered_by_a_csr_either(
    tmp_path: Path, pebble: StartPebble
) -> None:
    ca = pebble()
    tree = Tree(tmp_path / "tree", ca)
    tree.write("certificates/www.csr", csr("1.example.com", "evil.example.net"))
    tree.write("certificates/www.yaml", "role: web\ncsr_file: www.csr")
    assert "evil.example.net" in tree.run("apply", code=5)
    assert ca.requests == []
