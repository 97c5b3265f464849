"""Who asked: one walk of the history for all certificates, and the signatures of the commits it finds."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from benchmarks.figures import Series
from benchmarks.history import write_history
from benchmarks.measure import MeasurementError
from benchmarks.repository import GIT, git
from benchmarks.signed import write_signed_commits
from benchmarks.tables import Column, Row, Table
from benchmarks.tree import ROLE
from reconciler.model.evidence import Signature
from reconciler.provenance.history import Wanted, find_origins
from reconciler.provenance.repository import Repository
from reconciler.provenance.signatures import read_signatures
from reconciler.tree.request import Request

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.history import History
    from benchmarks.signed import SignedCommits

_SAMPLE = 25
_FINDING = (
    Column("wall (s)"),
    Column("wall per certificate (us)", 0),
    Column("in units of git rev-list", 0),
    Column("git log for each file (s)", 0),
    Column("that in units of ours", 0),
)
_SIGNATURES = (
    Column("read_signatures, per commit (ms)", 1),
    Column("git verify-commit, per commit (ms)", 1),
    Column("ratio"),
)


def benchmark_finding(sizes: Sequence[tuple[int, int]], runs: int) -> Table:
    """Measure histories of so many certificates and commits; return the table.

    Raises:
        MeasurementError: an answer is wrong, or Git failed.
    """
    rows = []
    for certificates, commits in sizes:
        sys.stderr.write(f"requesters: {certificates} certificates, {commits} commits: the history is made\n")
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
            history = write_history(Path(folder), certificates, commits)
            sys.stderr.write(f"requesters: {certificates} certificates, {commits} commits: {runs} runs\n")
            found = [measure_finding(history) for _ in range(runs)]
        walk, scale, each = (Series(values) for values in zip(*found, strict=True))
        figures = (walk, walk.each(1e-6 * certificates), walk.over(scale), each, each.over(walk))
        rows.append(Row(f"{certificates:,} certificates, {commits:,} commits", figures))
    note = (
        f"{runs} runs. `git log -1 -- FILE` was run for {_SAMPLE} files of each history, and its time scaled "
        "to all files. All commits found were the right ones."
    )
    return Table("Finding who asked", _FINDING, tuple(rows), (note,))


def measure_finding(history: History) -> tuple[float, float, float]:
    """Return the seconds of `find_origins`, of one `git rev-list`, and of `git log` for all files, estimated.

    Raises:
        MeasurementError: an answer is wrong, or Git failed.
    """
    # As files were read before, so is this.
    wanted = [Wanted(path, Request(ROLE, frozenset(names))) for path, names in history.identifiers.items()]
    with _repository(history.root) as repository:
        begin = time.perf_counter()
        origins = find_origins(repository, history.head, wanted)
        walk = time.perf_counter() - begin
    _expect(history.origins, origins.commits, "find_origins")
    begin = time.perf_counter()
    git(history.root, "rev-list", "--topo-order", "--parents", "HEAD")
    scale = time.perf_counter() - begin
    sample = list(history.origins)[:: max(1, len(history.origins) // _SAMPLE)]
    begin = time.perf_counter()
    logged = {path: git(history.root, "log", "-1", "--format=%H", "--", path) for path in sample}
    each = (time.perf_counter() - begin) / len(sample)
    _expect({path: history.origins[path] for path in sample}, logged, "git log")
    return walk, scale, each * len(history.origins)


def benchmark_signatures(commits: int, numbers_of_keys: Sequence[int], runs: int) -> Table:
    """Measure the signatures of so many commits, where so many keys may sign; return the table.

    Raises:
        MeasurementError: a signature was not found good, or Git failed.
    """
    rows = []
    for keys in numbers_of_keys:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
            sys.stderr.write(f"requesters: signatures, {keys} keys: {runs} runs\n")
            signed = write_signed_commits(Path(folder), commits, keys)
            found = [measure_signatures(signed) for _ in range(runs)]
        ours, theirs = (Series(values) for values in zip(*found, strict=True))
        figures = (ours.each(1e-3 * commits), theirs.each(1e-3 * commits), ours.over(theirs))
        rows.append(Row(f"{keys:,} keys", figures))
    note = f"{runs} runs. `git verify-commit` is started for each commit, one after the other."
    return Table(f"Verifying the SSH signatures of {commits:,} commits", _SIGNATURES, tuple(rows), (note,))


def measure_signatures(signed: SignedCommits) -> tuple[float, float]:
    """Return the seconds of `read_signatures`, and of `git verify-commit` for each commit.

    Raises:
        MeasurementError: a signature was not found good, or Git failed.
    """
    with _repository(signed.root) as repository:
        begin = time.perf_counter()
        signatures = read_signatures(repository, list(signed.fingerprints), signed.public_keys)
        ours = time.perf_counter() - begin
    fingerprints = {
        commit: each.fingerprint for commit, each in signatures.items() if isinstance(each, Signature)
    }
    _expect(signed.fingerprints, fingerprints, "read_signatures")
    signers = signed.root / "signers"
    signers.write_text("".join(f"signer {key}\n" for key in signed.public_keys))
    settings = ("-c", f"gpg.ssh.allowedSignersFile={signers}")
    begin = time.perf_counter()
    for commit in signed.fingerprints:
        git(signed.root, *settings, "verify-commit", commit)
    return ours, time.perf_counter() - begin


@contextmanager
def _repository(root: Path) -> Iterator[Repository]:
    """Open a repository as the program does, but with nobody's settings."""
    with mock.patch.dict(os.environ, GIT):
        repository = Repository.find(root)
        if repository is None:
            raise MeasurementError(f"{root} is no repository")
        yield repository


def _expect(right: Mapping[str, str], found: Mapping[str, str], who: str) -> None:
    wrong = [each for each in right if found.get(each) != right[each]]
    if wrong or right.keys() != found.keys():
        raise MeasurementError(f"{who}: {len(wrong)} of {len(right)} answers are wrong, of {wrong[:3]}")
