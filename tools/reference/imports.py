"""Who imports whom, read from the code itself, in the order of the layers that the linter holds."""

from __future__ import annotations

import re
import tomllib
from importlib import import_module
from inspect import getdoc
from pathlib import Path

import grimp

from tools.reference.tables import table

_ROOT = "reconciler"
_PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


def import_table() -> str:
    """Return a row for each package: its purpose, and what it imports of the others; the highest first."""
    graph = grimp.build_graph(_ROOT, cache_dir=None)
    rows = []
    for number, layer in enumerate(_layers(), 1):
        for name in layer:
            imports = [
                f"`{other}`"
                for other in sorted(each for layer in _layers() for each in layer)
                if other != name
                and graph.direct_import_exists(
                    importer=f"{_ROOT}.{name}", imported=f"{_ROOT}.{other}", as_packages=True
                )
            ]
            rows.append((str(number), f"`{name}`", _purpose(name), ", ".join(imports)))
    return table(("Layer", "Package", "What it is for", "Imports"), rows)


def _layers() -> list[list[str]]:
    """Return the layers of the linter's contract, the highest first."""
    contracts = tomllib.loads(_PYPROJECT.read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [re.findall(r"\w+", layer) for layer in layers]


def _purpose(name: str) -> str:
    return (getdoc(import_module(f"{_ROOT}.{name}")) or "").split("\n\n")[0]
