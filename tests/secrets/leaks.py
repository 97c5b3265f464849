"""Where a secret could have come to: what was printed, written, committed, and passed to processes."""

from __future__ import annotations

import json
import stat
import subprocess
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

from tests.secrets.forms import Secret, find

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

# In the Python of each process: all logging at its lowest level, and a note of what is started and written.
SITECUSTOMIZE = """
import http.client, json, logging, os, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
if os.environ.get("SHOW_THE_WIRE"):
    http.client.HTTPConnection.debuglevel = 1
_notes = os.open(os.environ["NOTES"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
def _note(kind, *what):
    os.write(_notes, (json.dumps([kind, *what], default=repr) + "\\n").encode("ascii"))
def _hear(event, arguments):
    if event == "subprocess.Popen":
        program, words, _folder, environment = arguments
        given = os.environ if environment is None else environment
        environment = {os.fsdecode(name): os.fsdecode(value) for name, value in given.items()}
        _note("started", [os.fsdecode(each) for each in words], environment)
    elif event.startswith(("os.exec", "os.posix_spawn", "os.spawn", "os.system")):
        _note("strange", event, repr(arguments))
    elif event == "open" and not isinstance(arguments[0], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR):
        _note("written", os.path.abspath(os.fsdecode(arguments[0])))
sys.addaudithook(_hear)
"""


@dataclass
class Evidence:
    """What was looked through, for the figures."""

    searched: int = 0
    printed: list[tuple[str, bytes]] = field(default_factory=list)

    def in_what_was_printed(self, secrets: Collection[Secret]) -> list[str]:
        """Return what was shown, and by which command."""
        return [
            f"{name} printed by {command}: {_around(secrets, name, content)}"
            for command, content in self.printed
            for name in self._find(secrets, content)
        ]

    def in_files(
        self, secrets: Collection[Secret], top: Path, places: Mapping[str, frozenset[str]]
    ) -> list[str]:
        """Return what is in files below `top`.

        Args:
            secrets: what is looked for.
            top: the folder; Git's objects are looked at by themselves.
            places: by patterns of paths, which secrets are meant to be there, when nobody else can read it.
        """
        leaks = []
        for path in sorted(top.rglob("*")):
            if path.is_symlink() or not path.is_file() or ".git/objects/" in str(path):
                continue
            shown = str(path.relative_to(top))
            meant = {name for pattern, names in places.items() if fnmatch(shown, pattern) for name in names}
            for name in self._find(secrets, path.read_bytes() + b"\0" + shown.encode()):
                if name not in meant:
                    leaks.append(f"{name} in {shown}")
                elif stat.S_IMODE(path.stat().st_mode) & 0o077:
                    leaks.append(f"{name} in {shown}, which others can read")
        return leaks

    def in_processes(
        self, secrets: Collection[Secret], notes: Path, given: Mapping[str, Collection[str]]
    ) -> list[str]:
        """Return what programs were told: no argument is a secret, and variables only where they are `given`.

        Args:
            secrets: what is looked for.
            notes: what SITECUSTOMIZE has written.
            given: by the end of a program's name, the names of the secrets that its environment may have.
        """
        leaks = []
        for program, words, environment in started(notes):
            leaks += [f"{name} in an argument of {program}" for name in self._find(secrets, _bytes(words))]
            for variable, value in environment.items():
                found = self._find(secrets, _bytes(value))
                leaks += [
                    f"{name} in {variable} of {program}" for name in found if name not in given[program]
                ]
        return sorted(set(leaks))

    def in_git(self, secrets: Collection[Secret], *repositories: Path) -> list[str]:
        """Return what is in objects, whether a commit leads to them or not."""
        return [
            f"{name} committed in {repository.name}"
            for repository in repositories
            for name in self._find(secrets, git_objects(repository))
        ]

    def _find(self, secrets: Iterable[Secret], content: bytes) -> list[str]:
        self.searched += len(content)
        return find(secrets, content)


def _around(secrets: Iterable[Secret], name: str, content: bytes) -> str:
    """Return the line that shows it, as far as one does."""
    needles = [each for secret in secrets if secret.name == name for each in secret.needles]
    lines = [line for line in content.splitlines() if any(each in line for each in needles)]
    return repr(lines[:1])


def git_objects(repository: Path) -> bytes:
    """Return all objects of a repository, one after the other."""
    ran = subprocess.run(
        ["git", "-C", str(repository), "cat-file", "--batch-all-objects", "--batch"],
        capture_output=True,
        check=True,
    )
    return ran.stdout


def started(notes: Path) -> list[tuple[str, list[str], dict[str, str]]]:
    """Return the programs that were started: name, arguments, environment."""
    return [
        (words[0].rpartition("/")[2], words, environment) for words, environment in _noted(notes, "started")
    ]


def written(notes: Path) -> set[str]:
    """Return the paths of all that was opened to be written."""
    return {path for (path,) in _noted(notes, "written")}


def strange(notes: Path) -> list[Any]:
    """Return what was started in ways that are not looked at."""
    return _noted(notes, "strange")


def _noted(notes: Path, kind: str) -> list[Any]:
    lines = [json.loads(line) for line in notes.read_text().splitlines()]
    return [what for each, *what in lines if each == kind]


def _bytes(value: object) -> bytes:
    return (value if isinstance(value, str) else "\n".join(map(str, value))).encode(  # type: ignore[call-overload]
        "utf-8", "surrogateescape"
    )
