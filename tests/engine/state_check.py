"""`reconciler state check` on the state of a rig."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.checkup import check_state
from reconciler.model.state_finding import Level

if TYPE_CHECKING:
    from reconciler.model.state_finding import StateFinding
    from tests.engine.rig import Rig


def found_in(rig: Rig) -> tuple[StateFinding, ...]:
    # The store of a damaged state cannot even be opened.
    cipher = rig.make_store(rig.folder / "nowhere").keys._cipher
    return check_state(rig.folder / "state", rig.output, cipher, rig.clock.now())


def assert_only_notes(rig: Rig, after: str) -> None:
    """What the next apply does by itself is a note."""
    others = [each for each in found_in(rig) if each.level is not Level.NOTE]
    assert not others, f"{after}: {others}"
