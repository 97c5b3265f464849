"""A program that leaves a mark, wherever Git could be told to run one; a Python that notes what it does."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.acceptance.command_line import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.provenance.git_tree import GitTree

_HOOKS = (
    "applypatch-msg",
    "commit-msg",
    "fsmonitor-watchman",
    "p4-pre-submit",
    "post-applypatch",
    "post-checkout",
    "post-commit",
    "post-index-change",
    "post-merge",
    "post-receive",
    "post-rewrite",
    "post-update",
    "pre-applypatch",
    "pre-auto-gc",
    "pre-commit",
    "pre-merge-commit",
    "pre-push",
    "pre-rebase",
    "pre-receive",
    "prepare-commit-msg",
    "proc-receive",
    "push-to-checkout",
    "reference-transaction",
    "sendemail-validate",
    "update",
)
_COMMANDS = ("cat-file", "diff-tree", "log", "ls-tree", "merge-base", "remote", "rev-list", "rev-parse")

# Python notes what it opens, connects to and starts, and which variables it looks up.
_NOTES = """
import os, sys
_log = os.open(os.environ["NOTES"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
_events = ("socket.", "subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "os.fork")
def _note(event, arguments):
    if event == "open" or event.startswith(_events):
        os.write(_log, (event + " " + repr(arguments) + "\\n").encode("utf-8", "replace"))
sys.addaudithook(_note)
_kind = type(os.environ)
_getitem = _kind.__getitem__
def _look_up(self, key):
    # All of them at once are for a child, not for us.
    if "_collections_abc" not in sys._getframe(1).f_code.co_filename:
        os.write(_log, ("env " + repr(key) + "\\n").encode("utf-8", "replace"))
    return _getitem(self, key)
def _get(self, key, default=None):
    try:
        return self[key]
    except KeyError:
        return default
_kind.__getitem__ = _look_up
_kind.get = _get
"""


@dataclass(frozen=True)
class Ran:
    """A run of the program as a process; `notes` is what its Python did."""

    code: int
    out: str
    err: str
    notes: tuple[str, ...]

    def noted(self, *events: str) -> list[str]:
        """Return what it did of some kinds."""
        return [each for each in self.notes if each.startswith(events)]


class Traps:
    """A program that leaves a mark, and the repository that has it everywhere."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.mark = folder / "mark"
        self.program = folder / "trap"
        self.program.write_text(f'#!/bin/sh\necho "$0 $*" >> {self.mark}\nexit 1\n')
        self.program.chmod(0o755)

    @property
    def marks(self) -> str:
        """What the program was run for; empty where it was not."""
        return self.mark.read_text() if self.mark.exists() else ""

    def forget(self) -> None:
        """Take the marks away."""
        self.mark.unlink(missing_ok=True)

    def set_in(self, tree: GitTree) -> None:
        """Set all of them in the configuration, the attributes and the hooks of a repository."""
        git = tree.root / ".git"
        included = self.folder / "included"
        included.write_text(self._configuration())
        with (git / "config").open("a") as file:
            file.write(f"[include]\n\tpath = {included}\n{self._configuration()}")
        (git / "info/attributes").write_text("* diff=trap filter=trap merge=trap\n")
        for folder in (git / "hooks", self.folder / "hooks"):
            folder.mkdir(exist_ok=True)
            for name in _HOOKS:
                (folder / name).unlink(missing_ok=True)
                (folder / name).symlink_to(self.program)
        alternate = self.folder / "alternate"
        subprocess.run(["git", "init", "--quiet", "--bare", str(alternate)], check=True)
        (git / "objects/info").mkdir(exist_ok=True)
        (git / "objects/info/alternates").write_text(f"{alternate}/objects\n")

    def _configuration(self) -> str:
        run = self.program
        aliases = "".join(f"\t{name} = !{run} alias\n" for name in _COMMANDS)
        pagers = "".join(f"\t{name} = {run} pager\n" for name in _COMMANDS)
        return f"""
[core]
\tfsmonitor = {run}
\thooksPath = {self.folder}/hooks
\tsshCommand = {run}
\tgitProxy = {run}
\taskPass = {run}
\tpager = {run}
\teditor = {run}
\talternateRefsCommand = {run}
[alias]
{aliases}[pager]
{pagers}[credential]
\thelper = !{run}
[diff]
\texternal = {run}
[diff "trap"]
\tcommand = {run}
\ttextconv = {run}
\tcachetextconv = true
[filter "trap"]
\tclean = {run}
\tsmudge = {run}
\tprocess = {run}
\trequired = true
[merge "trap"]
\tdriver = {run} %O %A %B
[gpg]
\tprogram = {run}
[gpg "openpgp"]
\tprogram = {run}
[gpg "x509"]
\tprogram = {run}
[gpg "ssh"]
\tprogram = {run}
\tdefaultKeyCommand = {run}
[log]
\tshowSignature = true
[uploadpack]
\tpackObjectsHook = {run}
[protocol "ext"]
\tallow = always
[protocol]
\tallow = always
[remote "origin"]
\turl = ext::{run} %S
\tuploadpack = {run}
\tfetch = +refs/heads/*:refs/remotes/origin/*
\tpromisor = true
\tpartialclonefilter = blob:none
[extensions]
\tpartialClone = origin
[submodule]
\trecurse = true
[submodule "module"]
\turl = ext::{run} %S
\tupdate = !{run}
\tactive = true
[fetch]
\trecurseSubmodules = true
[maintenance]
\tauto = true
[gc]
\tauto = 1
"""

    def run(self, folder: Path, *arguments: str, **environment: str) -> Ran:
        """Run the program, and note what it does."""
        return self.run_python(folder, "-P", "-m", "reconciler", *arguments, **environment)

    def run_python(self, folder: Path, *words: str, **environment: str) -> Ran:
        """Run Python, and note what it does."""
        notes = self.folder / "notes"
        notes.unlink(missing_ok=True)
        (self.folder / "python").mkdir(exist_ok=True)
        (self.folder / "python/sitecustomize.py").write_text(_NOTES)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        ran = subprocess.run(
            [sys.executable, *words],
            cwd=folder,
            env={
                **inherited,
                "PYTHONPATH": f"{self.folder / 'python'}:{REPOSITORY}",
                "NOTES": str(notes),
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Ran(ran.returncode, ran.stdout, ran.stderr, tuple(notes.read_text().splitlines()))
