"""Many files as one digest, by several processes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from reconciler.verdict import sweep as sweeping
from reconciler.verdict.places import Listed
from reconciler.verdict.sweep import sweep

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Listed:
    """Return files that are worth three processes."""
    monkeypatch.setattr(sweeping, "_WORTH_A_PROCESS", 10)
    monkeypatch.setattr(sweeping, "processors", lambda: 3)
    monkeypatch.setattr("reconciler.forked.threading.active_count", lambda: 1)  # others may have left some
    for number in range(30):
        (tmp_path / f"file-{number:02}").write_text(str(number))
        (tmp_path / f"{number:02}").mkdir()
        (tmp_path / f"{number:02}" / "cert.pem").touch()
    return Listed(
        ["a"],
        [str(tmp_path / f"file-{number:02}") for number in range(30)],
        [str(tmp_path / f"{number:02}") for number in range(30)],
    )


def test_it_is_the_same_digest_each_time(many: Listed) -> None:
    assert sweep(many) == sweep(many)


@pytest.mark.parametrize(
    "place", ["file-00", "file-01", "file-29", "00/cert.pem", "17/cert.pem", "29/chain.pem"]
)
def test_each_process_sees_what_changes(many: Listed, tmp_path: Path, place: str) -> None:
    before = sweep(many)
    (tmp_path / place).write_text("other")
    after = sweep(many)
    assert before.digest != after.digest
    assert after.newest == (tmp_path / place).stat().st_ctime_ns


def test_the_part_of_one_that_died_is_seen_all_the_same(
    many: Listed, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = sweep(many)
    here, look = os.getpid(), sweeping._look
    monkeypatch.setattr(sweeping, "_look", lambda *part: look(*part) if os.getpid() == here else os._exit(9))
    assert sweep(many) == expected


def test_names_are_told_apart(tmp_path: Path) -> None:
    assert sweep(Listed(["a"], [], [])) != sweep(Listed([], ["a"], []))
    assert sweep(Listed([], ["a\nb"], [])) != sweep(Listed([], ["a", "b"], []))
