"""What `plan --preflight` costs those who do not ask for it: nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.acceptance.test_processes import imported_by

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import RunProgram


def test_a_plan_without_it_imports_nothing_of_the_network(tree: Path) -> None:
    imported, shown = imported_by(tree, "plan", "--format", "json")
    assert '"create_order"' in shown
    assert not imported & {"dns", "urllib3", "cryptography"}


def test_the_help_names_what_is_looked_at(program: RunProgram) -> None:
    shown = " ".join(program("plan", "--help").out.split())
    assert "--preflight Look whether the orders can succeed: CAA records, DNS delegations" in shown
    assert "it changes neither the plan nor the exit code" in shown
