"""A state as a run leaves it that was killed: whatever the point, the check of it has nothing but notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.checkup.codes import Code
from tests.engine.rig import Rig
from tests.engine.state_check import assert_only_notes, found_in
from tests.engine.test_accounts import want_rotation
from tests.engine.test_encryption import A, B, encrypt_for, issued
from tests.engine.test_kill import (
    Killed,
    Killer,
    apply_until_settled,
    arm,
    other_names,
    own_csr,
    renewal,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import RecordFigure


def first(rig: Rig) -> None:
    rig.want("www", "www.example.com")


def by_hand(rig: Rig) -> None:
    rig.uses_webroot = False
    rig.want("www", "www.example.com", "*.example.com")


def forgotten(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    rig.specs.clear()


def other_key(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    want_rotation(rig)
    rig.clock.advance(days=91)


def deactivation(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.apply()
    rig.specs.clear()
    rig.has_account = False


def encrypted_from_the_start(rig: Rig) -> None:
    encrypt_for(rig, [A], [A])
    rig.want("www", "www.example.com")


def encryption_on(rig: Rig) -> None:
    issued(rig)
    encrypt_for(rig, [A], [A])


def encryption_off(rig: Rig) -> None:
    encrypt_for(rig, [A], [A])
    issued(rig)
    encrypt_for(rig, [], [A])


def other_recipients(rig: Rig) -> None:
    encrypt_for(rig, [A], [A])
    issued(rig)
    encrypt_for(rig, [B], [A, B])


LIVES = (
    first,
    by_hand,
    renewal,
    other_names,
    own_csr,
    forgotten,
    other_key,
    deactivation,
    encrypted_from_the_start,
    encryption_on,
    encryption_off,
    other_recipients,
)


def looked_at_after_kills(folder: Path, prepare: Callable[[Rig], None], points: range) -> int:
    """Kill at each of the points, and look at what is left; return how often it was."""
    for number, at in enumerate(points):
        (folder / str(at)).mkdir()
        rig = Rig(folder / str(at))
        prepare(rig)
        killer = Killer(at)
        with pytest.MonkeyPatch.context() as patch:
            arm(rig, killer, patch)
            try:
                apply_until_settled(rig)
            except Killed:
                pass
            else:
                # What was delivered stays where the certificate is forgotten.
                assert {each.code for each in found_in(rig)} <= {Code.UNKNOWN_DELIVERY}
                return number
        assert_only_notes(rig, f"killed {killer.where}")
    raise AssertionError("the run has no end")


@pytest.mark.parametrize("life", LIVES)
def test_a_killed_run_leaves_no_error(tmp_path: Path, life: Callable[[Rig], None]) -> None:
    assert looked_at_after_kills(tmp_path, life, range(3, 500, 17)) > 0


@pytest.mark.chaos
def test_a_run_that_is_killed_anywhere_leaves_no_error(tmp_path: Path, record_figure: RecordFigure) -> None:
    kills = 0
    for life in LIVES:
        (tmp_path / life.__name__).mkdir()
        kills += looked_at_after_kills(tmp_path / life.__name__, life, range(1, 500))
    assert kills > 1000
    record_figure("state check", f"{kills} states of killed runs, no error and no warning in any")
