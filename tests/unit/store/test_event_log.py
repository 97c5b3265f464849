from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.errors import StateError
from reconciler.model.log import Flaw, FlawedLine, LogEvent
from reconciler.store.event_chain import LONGEST_LINE, parsed, verify
from reconciler.store.event_log import append, read

if TYPE_CHECKING:
    from pathlib import Path

LINEAGE = "0b3d5b6e-5a0f-4b53-a6f5-1f2b9be6d3a1"


def entry(number: int = 1, **facts: object) -> dict[str, Any]:
    return {"time": f"2026-03-01T12:00:0{number}Z", "run": "run-1", "event": "forgotten", **facts}


def problems(path: Path) -> list[FlawedLine]:
    return list(verify(read(path), LINEAGE))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def test_entries_are_added_one_after_another(path: Path) -> None:
    append(path, [entry(1), entry(2)], LINEAGE)
    append(path, [], LINEAGE)
    append(path, [entry(3)], LINEAGE)
    assert problems(path) == []
    assert [parsed(line)["time"][-2] for line in read(path)] == ["1", "2", "3"]  # type: ignore[index]
    assert path.stat().st_mode & 0o777 == 0o644


def test_no_log_has_no_lines(path: Path) -> None:
    assert list(read(path)) == []
    append(path, [], LINEAGE)
    assert not path.exists()


def test_a_line_torn_anywhere_is_replaced_by_one_that_says_so(path: Path) -> None:
    append(path, [entry(1), entry(2, name="höst")], LINEAGE)
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for length in range(first + 1, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert problems(path) == [FlawedLine(2, Flaw.TORN)]
        append(path, [entry(3)], LINEAGE)
        assert problems(path) == []
        lines = list(read(path))
        assert lines[0] == whole[:first]
        torn = parsed(lines[1])
        assert torn is not None
        assert torn["event"] == LogEvent.TORN_LINE
        assert torn["text"] == whole[first:length].decode(errors="replace")
        assert torn["length"] == length - first
        assert len(lines) == 3


def test_a_line_that_lacks_only_its_end_stays(path: Path) -> None:
    append(path, [entry(1), entry(2)], LINEAGE)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    append(path, [entry(3)], LINEAGE)
    assert problems(path) == []
    assert path.read_bytes().startswith(whole)
    assert len(list(read(path))) == 3


def test_a_file_that_begins_torn_is_begun_anew(path: Path) -> None:
    for torn in (b"{", b"\0" * 5000, b"\xff" * 9000, b"x" * (LONGEST_LINE + 10)):
        path.write_bytes(torn)
        append(path, [entry()], LINEAGE)
        assert problems(path) == []
        assert [parsed(line)["event"] for line in read(path)] == [LogEvent.TORN_LINE, "forgotten"]  # type: ignore[index]


def test_after_a_damaged_line_the_chain_goes_on(path: Path) -> None:
    append(path, [entry(1)], LINEAGE)
    with path.open("ab") as file:
        file.write(b"garbage\n")
    append(path, [entry(2)], LINEAGE)
    assert problems(path) == [FlawedLine(2, Flaw.UNREADABLE)]


def test_only_the_end_of_a_large_log_is_read(path: Path) -> None:
    append(path, [entry(1)], LINEAGE)
    line = path.read_bytes()
    with path.open("ab") as file:
        # Holes: 10 GB that take no space, and more than any reader would get through.
        file.truncate(10 << 30)
        file.seek(0, os.SEEK_END)
        file.write(b"\n" + line)
    append(path, [entry(2)], LINEAGE)
    with path.open("rb") as file:
        file.seek(-len(line) * 2 - 200, os.SEEK_END)
        last = file.read().splitlines()[-1]
    assert parsed(last)["previous"] == parsed(line)["hash"]  # type: ignore[index]


def test_what_is_no_log_at_all_is_left_alone(path: Path) -> None:
    content = b"\n" + b"x" * (3 * LONGEST_LINE)
    path.write_bytes(content)
    with pytest.raises(StateError, match="move it away"):
        append(path, [entry()], LINEAGE)
    assert path.read_bytes() == content
    assert len(list(read(path))) == 2


def test_nothing_is_written_through_a_link(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"")
    path.symlink_to(target)
    with pytest.raises(StateError, match="cannot be written"):
        append(path, [entry()], LINEAGE)
    assert target.read_bytes() == b""


@pytest.mark.parametrize("torn", [b"", b'{"event":'])
def test_where_the_disk_is_full_the_log_is_as_it_was(path: Path, torn: bytes) -> None:
    append(path, [entry(1)], LINEAGE)
    before = path.read_bytes() + torn
    path.write_bytes(before)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, limits[1]))
    try:
        with pytest.raises(StateError, match="cannot be written"):
            append(path, [entry(2)], LINEAGE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_bytes() == before


def test_killed_while_it_writes_no_line_that_was_whole_is_lost(path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from reconciler.store.event_log import append\n"
        "for number in range(10**6):\n"
        "    entry = {'time': 't', 'run': 'r', 'event': 'e', 'number': number}\n"
        "    append(Path(sys.argv[1]), [entry] * 3, 'x')\n"
        "    print(number, flush=True)\n"
    )
    for _ in range(3):
        command = [sys.executable, "-c", program, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            told = [int(process.stdout.readline()) for _ in range(50)][-1]
            process.kill()
            told = max([told, *(int(line) for line in process.stdout.read().split()[:-1])])
        append(path, [{"time": "t", "run": "r", "event": "end"}], "x")
        assert list(verify(read(path), "x")) == []
        numbers = [entry["number"] for line in read(path) if (entry := parsed(line)) and "number" in entry]
        assert numbers.count(told) >= 3
