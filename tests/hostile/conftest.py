from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.hostile.in_process import Here
from tests.unit.ca.whole_ca import WholeCA, write_tree

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Here:
    """Return a tree, and a CA in this process that it is registered at."""
    ca = WholeCA()
    folder = write_tree(tmp_path / "tree", ca)
    (tmp_path / "outside").write_text("not ours\n")
    return Here(folder, ca, monkeypatch)
