"""Trees in a forge, with the pipelines that `reconciler init` writes for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cli import pipelines
from tests.acceptance.trees import FILES
from tests.pipelines.forge import Forge

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PACKAGE = "reconciler==1.0"


def start(folder: Path, *, tree: str = ".", files: Mapping[str, str] = FILES, branch: str = "main") -> Forge:
    """Return a forge with a tree of one certificate on its main branch, and the pipelines."""
    forge = Forge(folder)
    below = "" if tree == "." else f"{tree}/"
    written = {f"{below}{name}": text for name, text in files.items()}
    written |= pipelines.github(package=PACKAGE, folder=tree, branch=branch)
    written |= pipelines.gitlab(package=PACKAGE, folder=tree)
    forge.push(written)
    return forge
