"""The tree, its state directory and its output folder, as commands need them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.engine.observe import observe
from reconciler.plan.diff import make_plan
from reconciler.policy import check
from reconciler.store import Store
from reconciler.tree import add_source_lines, find_root, load_tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from reconciler.model.desired import Desired
    from reconciler.model.finding import Finding
    from reconciler.model.observed import Observed
    from reconciler.plan.actions import Plan


@dataclass(frozen=True, slots=True)
class Workspace:
    """A valid tree and what belongs to it.

    Attributes:
        root: of the tree, as short as the reader of a message would write it.
        denials: what the policy denies, by certificate.
    """

    root: Path
    desired: Desired
    denials: Mapping[str, tuple[Finding, ...]]

    @property
    def store(self) -> Store:
        """The state directory."""
        return Store(self.root / self.desired.settings.state)

    @property
    def output(self) -> Path:
        """The folder for certificates."""
        return self.root / self.desired.settings.output

    @property
    def instructions_folder(self) -> str:
        """The folder of all instructions."""
        return str(self.store.instructions_folder("")).rstrip("/")

    def observe(self) -> Observed:
        """Return what is there now."""
        return observe(self.store, self.output)

    def plan(self, now: datetime, observed: Observed | None = None) -> Plan:
        """Return what is to be done."""
        return make_plan(self.desired, observed or self.observe(), now, self.denials)


def open_workspace(folder: Path) -> Workspace:
    """Return the workspace that a folder lies in.

    Raises:
        InvalidTreeError: the tree has errors, or there is none.
    """
    root = _short(find_root(folder))
    desired = load_tree(root)
    return Workspace(root, desired, _denials(root, desired))


def _denials(root: Path, desired: Desired) -> dict[str, tuple[Finding, ...]]:
    found = {name: check(spec) for name, spec in desired.certificates.items()}
    return {name: add_source_lines(root, findings) for name, findings in found.items() if findings}


def _short(path: Path) -> Path:
    return min(Path(os.path.relpath(path)), path, key=lambda each: len(str(each)))
