"""Races: pipelines that share one state, all at the same instant. Is anything lost, or made twice?"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.figures import Series
from benchmarks.measure import MeasurementError
from benchmarks.tables import Column, Row, Table
from tools.git_remote import ENCRYPTION, PROGRAM, Clone, Remote, git_environment
from tools.pebble import Pebble
from tools.webroot import Webroot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_COLUMNS = (
    Column("writers", 0),
    Column("orders wanted", 0),
    Column("pushes", 0),
    Column("tries", 0),
    Column("records lost", 0),
    Column("duplicate orders", 0),
    Column("wall (s)", 1),
)
_PUSHED = re.compile(r"^pushed .*\((\d+) push(?:es)?(?:, (\d+) tries)?\)$", re.MULTILINE)
_BEATEN = re.compile(r"^nothing was pushed: .*\((\d+) tr(?:y|ies)\)$", re.MULTILINE)
_DONE, _WAITS = 0, 3


@dataclass(frozen=True, slots=True)
class Race:
    """What came of one.

    Attributes:
        orders: how many there had to be in the end.
        pushes: commits that have become public.
        tries: how often one was pushed, lost races among them.
        lost: records that had to be there and were not.
        duplicates: orders that were one too many for their certificate.
    """

    writers: int
    orders: int
    pushes: int
    tries: int
    lost: int
    duplicates: int
    seconds: float

    @property
    def figures(self) -> tuple[float, ...]:
        """The values of the columns."""
        own = (self.writers, self.orders, self.pushes, self.tries, self.lost, self.duplicates)
        return (*map(float, own), self.seconds)


def benchmark_races(writers: int, certificates: int, runs: int) -> Table:
    """Let the races be run, and return the table.

    Raises:
        MeasurementError: a writer failed.
    """
    races: dict[str, Callable[[Path], Race]] = {
        "apply --commit, all for the same certificates": lambda folder: race_of_pipelines(
            folder, writers, certificates
        ),
        "apply --commit --select, each for its own": lambda folder: race_of_pipelines(
            folder, writers, writers, apart=True
        ),
        "each its own certificates": lambda folder: race_of_writers(folder, writers, certificates, "own"),
        "all for the same, one after the other": lambda folder: race_of_writers(
            folder, writers, certificates, "same"
        ),
    }
    rows = []
    for name, race in races.items():
        found = []
        for run in range(runs):
            sys.stderr.write(f"races: run {run + 1} of {runs}: {name}\n")
            with tempfile.TemporaryDirectory(prefix="reconciler-races-") as folder:
                found.append(race(Path(folder)).figures)
        rows.append(Row(name, tuple(Series(values) for values in zip(*found, strict=True))))
    notes = (
        "Each writer is a process with a clone of its own of one bare repository; all begin at the same "
        "instant. The first two races are those of whole pipelines and a CA (Pebble), which counts the "
        "orders; in the others the writers share records of orders without a CA, with a push of claims "
        "and one of results for each.",
    )
    return Table(f"Races of {writers} writers", _COLUMNS, tuple(rows), notes)


def race_of_pipelines(folder: Path, writers: int, certificates: int, *, apart: bool = False) -> Race:
    """Let whole pipelines order at once, from a CA.

    Args:
        folder: for the repositories.
        writers: how many.
        certificates: how many the tree has, each with an account of its own.
        apart: whether each writer is to order one of them; otherwise all want all.

    Raises:
        MeasurementError: one failed.
    """
    with Pebble() as ca:
        webroot = folder / "webroot"
        webroot.mkdir()
        remote = Remote(folder, _tree(ca, webroot, certificates))
        clones = [remote.clone(f"writer-{number}") for number in range(writers)]
        with Webroot(webroot, ca.http_port):
            begin = time.perf_counter()
            chosen = [["--select", _name(number)] if apart else [] for number in range(writers)]
            running = [_apply(clone, *each) for clone, each in zip(clones, chosen, strict=True)]
            said = _all(running, (_DONE, _WAITS))
            seconds = time.perf_counter() - begin
        made = sum("/order-plz" in line for line in ca.requests)
    pushes = [(int(each[1]), int(each[2] or each[1])) for _, err in said for each in _PUSHED.finditer(err)]
    beaten = [int(each[1]) for _, err in said for each in _BEATEN.finditer(err)]
    public = clones[0].public_files()
    present = sum(path.startswith("state/certificates/") for path in public)
    orders = sum(re.fullmatch(r"state/orders/[^/]*\.yaml", path) is not None for path in public)
    return Race(
        writers,
        certificates,
        sum(each for each, _ in pushes),
        sum(each for _, each in pushes) + sum(beaten),
        max(2 * certificates - present - orders, 0),
        made - certificates,
        seconds,
    )


def race_of_writers(folder: Path, writers: int, rounds: int, what: str) -> Race:
    """Let writers without a CA share records.

    Args:
        folder: for the repositories.
        writers: how many.
        rounds: how often each of them has something to share.
        what: "own" certificates of each, or the "same" of all.

    Raises:
        MeasurementError: one failed.
    """
    remote = Remote(folder, {})
    clones = [remote.clone(f"writer-{number}") for number in range(writers)]
    start = time.time() + 1.0 + writers * 0.2
    running = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "benchmarks.race_writer"),
                *(str(clone.root), f"writer-{number}", str(rounds), what, str(start)),
            ],
            env=git_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number, clone in enumerate(clones)
    ]
    said = [json.loads(out) for out, _ in _all(running, (_DONE,))]
    seconds = time.time() - start
    clones[0].git("fetch", "--quiet")
    names = clones[0].git(
        "grep", "--no-color", "-h", "certificate_name:", "origin/main", "--", "state/orders"
    )
    present = names.splitlines()
    wanted = writers * rounds if what == "own" else rounds
    return Race(
        writers,
        wanted,
        sum(each["pushes"] for each in said),
        sum(each["tries"] for each in said),
        wanted - len(set(present)),
        sum(each["made"] for each in said) - wanted,
        seconds,
    )


def _apply(clone: Clone, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*PROGRAM, "-C", str(clone.root), "apply", "--commit", "--detailed-exitcode", *arguments],
        env=git_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _all(running: Sequence[subprocess.Popen[str]], codes: Sequence[int]) -> list[tuple[str, str]]:
    said = [each.communicate() for each in running]
    for each, (out, err) in zip(running, said, strict=True):
        if each.returncode not in codes:
            raise MeasurementError(f"a writer ended with {each.returncode}: {out}{err}")
    return said


def _name(number: int) -> str:
    return f"c{number}"


def _tree(ca: Pebble, webroot: Path, certificates: int) -> dict[str, str]:
    trusted = textwrap.indent(ca.trusted_ca, "  ")
    settings = f"{ENCRYPTION}challenges: {{http-01: {{webroot: {webroot}}}}}\ntrusted_ref: origin/main\n"
    # Pebble 2.10 can lock itself up when newOrders of one account cross.
    account = f"directory_url: {ca.directory_url}\nterms_of_service_agreed: true\ntrusted_ca: |\n{trusted}"
    files = {"reconciler.yaml": settings}
    for name in map(_name, range(certificates)):
        files |= {
            f"accounts/{name}.yaml": account,
            f"roles/{name}.yaml": f"acme_account_name: {name}\nallowed_domains: [{name}.example.com]\n",
            f"certificates/{name}.yaml": f"role: {name}\nidentifiers: [{name}.example.com]\n",
        }
    return files
