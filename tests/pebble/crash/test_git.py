"""`apply --commit` killed together with the Git that it runs, in a clone that is used again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.cli.init_files import IGNORED
from tests.pebble.crash.bench import Watch, points_of
from tests.pebble.test_sharing import claims, orders, remote_at
from tools import supervised
from tools.git_remote import git_environment

if TYPE_CHECKING:
    from tests.conftest import RecordFigure
    from tests.pebble.crash.bench import Bench
    from tools.git_remote import Clone
    from tools.supervised import Ended

NAME = "www.example.com"


class Shared:
    """A remote, and a clone of it."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.folder = bench.site().root.parent
        webroot = self.folder / "served"
        webroot.mkdir()
        served = bench.webroots / NAME
        served.unlink(missing_ok=True)
        served.symlink_to(webroot)
        remote = remote_at(self.folder, bench.ca, webroot)
        clone = remote.clone("prepared")
        clone.write(".gitignore", "\n".join([*IGNORED, ""]))
        clone.push()
        self.clone: Clone = remote.clone("clone")
        self._log_start = len(bench.ca.log)

    def apply(self, watch: Watch | None = None) -> Ended:
        return supervised.run(
            self.bench.server,
            ["-C", str(self.clone.root), "apply", "--commit"],
            self.folder / "output",
            below=self.clone.root,
            decide=watch.decide if watch else None,
            environment=git_environment(),
        )

    def remove_lock_of_fetch(self) -> None:
        """Do what the message says: that lock may be one of the user's own Git, so the program leaves it."""
        left = self.clone.root / ".git/refs/remotes/origin/main.lock"
        if left.exists():
            refused = self.apply()
            assert refused.code == 1
            assert f"{left}': File exists" in refused.output
            assert "remove it" in refused.output
            left.unlink()

    @property
    def issued(self) -> int:
        return self.bench.ca.log[self._log_start :].count("Issued certificate")


@pytest.mark.chaos
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(4))
def test_with_its_git(bench: Bench, part: int, record_figure: RecordFigure) -> None:
    shared = Shared(bench)
    watch = Watch(shared.clone.root)
    assert shared.apply(watch).code == 0
    events = list(zip(points_of(watch.events), watch.events, strict=True))
    # While it changes a ref, Git holds a lock of it, which it leaves behind.
    chosen = [at for at, event in events if event.name == "rename" and ".git/refs/" in event.paths[0]]
    chosen += [at for at, _ in events[4::40]]
    for point in chosen[part::4]:
        shared = Shared(bench)
        watch = Watch(shared.clone.root, point)
        ended = shared.apply(watch)
        shared.remove_lock_of_fetch()
        again = [shared.apply() for _ in range(2)]
        where = f"killed at {point}, {watch.events[-1]}: {ended.output}{again[0].output}"
        assert [each.code for each in again] == [0, 0], where
        assert shared.issued == 1, where
        assert "No changes" in again[1].output, where
        assert len(orders(shared.clone)) == 1, where
        assert not claims(shared.clone), where
    record_figure(f"killed with Git, part {part + 1}", f"{len(chosen[part::4])} kills of {len(events)} calls")
