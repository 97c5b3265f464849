from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.trees import FILES
from tools.git_remote import ENCRYPTION, Remote, git_environment

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _plain_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the developer's configuration out."""
    for name, value in git_environment(HOME=str(tmp_path)).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    """Return a bare remote with a tree on its branch main."""
    return Remote(tmp_path, {**FILES, "reconciler.yaml": ENCRYPTION})
