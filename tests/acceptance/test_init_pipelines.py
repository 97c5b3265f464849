"""The pipelines of `reconciler init`: which, where, and for whom."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from reconciler.cli import pipelines

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import RunProgram

WORKFLOWS = [pipelines.GITHUB_PLAN, pipelines.GITHUB_APPLY]
JOBS = [pipelines.GITLAB, pipelines.GITLAB_ROOT]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True, capture_output=True)


def pipeline_files(program: RunProgram, *arguments: str) -> list[str]:
    written: list[str] = program("init", *arguments, "--format", "json").document["written"]
    return [name for name in written if ".git" in name]


def test_without_a_trace_of_a_forge_it_is_github(program: RunProgram) -> None:
    assert pipeline_files(program) == WORKFLOWS


@pytest.mark.parametrize(("ci", "files"), [("github", WORKFLOWS), ("gitlab", JOBS), ("none", [])])
def test_the_forge_can_be_said(program: RunProgram, ci: str, files: list[str]) -> None:
    assert pipeline_files(program, "--ci", ci) == files


@pytest.mark.parametrize(
    ("url", "files"),
    [
        ("git@gitlab.example.com:corp/pki.git", JOBS),
        ("https://GitLab.example.com/corp/pki.git", JOBS),
        ("https://github.com/corp/pki.git", WORKFLOWS),
        ("https://git.example.com/corp/pki.git", WORKFLOWS),
    ],
)
def test_a_remote_says_which_forge(program: RunProgram, url: str, files: list[str]) -> None:
    git("init")
    git("remote", "add", "origin", url)
    assert pipeline_files(program) == files


def test_what_is_there_of_a_forge_says_more_than_a_remote(folder: Path, program: RunProgram) -> None:
    git("init")
    git("remote", "add", "origin", "https://gitlab.example.com/corp/pki.git")
    (folder / ".github").mkdir()
    assert pipeline_files(program) == WORKFLOWS


def test_the_pipeline_is_in_the_root_of_the_repository(folder: Path, program: RunProgram) -> None:
    git("init")
    assert pipeline_files(program, "deep/pki") == [f"../../{name}" for name in WORKFLOWS]
    for name in WORKFLOWS:
        assert 'TREE: "deep/pki"' in (folder / name).read_text()


def test_a_worktree_knows_its_repository(
    folder: Path, program: RunProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    git("init", "main")
    git("-C", "main", "remote", "add", "origin", "https://gitlab.example.com/corp/pki.git")
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.com")
    git("-C", "main", *identity, "commit", "--allow-empty", "--message", "x")
    git("-C", "main", "worktree", "add", "../other")
    monkeypatch.chdir(folder / "other")
    assert pipeline_files(program) == JOBS


def test_the_branch_is_the_one_that_the_remote_calls_its_own(folder: Path, program: RunProgram) -> None:
    git("init")
    head = folder / ".git/refs/remotes/origin/HEAD"
    head.parent.mkdir(parents=True)
    head.write_text("ref: refs/remotes/origin/trunk\n")
    program("init")
    assert 'branches: ["trunk"]' in (folder / pipelines.GITHUB_PLAN).read_text()
    assert "if: github.ref == 'refs/heads/trunk'" in (folder / pipelines.GITHUB_APPLY).read_text()


@pytest.mark.parametrize("name", ['a"]\non: push', "${{ github.token }}", "'", "-x", "\x00", "a b"])
def test_a_branch_that_could_be_read_as_something_else_is_not_taken(
    folder: Path, program: RunProgram, name: str
) -> None:
    git("init")
    head = folder / ".git/refs/remotes/origin/HEAD"
    head.parent.mkdir(parents=True)
    head.write_text(f"ref: refs/remotes/origin/{name}\n")
    program("init")
    assert 'branches: ["main"]' in (folder / pipelines.GITHUB_PLAN).read_text()


@pytest.mark.parametrize("name", ['pki"', "${{ github.token }}", "$HOME", "a b", "$(x)", "dépôt"])
def test_a_folder_that_could_be_read_as_something_else_gets_no_pipeline(
    folder: Path, program: RunProgram, name: str
) -> None:
    git("init")
    document = program("init", name, "--format", "json").document
    assert not (folder / ".github").exists()
    assert document["to_do"] == ["No pipeline: it can name a folder of letters, digits and . _ - @ + only."]
    assert (folder / name / "reconciler.yaml").is_file()


def test_pipelines_that_are_there_stay(folder: Path, program: RunProgram) -> None:
    (folder / ".gitlab-ci.yml").write_text("stages: [build]\n")
    done = program("init")
    assert "kept  .gitlab-ci.yml (it was there)\n" in done.out
    assert "Let .gitlab-ci.yml include .gitlab/reconciler.gitlab-ci.yml, if it does not yet.\n" in done.out
    assert (folder / ".gitlab-ci.yml").read_text() == "stages: [build]\n"


def test_a_hostile_repository_is_read_as_text(folder: Path, program: RunProgram) -> None:
    (folder / ".git").mkdir()
    (folder / ".git/config").write_bytes(b"[core]\n\tfsmonitor = touch pwned\n\thooksPath = .\n\xff\xfe")
    assert program("init").code == 0
    assert not (folder / "pwned").exists()


@dataclass(frozen=True)
class Installed:
    """What Python knows of an installed program: of this one, but from elsewhere (PEP 610)."""

    origin: dict[str, object] | None
    version: str = "1.2.3"

    def read_text(self, name: str) -> str | None:
        assert name == "direct_url.json"
        return None if self.origin is None else json.dumps(self.origin)


COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("origin", "package"),
    [
        (None, "reconciler==1.2.3"),
        (
            {"url": "https://git.example.com/r", "vcs_info": {"vcs": "git", "commit_id": COMMIT}},
            f"git+https://git.example.com/r@{COMMIT}",
        ),
        ({"url": "file:///home/somebody/reconciler", "dir_info": {"editable": True}}, ""),
        ({"url": 'https://x/"\n', "vcs_info": {"commit_id": COMMIT}}, ""),
        ({"url": "file:///home/somebody/r.whl", "archive_info": {}}, ""),
    ],
)
def test_the_pipeline_installs_what_is_installed_here(
    folder: Path,
    program: RunProgram,
    monkeypatch: pytest.MonkeyPatch,
    origin: dict[str, object] | None,
    package: str,
) -> None:
    monkeypatch.setattr("importlib.metadata.distribution", lambda _name: Installed(origin))
    document = program("init", "--format", "json").document
    for name in WORKFLOWS:
        assert f'RECONCILER: "{package}"\n' in (folder / name).read_text()
    assert any("what pip is to install" in each for each in document["to_do"]) is not bool(package)
    assert "docs/how-to/run-in-ci.md" in document["to_do"][-1]
