"""Runs that are killed after each command of Git: whoever comes next takes them up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler.model.order import Stage
from reconciler.sharing.git import Git
from tests.sharing.runs import WWW, certificate, order, run_in, store
from tests.unit import values

if TYPE_CHECKING:
    from typing import Any

    from reconciler.sharing.git import Ran
    from tools.git_remote import Clone, Remote

SECONDS = 60.0


class Killed(BaseException):
    """As by SIGKILL: nothing that the run would still have done is done."""


# What changes something. Files are written right after one of these, and right before another.
WRITING = ("push", "update-index", "update-ref")


class Killer:
    """Ends a run at the nth command of Git that changes something."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.left: int | None = None
        self.last = ""
        run = Git.run

        def killing(git: Git, *arguments: str, **more: Any) -> Ran:  # noqa: ANN401 - as Git.run
            ran = run(git, *arguments, **more)
            command = next((each for each in arguments if each in WRITING), None)
            if self.left is not None and command is not None:
                self.left -= 1
                self.last = command
                if self.left == 0:
                    raise Killed
            return ran

        patch.setattr(Git, "run", killing)


@pytest.fixture
def killer(monkeypatch: pytest.MonkeyPatch) -> Killer:
    return Killer(monkeypatch)


def work(clone: Clone, number: int) -> None:
    """Order a certificate, and have it."""
    run = run_in(clone)
    run.claim([WWW], 0)
    kept = store(clone)
    kept.save_account(values.account())
    kept.save_order(order(number))
    kept.save_certificate(certificate(number))
    run.publish(SECONDS)


def put_away(clone: Clone) -> None:
    """Go on with what others have made public, till nothing of it is left but the archive."""
    run = run_in(clone)
    kept = store(clone)
    for each in kept.orders().values():
        kept.save_order(replace(each, stage=Stage.COMPLETED))
        kept.archive_order(each.order_id)
    for one in kept.certificates().values():
        kept.archive_certificate(one)
    assert run.publish(SECONDS).conflicts == []


def files_of(clone: Clone) -> list[str]:
    paths = (path for path in (clone.root / "state").rglob("*") if path.is_file())
    return sorted(path.relative_to(clone.root).as_posix() for path in paths)


def test_nothing_is_lost_or_comes_back_wherever_a_run_is_killed(remote: Remote, killer: Killer) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    for killed_at in range(1, 50):
        # Something to bring: another run has worked since this clone did.
        work(b, 2 * killed_at)
        put_away(b)
        killer.left = killed_at
        try:
            work(a, 2 * killed_at + 1)
        except Killed:
            pass
        else:
            break
        finally:
            killer.left = None
        said = f"killed after {killed_at}, {killer.last}"
        made = {**store(a).orders(), **store(a).archived_orders()}
        put_away(b)
        assert run_in(a).publish(SECONDS).conflicts == [], said
        assert files_of(a) == sorted(a.public_files()), said
        assert not any("/claims/" in path for path in a.public_files()), said
        assert a.git("status", "--porcelain") == "", said
        assert {**store(a).orders(), **store(a).archived_orders()}.keys() >= made.keys(), said
    assert killed_at > 9
