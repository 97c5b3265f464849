from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.pipelines.machine import Machine
from tests.pipelines.trees import start

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pipelines.forge import Forge


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


@pytest.fixture
def forge(tmp_path: Path) -> Forge:
    """Return a forge whose main branch asks for `www.example.com`; its role allows `api.example.com` too."""
    return start(tmp_path)
