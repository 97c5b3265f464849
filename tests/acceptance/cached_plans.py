"""Trees that nothing is to be done about, plans with and without the cache, and what happens between them."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import stat
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.cli import workspace
from reconciler.cli.clock import SystemClock
from reconciler.tree import load_tree
from tests.acceptance.command_line import environment
from tests.acceptance.trees import write_account, write_certificate, write_tree

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pytest

    from tests.acceptance.conftest import Completed, RunProgram

NAMES = ("www", "shop/api", "shop/deep/er")
_ROLE = """\
acme_account_name: ca
allowed_domains: [www.example.com, api.example.com]
allowed_domain_options: [bare_domains]
"""
_AHEAD = dt.timedelta(seconds=10)


class Clock:
    """The clock of the program: so far ahead of the files that they count as settled; it stands still."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.moved = dt.timedelta()
        self.stop()
        monkeypatch.setattr(SystemClock, "now", lambda _self: self.time)

    def stop(self) -> None:
        """Let it show a time later than that of all files, and as far away from it as it was moved."""
        self.time = dt.datetime.now(dt.UTC) + _AHEAD + self.moved


@dataclass
class Plans:
    """Runs plans of a tree, and counts how often the tree was read."""

    tree: Path
    program: RunProgram
    clock: Clock
    read: int = 0

    @property
    def environment(self) -> dict[str, str]:
        """Of a process that uses the cache."""
        return {**environment(), "RECONCILER_NO_CACHE": ""}

    def cached(self, *arguments: str) -> Completed:
        """Plan as users do."""
        os.environ.pop("RECONCILER_NO_CACHE", None)
        return self.program("plan", *arguments)

    def is_warm(self, *arguments: str) -> bool:
        """Plan, and say whether that was done without a look into the tree; it has nothing to do."""
        before = self.read
        done = self.cached(*arguments)
        assert done.code == 0, done.err
        return self.read == before

    def both(self, *arguments: str) -> Completed:
        """Plan with and without the cache; both have to say the same."""
        self.clock.stop()
        warm = self.cached(*arguments)
        cold = self.program("plan", "--no-cache", *arguments)
        assert warm == cold
        return warm


def plans_of(tree: Path, program: RunProgram, monkeypatch: pytest.MonkeyPatch) -> Plans:
    """Return what runs plans of a new tree in Git, with certificates that are all as they are wanted."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tree.parent / "cache"))
    monkeypatch.setenv("RECONCILER_NO_CACHE", "")
    tree.mkdir()
    monkeypatch.chdir(tree)
    certificate = "role: web\nidentifiers: [www.example.com]\n"
    write_tree(
        tree,
        **{"roles/web.yaml": _ROLE, ".gitignore": "/state/\n/certs/\n"},
        **{f"certificates/{name}.yaml": certificate for name in NAMES},
    )
    write_account(tree)
    for name in NAMES:
        write_certificate(tree, name)
    git(tree, "init", "--quiet")
    commit(tree)
    plans = Plans(tree, program, Clock(monkeypatch))

    def counted(root: Path) -> object:
        plans.read += 1
        return load_tree(root)

    monkeypatch.setattr(workspace, "load_tree", counted)
    return plans


def git(folder: Path, *arguments: str) -> None:
    """Run Git."""
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder: Path) -> None:
    """Commit all there is."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "x")


class Edits:
    """Changes of a tree, its state and its delivered files, made at random; each can be undone."""

    def __init__(self, tree: Path, clock: Clock, chosen: random.Random) -> None:
        self._tree, self._clock, self._chosen = tree, clock, chosen
        self._number = 0

    def make(self) -> tuple[str, Callable[[], object]]:
        """Make a change; return what it is, and what undoes it."""
        edit = self._chosen.choice(
            (
                self._flip,
                self._flip,
                self._flip_with_old_times,
                self._flip_with_old_times,
                self._replace,
                self._touch,
                self._chmod,
                self._chmod,
                self._remove,
                self._remove,
                self._move,
                self._move_folder,
                self._link_in_place,
                self._add,
                self._add,
                self._settings,
                self._ignore,
                self._wait,
                self._wait,
                self._commit,
            )
        )
        return edit.__name__, edit()

    def _files(self) -> list[Path]:
        return sorted(path for path in self._all() if path.is_file() and not path.is_symlink())

    def _all(self) -> Iterator[Path]:
        for path in sorted(self._tree.rglob("*")):
            if ".git" not in path.relative_to(self._tree).parts and path.name != ".lock":
                yield path

    def _file(self) -> Path:
        return self._chosen.choice(self._files())

    def _flip(self) -> Callable[[], object]:
        """Write into a file without a change of its size."""
        path = self._file()
        before = path.read_bytes()
        after = bytearray(before)
        if after:
            after[self._chosen.randrange(len(after))] ^= 1
        _in_place(path, bytes(after))
        return lambda: _in_place(path, before)

    def _flip_with_old_times(self) -> Callable[[], object]:
        """Likewise, and set the times back to what they were."""
        path = self._file()
        before, times = path.read_bytes(), path.stat()
        after = bytearray(before)
        if after:
            after[self._chosen.randrange(len(after))] ^= 1

        def write(content: bytes) -> None:
            _in_place(path, content)
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

        write(bytes(after))
        return lambda: write(before)

    def _replace(self) -> Callable[[], object]:
        """Put another file with the same content, or with one that is longer, in its place."""
        path = self._file()
        before, mode = path.read_bytes(), path.stat().st_mode

        def put(content: bytes) -> None:
            other = path.with_name(".other")
            other.write_bytes(content)
            other.chmod(stat.S_IMODE(mode))
            other.replace(path)

        put(before + self._chosen.choice((b"", b"\n", b"x: y\n")))
        return lambda: put(before)

    def _touch(self) -> Callable[[], object]:
        self._chosen.choice(list(self._all())).touch()
        return lambda: None

    def _chmod(self) -> Callable[[], object]:
        path = self._chosen.choice(list(self._all()))
        mode = stat.S_IMODE(path.stat().st_mode)
        path.chmod(mode ^ self._chosen.choice((0o040, 0o004, 0o001)))
        return lambda: path.chmod(mode)

    def _remove(self) -> Callable[[], object]:
        path = self._file()
        content, mode = path.read_bytes(), stat.S_IMODE(path.stat().st_mode)
        path.unlink()

        def undo() -> None:
            path.write_bytes(content)
            path.chmod(mode)

        return undo

    def _move(self) -> Callable[[], object]:
        path = self._file()
        other = path.with_name(f"{self._new_name()}{path.suffix}")
        path.rename(other)
        return lambda: other.rename(path)

    def _move_folder(self) -> Callable[[], object]:
        path = self._chosen.choice([each for each in self._all() if each.is_dir()])
        other = path.with_name(self._new_name())
        path.rename(other)
        if self._chosen.random() < 0.5:
            path.symlink_to(other.name)

        def undo() -> None:
            path.unlink(missing_ok=True)
            other.rename(path)

        return undo

    def _link_in_place(self) -> Callable[[], object]:
        path = self._file()
        other = self._chosen.choice(
            (path.with_name(f".{self._new_name()}"), self._tree.parent / self._new_name())
        )
        path.rename(other)
        path.symlink_to(other)

        def undo() -> None:
            path.unlink()
            other.rename(path)

        return undo

    def _add(self) -> Callable[[], object]:
        """Add a file where there may be some: by itself, or as the copy of another."""
        folder = self._chosen.choice([self._tree, *(each for each in self._all() if each.is_dir())])
        if self._chosen.random() < 0.3:
            folder = self._chosen.choice(
                [
                    self._tree / name
                    for name in ("state/orders", "state/claims/certificates", "state/cleanup", "x/y")
                ]
            )
        folder.mkdir(parents=True, exist_ok=True)
        model = self._file()
        path = folder / f"{self._new_name()}{self._chosen.choice((model.suffix, '.yml', '.pem', '.key'))}"
        path.write_bytes(self._chosen.choice((model.read_bytes(), b"", b"{}\n")))
        return lambda: path.unlink(missing_ok=True)

    def _settings(self) -> Callable[[], object]:
        path = self._tree / "reconciler.yaml"
        undo = _as_it_is(path)
        path.write_text(
            self._chosen.choice(
                (
                    "state: elsewhere\n",
                    "output: certificates\n",
                    "renew: {before: 99%}\n",
                    "output_permissions: {private_key_mode: '0640'}\n",
                    "output_permissions: {folder_mode: '0700'}\n",
                    "safety: {max_forget: 1%}\n",
                    "trusted_ref: origin/main\n",
                    "nonsense: 1\n",
                    "{}\n",
                )
            )
        )
        return undo

    def _ignore(self) -> Callable[[], object]:
        """Let Git take what lies in the state, or in the output."""
        path = self._tree / ".gitignore"
        undo = _as_it_is(path)
        path.write_text(
            self._chosen.choice(("", "/state/\n", "/certs/\n", "*.pem\n", "# nothing\n/state/\n/certs/\n"))
        )
        return undo

    def _wait(self) -> Callable[[], object]:
        """Let time go on, or back."""
        clock, before = self._clock, self._clock.moved
        clock.moved = self._chosen.choice(
            [dt.timedelta(hours=hours) for hours in (-5, 1, 23, 25, 24 * 58, 24 * 60, 24 * 91)]
        )

        def undo() -> None:
            clock.moved = before

        return undo

    def _commit(self) -> Callable[[], object]:
        commit(self._tree)
        return lambda: None

    def _new_name(self) -> str:
        self._number += 1
        return f"new-{self._number}"


def _as_it_is(path: Path) -> Callable[[], object]:
    """Return what makes a file as it is now; another edit may have taken it away."""
    if not path.exists():
        return lambda: path.unlink(missing_ok=True)
    before = path.read_bytes()
    return lambda: path.write_bytes(before)


def _in_place(path: Path, content: bytes) -> None:
    with path.open("r+b") as file:
        file.write(content)
        file.truncate()


def forget_cache(tree: Path) -> None:
    """Delete the cache."""
    shutil.rmtree(tree.parent / "cache", ignore_errors=True)


def kept(tree: Path) -> Path:
    """Return the file of the cache; there has to be one."""
    (found,) = (tree.parent / "cache" / "reconciler").iterdir()
    return found
