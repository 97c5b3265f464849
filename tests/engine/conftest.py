"""The engine's rig."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.engine.rig import Rig

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


@pytest.fixture
def rig_by_hand(tmp_path: Path) -> Rig:
    return Rig(tmp_path, webroot=False)


@pytest.fixture(autouse=True)
def without_fsync(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel outlives the process that is killed here."""
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)
