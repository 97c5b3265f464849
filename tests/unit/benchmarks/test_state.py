from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from benchmarks.state import write_state
from benchmarks.tree import write_account, write_certificate, write_role
from reconciler.cli.workspace import open_workspace

if TYPE_CHECKING:
    from pathlib import Path

DIRECTORY_URL = "https://ca.example/directory"
CERTIFICATES = {
    f"team/{number}": tuple(f"{each}.example.com" for each in range(number, number + 6))
    for number in range(3)
}


def test_the_trees_are_what_they_are_said_to_be(tmp_path: Path) -> None:
    write_account(tmp_path, DIRECTORY_URL)
    write_role(tmp_path, (f"{number}.example.com" for number in range(8)))
    for name, identifiers in CERTIFICATES.items():
        write_certificate(tmp_path, name, identifiers)
    assert len((tmp_path / "certificates/team/0.yaml").read_text().splitlines()) == 12

    now = dt.datetime.now(dt.UTC)
    fresh = open_workspace(tmp_path).plan(now)
    assert len(fresh.actions) == 1 + len(CERTIFICATES)
    assert not fresh.denied

    write_state(tmp_path, DIRECTORY_URL, CERTIFICATES)
    issued = open_workspace(tmp_path).plan(now)
    assert not issued.has_changes
    assert issued.unchanged == len(CERTIFICATES)
