"""The tree of a commit as a whole, to compare with; what is the same in the files is not read twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.files import read_regular
from reconciler.provenance.objects import object_id
from reconciler.provenance.snapshot import snapshot
from reconciler.provenance.trusted import POLICY_PATHS
from reconciler.tree import load_tree
from reconciler.tree.certificates import under_other
from reconciler.tree.files import MAX_BYTES
from reconciler.tree.request import csr_path_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from reconciler.model.certificate import CertificateSpec
    from reconciler.model.desired import Desired
    from reconciler.provenance.repository import Entry, Repository

_FOLDER = "certificates/"


def read_tree(repository: Repository, commit: str, label: str, root: Path, files: Desired) -> Desired:
    """Return the tree of a commit.

    Args:
        repository: where the commit is.
        commit: its full hash.
        label: what the commit is called.
        root: of the tree at hand.
        files: what that says, by its own policy: certificates whose files are the same, and for which all
            that they refer to is, are taken from here.

    Raises:
        InvalidTreeError: the tree of the commit has errors.
        RepositoryError: Git cannot read it.
    """
    entries = list(repository.entries(commit, (*POLICY_PATHS, _FOLDER.rstrip("/"))))
    same = _same(entries, root, files)
    base = _read(repository, commit, label, [each for each in entries if each.path not in same])
    taken = _taken(same.values(), base, files)
    if taken is None:
        return _read(repository, commit, label, entries)
    return replace(base, certificates={**base.certificates, **taken})


def _same(entries: Iterable[Entry], root: Path, files: Desired) -> dict[str, CertificateSpec]:
    """Return the certificates whose files are as a commit has them, by their paths."""
    specs = {spec.location.path: spec for spec in files.certificates.values() if spec.csr is None}
    same = {}
    for entry in entries:
        spec = specs.get(entry.path)
        if spec is not None and not entry.is_link and _object_id(root / entry.path) == entry.object_id:
            same[entry.path] = spec
    return same


def _object_id(path: Path) -> str | None:
    """Return the hash that Git would give to a file as it is; None where it cannot be read."""
    try:
        data = read_regular(path, MAX_BYTES, follow_links=False)
    except OSError:
        return None
    return None if data is None else object_id(data)


def _taken(
    same: Iterable[CertificateSpec], base: Desired, files: Desired
) -> dict[str, CertificateSpec] | None:
    """Return certificates of the files as they are in another tree; None if that is only known from there."""
    others = {name.lower() for name in base.certificates}
    taken = {}
    for spec in same:
        there = under_other(spec, files.settings, base)
        if there is None or spec.name.lower() in others:
            return None
        taken[spec.name] = there
    return taken


def _read(repository: Repository, commit: str, label: str, entries: Iterable[Entry]) -> Desired:
    with snapshot(repository, commit, entries, label, _request_file) as folder:
        return load_tree(folder)


def _request_file(path: str, content: bytes) -> str | None:
    """Return the path of the request (CSR) that the file of a certificate names."""
    return csr_path_of(path, content) if path.startswith(_FOLDER) else None
