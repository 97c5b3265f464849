from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks.measure import MeasurementError, measure

if TYPE_CHECKING:
    from pathlib import Path

# Each is done once the other has begun: a named pipe opens when both ends are there.
READS = "import sys; open(sys.argv[1]).read()"
WRITES = "import sys; open(sys.argv[1], 'w').close()"


def python(*arguments: str) -> list[str]:
    return [sys.executable, "-S", "-c", *arguments]


def test_time_memory_and_code_of_each_process_are_measured() -> None:
    busy = python("import time\nwhile time.process_time() < 0.2: pass\nblock = b'x' * (64 << 20)")
    measured = measure([python("raise SystemExit(3)"), busy])
    small, large = measured.processes
    assert (small.code, large.code) == (3, 0)
    assert large.cpu_seconds >= 0.2 > small.cpu_seconds
    assert large.seconds >= 0.2
    assert measured.cpu_seconds == small.cpu_seconds + large.cpu_seconds
    assert measured.seconds >= small.seconds + large.seconds
    assert measured.peak_mib == large.peak_bytes / 2**20 >= 64


def test_memory_is_not_that_of_the_one_who_asks() -> None:
    mine = bytearray(200 << 20)
    assert measure([python("pass")]).peak_mib < len(mine) / 2**20


def test_the_time_of_children_counts() -> None:
    child = "import time\nwhile time.process_time() < 0.2: pass"
    parent = "import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', sys.argv[1]])"
    assert measure([python(parent, child)]).cpu_seconds >= 0.2


def test_as_many_as_wanted_run_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    both = [python(READS, str(pipe)), python(WRITES, str(pipe))]
    assert measure(both, at_once=2, seconds=30).expect().in_time
    assert not measure(both, at_once=1, seconds=0.5).in_time


def test_what_takes_too_long_is_killed_and_the_rest_not_begun(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    touch = python(f"import pathlib; pathlib.Path({str(begun)!r}).touch()")
    measured = measure([python("import time; time.sleep(600)"), touch], seconds=0.5)
    assert not measured.in_time
    assert measured.seconds < 60
    assert not begun.exists()
    with pytest.raises(MeasurementError, match="not done after"):
        measured.expect()


def test_a_wrong_exit_code_is_told_with_what_was_printed() -> None:
    failing = python("import sys; print('no such luck'); sys.exit(4)")
    with pytest.raises(MeasurementError, match=r"(?s)1 of 2 .* but with 4; .*no such luck"):
        measure([python("pass"), failing]).expect()
    measure([failing]).expect(4)


def test_the_environment_is_added_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "1")
    code = "import os; raise SystemExit(int(os.environ['KEPT'] + os.environ['ADDED']))"
    measure([python(code)], environment={"ADDED": "2"}).expect(12)
