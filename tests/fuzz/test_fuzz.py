"""Fuzzers: hypothesis changes what is good, and atheris looks for what reaches new code."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.acceptance.command_line import REPOSITORY, environment
from tests.fuzz.targets import TARGETS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import RecordFigure

FEW, MANY = 40, 2_000
RUNS = {"schemas": 1_000, "policy": 10_000, "records": 10_000}
CRASHES = REPOSITORY / ".hypothesis" / "fuzz"


def changed(seeds: list[bytes]) -> st.SearchStrategy[bytes]:
    """Return one of the seeds with pieces cut out, doubled, taken from another, or put in."""
    edits = st.lists(
        st.tuples(
            st.floats(0, 1, exclude_max=True), st.integers(0, 12), st.binary(max_size=6), st.integers(0, 3)
        ),
        max_size=6,
    )
    return st.builds(_edit, st.sampled_from(seeds), edits, st.sampled_from(seeds))


def _edit(seed: bytes, edits: list[tuple[float, int, bytes, int]], other: bytes) -> bytes:
    for place, length, piece, kind in edits:
        at = int(place * (len(seed) + 1))
        if kind == 0:
            piece = seed[at : at + length] * 2
        elif kind == 1:
            start = int(place * len(other))
            piece = other[start : start + length * 4]
        seed = seed[:at] + piece + seed[at + (0 if kind == 2 else length) :]
    return seed


def _run(name: str, number: int) -> None:
    check, seeds = TARGETS[name]

    @settings(
        max_examples=number,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(changed(list(seeds())))
    def run(data: bytes) -> None:
        check(data)

    run()


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_and_what_is_near_them(name: str) -> None:
    check, seeds = TARGETS[name]
    for seed in seeds():
        check(seed)
    _run(name, FEW)


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", TARGETS)
def test_changed_inputs(name: str, record_figure: RecordFigure) -> None:
    _run(name, MANY)
    record_figure("fuzzed by hypothesis", f"{name}: {MANY:,} inputs")


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", TARGETS)
def test_inputs_that_reach_new_code(name: str, tmp_path: Path, record_figure: RecordFigure) -> None:
    if find_spec("atheris") is None:
        record_figure("fuzzed by atheris", "not here: it cannot be installed for this Python or system")
        pytest.skip("atheris is not installed: `make chaos` does it where there is one for this Python")
    runs = RUNS.get(name, 30_000)
    CRASHES.mkdir(parents=True, exist_ok=True)
    options = [f"-runs={runs}", "-seed=1", "-max_len=16384", "-timeout=20", "-rss_limit_mb=1024"]
    options.append(f"-artifact_prefix={CRASHES}/{name}-")
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", name, str(tmp_path / "corpus"), *options],
        cwd=REPOSITORY,
        env=environment(),
        capture_output=True,
        text=True,
        errors="replace",
        timeout=550,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}\nthe input is in {CRASHES}"
    assert f"Done {runs}" in done.stderr
    record_figure("fuzzed by atheris", f"{name}: {runs:,} inputs")
