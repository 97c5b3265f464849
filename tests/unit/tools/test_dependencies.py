"""What this project depends on: bounded, locked, and nothing more than that."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parents[3]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RELEASE = [Requirement(each) for each in PROJECT["project"]["dependencies"]]
OPTIONAL = [
    Requirement(each) for group in PROJECT["project"]["optional-dependencies"].values() for each in group
]
_OF_GROUPS: dict[str, list[Any]] = PROJECT["dependency-groups"]
GROUPS = {
    name: [Requirement(each) for each in group if isinstance(each, str)] for name, group in _OF_GROUPS.items()
}
# What the second file is made of; other groups have files of their own.
_DEVELOPERS = ("dev", *(each["include-group"] for each in _OF_GROUPS["dev"] if not isinstance(each, str)))
DEV = [each for name in _DEVELOPERS for each in GROUPS[name]]
BUILD = [Requirement(each) for each in PROJECT["build-system"]["requires"]]
_LOCKED = re.compile(r"(?P<name>[a-z0-9-]+)(\[[a-z,0-9-]+\])?==(?P<version>\S+)( ; .+)?")
_PINNED = re.compile(r"[0-9a-f]{40}")


def locked(name: str) -> dict[str, str]:
    """Return the versions of a file of locked requirements; each has hashes, and nothing else is there."""
    found = {}
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    for line in filter(None, re.sub(r"(?m)#.*$", "", text).splitlines()):
        package, *hashes = re.split(r"\s+--hash=", line.strip())
        match = _LOCKED.fullmatch(package.strip())
        assert match, line[:100]
        assert hashes, line[:100]
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes), line[:100]
        found[match["name"]] = match["version"]
    return found


@pytest.mark.parametrize(
    "requirement",
    [*RELEASE, *OPTIONAL, *BUILD, *(each for group in GROUPS.values() for each in group)],
    ids=str,
)
def test_each_dependency_has_both_bounds(requirement: Requirement) -> None:
    operators = {each.operator for each in requirement.specifier}
    assert operators == {">=", "<"}
    assert requirement.url is None


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("requirements.txt", RELEASE), ("requirements-dev.txt", [*RELEASE, *OPTIONAL, *DEV, *BUILD])],
)
def test_each_is_locked_within_its_bounds(name: str, wanted: list[Requirement]) -> None:
    versions = locked(name)
    outside = [
        f"{each}: {versions.get(canonicalize_name(each.name))}"
        for each in wanted
        if not each.specifier.contains(versions.get(canonicalize_name(each.name), "0"))
    ]
    assert outside == []


def test_what_is_locked_for_users_is_what_developers_test_with() -> None:
    assert locked("requirements.txt").items() <= locked("requirements-dev.txt").items()


def test_nothing_is_locked_that_nothing_needs() -> None:
    assert locked("requirements.txt").keys() <= reachable(RELEASE)
    assert locked("requirements-dev.txt").keys() <= reachable([*RELEASE, *OPTIONAL, *DEV, *BUILD])


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "pyproject.toml", "Makefile"])
def test_no_index_is_named(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(
        r"(?<!no-emit-)(index-url|find-links|trusted-host)|://[^\s\"]*(pypi|simple|mirror)", text
    )


def reachable(wanted: Iterable[Requirement]) -> set[str]:
    """Return what is needed on any system, by the metadata of what is installed."""
    found: set[tuple[str, str]] = set()
    ahead = [(canonicalize_name(each.name), extra) for each in wanted for extra in ("", *each.extras)]
    while ahead:
        name, extra = ahead.pop()
        if (name, extra) not in found:
            found.add((name, extra))
            ahead += _needs(name, extra)
    return {name for name, _extra in found}


def _needs(name: str, extra: str) -> Iterator[tuple[NormalizedName, str]]:
    try:
        needed = [Requirement(each) for each in requires(name) or ()]
    except PackageNotFoundError:  # of another system
        return
    for each in needed:
        of_extra = re.search(r"extra == [\"']([^\"']+)", str(each.marker or ""))
        if of_extra is None or canonicalize_name(of_extra[1]) == canonicalize_name(extra):
            for more in ("", *each.extras):
                yield canonicalize_name(each.name), more


def test_what_our_pipelines_take_from_others_is_pinned_by_its_hash() -> None:
    folders = ("templates", "examples/pipelines", "reconciler/cli/pipelines")
    files = [
        ROOT / "action.yml",
        *(path for each in folders for path in sorted((ROOT / each).rglob("*.y*ml"))),
    ]
    taken = []
    for path in files:
        taken += re.findall(r"(?m)^\s*-?\s*uses:\s*(\S+)", path.read_text(encoding="utf-8"))
    assert len(taken) >= 8
    assert [each for each in taken if not _PINNED.fullmatch(each.partition("@")[2])] == []
