"""The desired tree as a whole: found, read, checked and put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.errors import InvalidTreeError
from reconciler.model.finding import Finding, Location, Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from reconciler.model.desired import Desired
    from reconciler.tree.schema import Kind

SETTINGS_FILES = ("reconciler.yaml", "reconciler.json")
"""The settings of a tree, in its root."""

TREE_PATHS = (*SETTINGS_FILES, "accounts", "certificates", "dns-providers", "identities", "roles")
"""The files and folders of a root that are the tree."""

# The last of them is an error, but it does say where the root is meant to be.
_ROOT_FILES = (*SETTINGS_FILES, "reconciler.yml")


def find_root(start: Path) -> Path:
    """Return the root of the tree that a folder is in: the nearest upwards with a reconciler.yaml or .json.

    Raises:
        InvalidTreeError: when there is none.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if any((folder / name).exists() for name in _ROOT_FILES):
            return folder
    raise InvalidTreeError([_no_tree("there is no reconciler.yaml here, nor in any folder above")])


def load_tree(root: Path) -> Desired:
    """Return everything that a tree asks for.

    Args:
        root: the folder with reconciler.yaml.

    Raises:
        InvalidTreeError: when there is at least one error; it has all findings, warnings included, by place.
    """
    from reconciler.tree.schema import Kind  # what it needs is slow to import

    return _load(root, tuple(Kind))


def load_settings(root: Path) -> Desired:
    """Return the settings of a tree alone; nothing else is looked at.

    Raises:
        InvalidTreeError: as `load_tree` does.
    """
    from reconciler.tree.schema import Kind

    return _load(root, [Kind.SETTINGS])


def load_policy(root: Path, label: str) -> Desired:
    """Return all of a tree that is policy; its certificates are not looked at.

    Args:
        root: the folder with reconciler.yaml.
        label: what findings put before the paths, to say which tree they are about: `origin/main`.

    Raises:
        InvalidTreeError: as `load_tree` does.
    """
    from reconciler.tree.schema import Kind

    return _load(root, [kind for kind in Kind if kind is not Kind.CERTIFICATE], label)


def _load(root: Path, kinds: Collection[Kind], label: str = "") -> Desired:
    from reconciler.tree.assemble import assemble
    from reconciler.tree.discover import discover

    try:
        walk = discover(root, kinds, label)
    except OSError as error:
        raise InvalidTreeError([_no_tree(f"the folder {root} cannot be read: {error.strerror}")]) from None
    desired = assemble(walk, _ROOT_FILES)
    found = dict.fromkeys(finding for source in walk.sources for finding in source.findings)
    findings = tuple(sorted(found, key=lambda finding: (finding.location, finding.code, finding.message)))
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise InvalidTreeError(findings)
    return replace(desired, warnings=findings)


def add_source_lines(root: Path, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings of others (the policy's, for one) about certificates with the lines of their files."""
    from reconciler.tree.files import read_text
    from reconciler.tree.source import Source

    sources: dict[str, Source] = {}
    top = root.resolve()
    shown = []
    for finding in findings:
        path = finding.location.path
        if finding.source is None and path.startswith("certificates/"):
            if path not in sources:
                sources[path] = Source(path)
                file = (root / path).resolve()
                # It may be another file by now; nothing from beyond the tree is ever shown.
                if file.is_relative_to(top) and file.suffix in (".yaml", ".json"):
                    read_text(sources[path], str(file))
            finding = replace(finding, source=sources[path].shown_line(finding.location.line))
        shown.append(finding)
    return tuple(shown)


def _no_tree(message: str) -> Finding:
    hint = "name the tree's folder (`reconciler -C DIR ...`), or make a tree with `reconciler init`"
    return Finding("no-tree", message, Location("."), hint=hint)
