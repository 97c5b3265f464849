"""Revoking at a real CA, with the status read back from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.model.revocation import RevocationReason
from tests.pebble.tree import Tree
from tests.unit.pki.csrs import csr
from tools.pebble import PebbleOptions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pebble.conftest import StartPebble


@pytest.fixture
def tree(tmp_path: Path, pebble: StartPebble) -> Tree:
    tree = Tree(tmp_path / "tree", pebble(PebbleOptions(always_valid=True)))
    tree.certificate("www", "1.example.com")
    tree.run("apply")
    return tree


def in_force(tree: Tree) -> dict[str, Any]:
    return tree.json("certificate", "show", "www")


def status(tree: Tree, serial_number: str) -> tuple[str, int | None]:
    """Return what the CA says of a certificate, and the reason that it has."""
    said = tree.ca.certificate_status(int(serial_number.replace(":", ""), 16))
    return said["Status"], said.get("Reason")


def standing(tree: Tree, serial_number: str) -> str:
    [found] = tree.json("certificate", "lookup", serial_number)["certificates"]
    return str(found["standing"])


@pytest.mark.parametrize("reason", [each for each in RevocationReason if each.is_possible])
def test_each_reason_arrives_at_the_ca(tree: Tree, reason: RevocationReason) -> None:
    shown = in_force(tree)
    assert status(tree, shown["serial_number"]) == ("Valid", None)
    revoked = tree.json("order", "revoke", shown["order_id"], "--reason", reason)
    assert revoked["reason"] == reason
    assert status(tree, shown["serial_number"]) == ("Revoked", reason.code or None)
    assert tree.json("order", "show", shown["order_id"])["order_status"] == "revoked"
    assert in_force(tree)["revocation"]["reason"] == reason


def test_a_reason_that_revokes_nothing_is_refused(tree: Tree) -> None:
    order_id = in_force(tree)["order_id"]
    said = tree.run_for_errors("order", "revoke", order_id, "--reason", "remove_from_crl", code=64)
    assert "RFC 5280" in said
    tree.certificate("www", "1.example.com", "revoke: {reason: remove_from_crl}")
    assert "revokes nothing" in tree.run_for_errors("plan", code=5)


def test_nothing_new_is_ordered_until_the_tree_asks_for_something_else(tree: Tree) -> None:
    shown = in_force(tree)
    tree.run("order", "revoke", shown["order_id"], "--reason", "key_compromise")
    again = tree.json("order", "revoke", shown["order_id"])  # is no error
    assert (again["already"], again["reason"]) == (True, "key_compromise")
    assert in_force(tree)["revocation"]["reason"] == "key_compromise"
    plan = tree.run("plan", "--detailed-exitcode")
    assert "held back: certificate www until its file asks for something else" in plan
    assert "revoked" in tree.run("status")
    tree.certificate("www", "1.example.com, 2.example.com")
    assert "it was revoked" in tree.run("plan")
    tree.run("apply")
    tree.verify("www")
    assert in_force(tree)["revocation"] is None
    assert standing(tree, shown["serial_number"]) == "revoked"


def test_the_tree_revokes(tree: Tree) -> None:
    shown = in_force(tree)
    tree.certificate("www", "1.example.com", "revoke: {reason: cessation_of_operation}")
    assert "revoke certificate www" in tree.run("plan", "--detailed-exitcode", code=2)
    [revoked] = tree.json("apply")["revoked"]
    assert revoked["serial_number"] == shown["serial_number"]
    assert status(tree, shown["serial_number"]) == ("Revoked", 5)
    assert "No changes" in tree.run("plan")
    tree.certificate("www", "1.example.com")
    tree.run("apply")
    tree.verify("www")
    assert status(tree, in_force(tree)["serial_number"]) == ("Valid", None)


def test_by_the_certificates_own_key(tree: Tree) -> None:
    shown = in_force(tree)
    tree.run("order", "revoke", shown["order_id"], "--by-certificate-key", "--reason", "key_compromise")
    assert status(tree, shown["serial_number"]) == ("Revoked", 1)


def test_by_its_own_key_when_the_account_is_gone(tree: Tree) -> None:
    shown = in_force(tree)
    tree.run("account", "deactivate", "ca", "--force")
    tree.run("order", "revoke", shown["order_id"], "--reason", "superseded")
    assert status(tree, shown["serial_number"]) == ("Revoked", 4)


def test_a_superseded_certificate(tree: Tree) -> None:
    old = in_force(tree)
    tree.certificate("www", "1.example.com, 2.example.com")
    tree.run("apply")
    assert standing(tree, old["serial_number"]) == "superseded"
    tree.run("order", "revoke", old["order_id"], "--reason", "superseded")
    assert status(tree, old["serial_number"]) == ("Revoked", 4)
    assert status(tree, in_force(tree)["serial_number"]) == ("Valid", None)
    assert "No changes" in tree.run("plan")


def test_one_for_a_csr_by_the_account_alone(tree: Tree) -> None:
    tree.write("certificates/hsm.csr", csr("3.example.com"))
    tree.write("certificates/hsm.yaml", "role: web\ncsr_file: hsm.csr")
    tree.run("apply")
    shown = tree.json("certificate", "show", "hsm")
    said = tree.run_for_errors("order", "revoke", shown["order_id"], "--by-certificate-key", code=1)
    assert "whoever made the CSR" in said
    tree.run("order", "revoke", shown["order_id"])
    assert status(tree, shown["serial_number"])[0] == "Revoked"
    assert "PRIVATE KEY" not in tree.run("certificate", "fetch", "hsm", "--format", "pem_bundle")
