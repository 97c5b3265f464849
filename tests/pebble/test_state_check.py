"""The check of a state that a real CA had its part in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.pebble.tree import Tree
from tools.pebble import PebbleOptions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pebble.conftest import StartPebble, StartWebroot


def test_what_was_issued_and_renewed_fits_together(
    tmp_path: Path, pebble: StartPebble, webroot: StartWebroot
) -> None:
    ca = pebble(PebbleOptions())
    tree = Tree(tmp_path / "tree", ca)
    webroot(ca, tree.root / "webroot")
    tree.role("rsa", "allowed_domains: [2.example.com]", "csr_generate_key_type: rsa-2048")
    tree.certificate("www", "0.example.com, 1.example.com")
    tree.certificate("shop/rsa", "2.example.com", role="rsa")
    tree.run("apply")
    tree.let_renewal_come("www")
    tree.run("apply")
    assert len([*tree.root.glob("state/archive/orders/*.yaml")]) == 1
    assert tree.run("state", "check").startswith("Nothing is wrong in ")
    # A key that went astray is found by what the CA has made of it.
    key, other = sorted(tree.root.glob("state/orders/*/privkey.pem"))
    key.write_bytes(other.read_bytes())
    found = tree.json("state", "check", code=1)
    assert {each["code"] for each in found["findings"]} == {"csr-does-not-fit", "chain-does-not-fit"}
