"""What an `apply` that issues loads: not what only registration needs, nor a library for HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.acceptance.test_imports import loaded
from tests.pebble.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pebble.conftest import StartPebble, StartWebroot

_ABSENT = frozenset(
    {"acme", "git", "http.client", "josepy", "OpenSSL", "pyrage", "requests", "rich", "urllib3"}
)


def test_issuing_loads_no_more_than_it_needs(
    pebble: StartPebble, webroot: StartWebroot, tmp_path: Path
) -> None:
    ca = pebble()
    tree = Tree(tmp_path / "tree", ca)
    webroot(ca, tree.root / "webroot")
    tree.certificate("first", "1.example.com")
    # The account is registered here, by the library's messages.
    assert "acme" in loaded(tree.root, "apply")

    tree.certificate("second", "2.example.com")
    modules = loaded(tree.root, "apply")
    assert "cryptography" in modules
    assert sorted(modules & _ABSENT) == []
    tree.verify("second")
