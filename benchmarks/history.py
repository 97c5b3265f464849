"""Histories: thousands of commits in which certificates are asked for, made in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from benchmarks.measure import MeasurementError
from benchmarks.repository import git
from benchmarks.tree import certificate_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_MAIN, _SIDE = "refs/heads/main", "refs/heads/side"
_PERSON = "somebody <somebody@example.com>"
_BEGIN = 1_700_000_000
_BEHIND = 20
_NAMES = ("www", "api", "status", "admin", "mail")


@dataclass(frozen=True, slots=True)
class History:
    """A repository without a work tree.

    Attributes:
        identifiers: those of each certificate, by the path of its file.
        origins: the commit that each certificate was asked for in, likewise.
    """

    root: Path
    head: str
    identifiers: Mapping[str, tuple[str, ...]]
    origins: Mapping[str, str]


def least_commits(certificates: int) -> int:
    """Return how many commits a history with so many certificates has at least."""
    return 1 + certificates + certificates // 2


def write_history(root: Path, certificates: int, commits: int) -> History:
    """Make a repository with one commit for each certificate, in any order with others.

    Of each two certificates one is committed on the main branch, and one on a branch that begins up to
    twenty commits before the end and is merged. All other commits change other files.

    Raises:
        MeasurementError: Git failed.
    """
    git(root, "init", "--quiet", "--initial-branch=main")
    stream = _Stream(certificates, commits)
    marks = root / ".git" / "marks"
    git(root, "fast-import", "--quiet", f"--export-marks={marks}", stdin=stream.text().encode())
    hashes = dict(line.split(" ") for line in marks.read_text().splitlines())
    origins = {path: hashes[f":{mark}"] for path, mark in stream.origins.items()}
    return History(root, git(root, "rev-parse", "HEAD"), stream.identifiers, origins)


class _Stream:
    """What `git fast-import` reads. Commits are numbered from 1; the numbers are their marks."""

    def __init__(self, certificates: int, commits: int) -> None:
        self.origins: dict[str, int] = {}
        self.identifiers: dict[str, tuple[str, ...]] = {}
        self._parts: list[str] = []
        self._count = 0
        others = commits - least_commits(certificates)
        if others < 0:
            raise MeasurementError(f"so many certificates take {-others} commits more")
        merged = certificates // 2
        kinds = [self._direct] * (certificates - merged) + [self._merged] * merged + [self._other] * others
        Random(certificates).shuffle(kinds)
        self._main = [self._commit(_MAIN, (), "README", "the beginning\n")]
        for kind in kinds:
            kind()
        self._parts.append(f"reset {_SIDE}\nfrom {'0' * 40}\n")

    def text(self) -> str:
        """Return all of it."""
        return "".join(self._parts)

    def _other(self) -> None:
        path = f"services/{self._count % 997}.txt"
        self._main.append(self._commit(_MAIN, self._main[-1:], path, f"change {self._count}\n"))

    def _direct(self) -> None:
        path, text = self._request()
        self._main.append(self._commit(_MAIN, self._main[-1:], path, text))
        self.origins[path] = self._main[-1]

    def _merged(self) -> None:
        path, text = self._request()
        start = self._main[-1 - self._count % min(_BEHIND, len(self._main))]
        side = self._commit(_SIDE, [start], path, text)
        self._main.append(self._commit(_MAIN, [self._main[-1], side], path, text))
        self.origins[path] = side

    def _request(self) -> tuple[str, str]:
        number = len(self.origins)
        name = f"team-{number // 100}/service-{number}"
        path = f"certificates/{name}.yaml"
        self.identifiers[path] = tuple(f"{each}.service-{number}.example.com" for each in _NAMES)
        return path, certificate_text(name, self.identifiers[path])

    def _commit(self, ref: str, parents: Sequence[int], path: str, text: str) -> int:
        self._count += 1
        words = ("from", "merge")
        self._parts += [
            f"commit {ref}\nmark :{self._count}\ncommitter {_PERSON} {_BEGIN + 60 * self._count} +0000\n",
            "data 7\nchange\n\n",
            *(f"{word} :{parent}\n" for word, parent in zip(words, parents, strict=False)),
            f"M 100644 inline {path}\ndata {len(text)}\n{text}\n",
        ]
        return self._count
