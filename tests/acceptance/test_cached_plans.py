"""A plan that knows from the last one that there is nothing to do: it says what one without it would say."""

from __future__ import annotations

import datetime as dt
import grp
import json
import os
import random
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from reconciler.cli import workspace
from reconciler.deliver.certificates import deliver
from reconciler.model.order import OrderFile, Stage
from reconciler.store import Store
from reconciler.tree import load_tree
from tests.acceptance.cached_plans import Edits, Plans, commit, forget_cache, git, kept, plans_of
from tests.acceptance.command_line import PROGRAM
from tests.acceptance.trees import write_issued, write_order, write_waiting_order

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import RunProgram
    from tests.conftest import RecordFigure


@pytest.fixture
def plans(tmp_path: Path, program: RunProgram, monkeypatch: pytest.MonkeyPatch) -> Plans:
    return plans_of(tmp_path / "tree", program, monkeypatch)


@pytest.fixture
def warm(plans: Plans) -> Plans:
    """Return plans of which the first has been kept."""
    assert not plans.is_warm()
    return plans


def test_the_second_plan_reads_nothing_and_says_the_same(warm: Plans) -> None:
    assert warm.is_warm()
    assert warm.both().out == "No changes. 3 certificates are as the tree wants them.\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--format", "markdown"),
        ("--format", "json"),
        ("--digest",),
        ("--detailed-exitcode",),
        ("--report", "github=-"),
        ("--report", "sarif=-"),
        ("--report", "codequality=-"),
        ("--report", "gitlab-terraform=-"),
        ("--max-changes", "1"),
        ("--allow-role-removal", "web"),
    ],
    ids=" ".join,
)
def test_so_it_is_in_other_forms(plans: Plans, arguments: tuple[str, ...]) -> None:
    plans.is_warm(*arguments)
    assert plans.is_warm(*arguments)
    plans.both(*arguments)


def test_a_digest_that_was_not_asked_for_is_not_known(warm: Plans) -> None:
    assert not warm.is_warm("--digest")
    assert warm.is_warm("--digest")
    assert warm.is_warm()
    warm.both()
    warm.both("--digest")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--no-cache",),
        ("--report", "junit=-"),
        ("--select", "**"),
        ("--out", "../plan.json"),
        ("--base", "HEAD"),
        ("--preflight",),
    ],
    ids=" ".join,
)
def test_who_asks_for_more_gets_a_plan_made_anew(warm: Plans, arguments: tuple[str, ...]) -> None:
    assert not warm.is_warm(*arguments)


def test_the_environment_can_turn_it_off(warm: Plans, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_NO_CACHE", "1")
    before = warm.read
    warm.program("plan")
    assert warm.read == before + 1


@pytest.mark.parametrize("seed", range(2))
def test_after_any_edits_it_says_what_a_plan_without_it_says(plans: Plans, seed: int) -> None:
    _compare(plans, random.Random(seed), 25)


@pytest.mark.chaos
@pytest.mark.parametrize("seed", range(100, 110))
def test_after_many_edits_too(plans: Plans, seed: int, record_figure: RecordFigure) -> None:
    warm = _compare(plans, random.Random(seed), 400)
    record_figure("cache", f"seed {seed}: 400 edits, {warm} plans without a look into the tree")


def _compare(plans: Plans, chosen: random.Random, count: int) -> int:
    """Make edits, undo most of them at once, and compare after each; return how many plans were warm."""
    edits, warm = Edits(plans.tree, plans.clock, chosen), 0
    pending = []
    for _ in range(count):
        what, undo = edits.make()
        pending.append(undo)
        plans.both()
        plans.both()
        if len(pending) > 2 or chosen.random() < 0.8:
            while pending:
                pending.pop()()
            plans.both()
            before = plans.read
            plans.both()
            warm += plans.read == before + 1
            assert what
    assert warm > count / 10
    return warm


def test_a_byte_in_place_is_seen_even_if_the_times_are_set_back(warm: Plans) -> None:
    path = warm.tree / "certs" / "shop" / "api" / "chain.pem"
    before = path.stat()
    with path.open("r+b") as file:
        file.write(b"X")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert "shop/api" in warm.both().out


def test_what_has_just_changed_is_not_kept(plans: Plans) -> None:
    newest = dt.datetime.fromtimestamp(_newest(plans.tree), dt.UTC)
    for seconds, is_kept in ((1, False), (3, True)):
        plans.clock.time = newest + dt.timedelta(seconds=seconds)
        assert not plans.is_warm()
        assert plans.is_warm() is is_kept


def _newest(tree: Path) -> float:
    return max(path.lstat().st_ctime for path in tree.rglob("*"))


@pytest.mark.parametrize("is_touched", [False, True])
def test_what_changes_while_the_plan_is_made_is_not_kept(
    plans: Plans, monkeypatch: pytest.MonkeyPatch, *, is_touched: bool
) -> None:
    began = _newest(plans.tree) + 0.001
    plans.clock.time = dt.datetime.fromtimestamp(began, dt.UTC)
    monkeypatch.setattr("reconciler.verdict.run._UNSETTLED", dt.timedelta())

    def disturbed(root: Path) -> object:
        tree, file = load_tree(root), root / "certificates" / "www.yaml"
        while is_touched and file.stat().st_ctime <= began:
            file.touch()
        return tree

    monkeypatch.setattr(workspace, "load_tree", disturbed)
    plans.cached()
    assert (plans.tree.parent / "cache").exists() is not is_touched


def test_another_commit_while_the_plan_is_made_is_not_kept(
    plans: Plans, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disturbed(root: Path) -> object:
        git(root, "commit", "--allow-empty", "-m", "y")
        return load_tree(root)

    monkeypatch.setattr(workspace, "load_tree", disturbed)
    plans.cached()
    assert not (plans.tree.parent / "cache").exists()


def test_it_holds_for_a_day_at_most_and_not_before_it_was_made(warm: Plans) -> None:
    made = warm.clock.time
    for later, is_warm in ((0, True), (23, True), (25, False), (26, True)):
        warm.clock.time = made + dt.timedelta(hours=later)
        assert warm.is_warm() is is_warm
    warm.clock.time = made
    assert not warm.is_warm()


def test_it_ends_when_a_renewal_becomes_due(warm: Plans) -> None:
    due = dt.datetime.now(dt.UTC) + dt.timedelta(days=59)
    warm.clock.time = due - dt.timedelta(hours=2)
    assert not warm.is_warm()
    assert warm.is_warm()
    warm.clock.time = due + dt.timedelta(minutes=1)
    assert "renew" in warm.cached().out
    warm.clock.time = due - dt.timedelta(hours=1)
    assert warm.is_warm()


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:100]), id="truncated"),
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(lambda path: path.write_bytes(os.urandom(300)), id="garbage"),
        pytest.param(lambda path: path.write_bytes(b"[" * 100_000), id="bomb"),
        pytest.param(lambda path: path.write_bytes(b'{"x":' * 100_000), id="bomb in an unknown field"),
        pytest.param(lambda path: path.write_bytes(b'{"program": "\xff"}'), id="no text"),
        pytest.param(lambda path: path.write_bytes(b"\0" * (17 << 20)), id="large"),
        pytest.param(lambda path: path.write_text("{}"), id="another document"),
        pytest.param(lambda path: _changed(path, program="0"), id="another program"),
        pytest.param(lambda path: _changed(path, format=2), id="another format"),
        pytest.param(lambda path: _changed(path, seen="0"), id="another tree"),
        pytest.param(lambda path: _changed(path, unchanged="3"), id="another type"),
        pytest.param(lambda path: _changed(path, made="2020-01-01T00:00:00"), id="a time without a zone"),
        pytest.param(lambda path: (path.unlink(), path.mkdir()), id="a folder"),
        pytest.param(lambda path: _pipe(path), id="a pipe"),
        pytest.param(lambda path: path.unlink(), id="deleted"),
        pytest.param(lambda path: (path.rename(f"{path}.x"), path.symlink_to(f"{path}.x")), id="a link"),
    ],
)
def test_a_cache_that_cannot_be_used_costs_time_only(warm: Plans, damage: object) -> None:
    assert callable(damage)
    damage(kept(warm.tree))
    assert not warm.is_warm()
    warm.both()


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _changed(path: Path, **fields: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def test_the_cache_of_another_tree_says_nothing_here(warm: Plans, monkeypatch: pytest.MonkeyPatch) -> None:
    other = warm.tree.parent / "other"
    shutil.copytree(warm.tree, other)
    monkeypatch.chdir(other)
    assert not warm.is_warm()
    # Each has its own.
    assert warm.is_warm()
    monkeypatch.chdir(warm.tree)
    assert warm.is_warm()


def test_a_file_of_somebody_else_is_not_believed(warm: Plans, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid():
        pytest.skip("only root can give a file away")
    os.chown(kept(warm.tree), 12345, -1)
    assert not warm.is_warm()


@pytest.mark.parametrize("where", ["file", "nowhere"])
def test_without_a_place_for_a_cache_there_is_none(
    plans: Plans, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    blocked = plans.tree.parent / "file"
    blocked.write_text("")
    if where == "file":
        monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    else:
        monkeypatch.delenv("XDG_CACHE_HOME")
        monkeypatch.setenv("HOME", str(blocked / "home"))
    assert not plans.is_warm()
    assert not plans.is_warm()
    assert not (blocked / "home").exists()


def test_the_cache_is_for_its_owner_alone_and_has_no_content(
    plans: Plans, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = plans.tree.parent / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    plans.cached()
    (file,) = (home / ".cache" / "reconciler").iterdir()
    assert [oct(each.stat().st_mode & 0o777) for each in (file, file.parent, file.parent.parent)] == [
        "0o600",
        "0o700",
        "0o700",
    ]
    assert "example.com" not in file.read_text()
    assert "shop" not in file.read_text()
    assert not (plans.tree / "not").exists()


def test_what_waits_is_never_kept(plans: Plans) -> None:
    write_waiting_order(plans.tree)
    plans.both()
    assert not (plans.tree.parent / "cache").exists()


def test_an_order_that_is_there_is_looked_at(warm: Plans) -> None:
    write_order(warm.tree, Stage.ERROR)
    assert warm.both().code == 0


def test_a_key_that_git_would_take_is_seen(warm: Plans) -> None:
    (warm.tree / ".gitignore").write_text("/state/\n")
    assert "private-key-not-ignored" in warm.both().err


def test_a_key_that_git_tracks_by_now_is_seen(warm: Plans) -> None:
    git(warm.tree, "add", "--force", "certs/www/privkey.pem")
    assert "private-key-tracked" in warm.both().err


def test_a_trusted_ref_in_the_history_is_seen(warm: Plans) -> None:
    settings = warm.tree / "reconciler.yaml"
    before = settings.stat()
    settings.write_text("trusted_ref: origin/main\n")
    commit(warm.tree)
    settings.write_text("{}\n")
    commit(warm.tree)
    assert before
    assert "origin/main" in warm.both().err


def test_a_shallow_clone_is_planned_anew_each_time(warm: Plans, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(warm.tree)
    clone = warm.tree.parent / "clone"
    git(warm.tree, "clone", "--quiet", "--depth", "1", warm.tree.as_uri(), str(clone))
    for folder in ("state", "certs"):
        shutil.copytree(warm.tree / folder, clone / folder)
    monkeypatch.chdir(clone)
    warm.clock.stop()
    assert not warm.is_warm()
    assert not warm.is_warm()


def test_a_tree_outside_of_git_is_kept_too_and_not_believed_in_a_repository(
    plans: Plans, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(plans.tree / ".git")
    plans.is_warm()
    assert plans.is_warm()
    git(plans.tree.parent, "init", "--quiet")
    assert not plans.is_warm()


def test_the_cache_may_be_deleted_at_any_time(warm: Plans) -> None:
    shutil.rmtree(warm.tree.parent / "cache")
    warm.both()
    deliver(warm.tree / "certs" / "www", {"cert.pem": b"another"})
    shutil.rmtree(warm.tree.parent / "cache")
    assert "www" in warm.both().out


@pytest.mark.parametrize(
    ("place", "is_kept"), [("shop/hsm.csr", True), ("shop/.hsm.csr", False), ("../requests/hsm.csr", False)]
)
def test_a_csr_is_looked_at_where_it_lies_with_the_certificates(
    plans: Plans, place: str, is_kept: bool
) -> None:
    issued = write_issued(plans.tree, "csr", with_csr=True)
    csr = Store(plans.tree / "state").order_file(issued.order.order_id, OrderFile.CSR)
    path = plans.tree / "certificates" / place
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(csr)
    asks = f"role: web\ncsr_file: {place}\n"
    (plans.tree / "certificates" / "csr.yaml").write_text(asks)
    assert not plans.is_warm()
    assert plans.is_warm() is is_kept
    path.write_bytes(csr.replace(b"M", b"N", 1))
    plans.both()


def test_who_is_named_as_an_owner_is_looked_up_each_time(plans: Plans) -> None:
    group = grp.getgrgid(os.getegid()).gr_name
    (plans.tree / "reconciler.yaml").write_text(f"output_permissions: {{group: {group}}}\n")
    assert not plans.is_warm()
    assert not plans.is_warm()
    (plans.tree / "reconciler.yaml").write_text(f"output_permissions: {{group: '{os.getegid()}'}}\n")
    plans.clock.stop()
    assert not plans.is_warm()
    assert plans.is_warm()


_LOADED = """
import datetime as dt, json, sys
from reconciler.cli.clock import SystemClock
SystemClock.now = lambda self: dt.datetime.now(dt.UTC) + dt.timedelta(seconds=10)
from reconciler.cli.main import run
run(["plan", *sys.argv[1:]])
print(json.dumps(sorted(sys.modules)))
"""
_OF_A_WHOLE_PLAN = {
    "deliver",
    "engine",
    "policy",
    "store",
    "tree",
    "plan.diff",
    "provenance.review",
    "cli.workspace",
}


def test_it_loads_nothing_of_what_reads_the_tree(plans: Plans) -> None:
    def loaded(*arguments: str) -> set[str]:
        command = [sys.executable, "-c", _LOADED, *arguments]
        ran = subprocess.run(command, env=plans.environment, capture_output=True, text=True, check=True)
        return set(json.loads(ran.stdout.splitlines()[-1])) & {
            f"reconciler.{name}" for name in _OF_A_WHOLE_PLAN
        }

    assert len(loaded()) == len(_OF_A_WHOLE_PLAN)
    assert loaded() == set()
    assert len(loaded("--no-cache")) == len(_OF_A_WHOLE_PLAN)


def test_two_at_once_do_not_disturb_each_other(warm: Plans) -> None:
    warm.clock.stop()
    for _ in range(2):
        both = [
            subprocess.Popen([*PROGRAM, "plan"], env=warm.environment, stdout=subprocess.PIPE, text=True)
            for _ in range(3)
        ]
        assert {each.communicate()[0] for each in both} == {warm.cached().out}
        forget_cache(warm.tree)
