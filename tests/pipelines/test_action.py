"""The composite action: its steps are run as the runner would, in a checkout."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.pipelines.github import ACTION, GitHubJob, pull_request

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pipelines.forge import Forge
    from tests.pipelines.machine import Machine

DOCUMENT = yaml.safe_load(ACTION.read_text("utf-8"))
API = "role: web\nidentifiers: [api.example.com]\n"
FORBIDDEN = "role: web\nidentifiers: [api.example.com, shop.example.org]\n"
# What would be run, if it stood in a script.
HOSTILE = "\"; touch pwned; echo $(touch pwned) `touch pwned` '"


def action(machine: Machine, workspace: Path, **inputs: str) -> GitHubJob:
    """Return a run of the action in a checkout, with the program in its place already."""
    defaults = {name: str(each.get("default", "")) for name, each in DOCUMENT["inputs"].items()}
    given = {name.replace("_", "-"): value for name, value in inputs.items()}
    assert set(given) <= set(defaults)
    contexts = {f"inputs.{name}": value for name, value in {**defaults, **given}.items()}
    job = GitHubJob(machine, workspace, DOCUMENT, None, contexts, pull_request())
    programs = job.temp / "reconciler-venv" / "bin"
    if not programs.exists():
        programs.mkdir(parents=True)
        (programs / "reconciler").symlink_to(machine.programs / "reconciler")
        (programs / "python").symlink_to(sys.executable)
    return job


@pytest.fixture
def proposed(forge: Forge) -> Path:
    """Return the checkout of a pull request that asks for one more certificate."""
    forge.propose({"certificates/api.yaml": API})
    return forge.checkout("workspace", "refs/pull/1/merge")


def test_a_plan_has_its_reports_and_outputs(machine: Machine, proposed: Path) -> None:
    job = action(machine, proposed)
    ran = job.run("Run")
    assert ran.code == 0, ran.log
    assert "api.example.com" in job.summary
    outputs = job.outputs
    assert (outputs["exit-code"], outputs["has-changes"]) == ("0", "true")
    for name in ("markdown", "sarif", "json"):
        assert (job.temp / "reconciler" / outputs[name]).is_file()
    assert outputs["digest"]
    assert outputs["digest"] == json.loads((job.temp / "reconciler/plan.json").read_text())["digest"]
    assert {each["value"] for each in DOCUMENT["outputs"].values()} == {
        f"${{{{ steps.run.outputs.{name} }}}}" for name in outputs
    }


def test_what_is_denied_fails_with_its_annotation_and_its_outputs(forge: Forge, machine: Machine) -> None:
    forge.propose({"certificates/api.yaml": FORBIDDEN})
    job = action(machine, forge.checkout("workspace", "refs/pull/1/merge"))
    ran = job.run("Run")
    assert ran.code == 5, ran.log
    assert job.outputs["exit-code"] == "5"
    [error] = [command for command in ran.commands if command.startswith("::error")]
    assert "file=certificates/api.yaml" in error


def test_changes_are_no_failure_of_a_plan(machine: Machine, proposed: Path) -> None:
    job = action(machine, proposed, arguments="--detailed-exitcode")
    assert job.run("Run").code == 0
    assert job.outputs["exit-code"] == "2"


def test_a_plan_is_saved_where_it_is_wanted(machine: Machine, proposed: Path) -> None:
    job = action(machine, proposed, plan_file=str(machine.home / "saved.json"))
    assert job.run("Run").code == 0
    assert json.loads((machine.home / "saved.json").read_text())


def test_reports_go_to_the_folder_that_is_named(machine: Machine, proposed: Path) -> None:
    job = action(machine, proposed, reports=str(machine.home / "a folder"))
    assert job.run("Run").code == 0
    assert job.outputs["markdown"] == str(machine.home / "a folder" / "plan.md")
    assert (machine.home / "a folder" / "plan.md").is_file()


def test_a_valid_tree_is_validated(machine: Machine, proposed: Path) -> None:
    job = action(machine, proposed, command="validate")
    ran = job.run("Run")
    assert ran.code == 0, ran.log
    assert job.outputs["exit-code"] == "0"
    assert job.summary.startswith("## reconciler validate\n\n    ")


def test_an_invalid_tree_is_an_error_on_its_line(forge: Forge, machine: Machine) -> None:
    forge.propose({"certificates/api.yaml": "role: web\nidentifier: [api.example.com]\n"})
    job = action(machine, forge.checkout("workspace", "refs/pull/1/merge"), command="validate")
    ran = job.run("Run")
    assert ran.code == 5, ran.log
    assert [command for command in ran.commands if command.startswith("::error file=certificates/api.yaml")]


def test_another_command_is_refused(machine: Machine, proposed: Path) -> None:
    job = action(machine, proposed, command="account")
    ran = job.run("Run")
    assert ran.code == 64
    assert "exit-code" not in job.outputs


@pytest.mark.parametrize("name", ["command", "folder", "base", "plan_file", "commit", "reports", "arguments"])
def test_an_input_is_a_value_and_never_a_script(machine: Machine, proposed: Path, name: str) -> None:
    job = action(machine, proposed, **{name: HOSTILE})
    job.run("Run")
    assert not list(machine.home.parent.rglob("pwned"))


def test_arguments_are_one_a_line(machine: Machine, proposed: Path) -> None:
    job = action(machine, proposed, command="validate", arguments="--format\njson\n\n")
    ran = job.run("Run")
    assert ran.code == 0, ran.log
    assert '"kind": "validation"' in ran.log


def test_it_is_this_repository_in_locked_versions_that_is_installed(machine: Machine, proposed: Path) -> None:
    job = action(machine, proposed)
    (job.temp / "reconciler-venv/bin/reconciler").unlink()
    machine.install(
        "python3",
        '#!/bin/sh\ntest "$*" = "-I -m venv reconciler-venv" || exit 1\n'
        'cp "$HOME/bin/pip" reconciler-venv/bin/pip\n',
    )
    job.variables["GITHUB_ACTION_PATH"] = "/the action"
    # Not from the checkout, whose `venv.py` Python would take for the module of that name.
    (proposed / "venv.py").write_text("raise SystemExit('run from the checkout')\n")
    ran = job.run("Install")
    assert ran.code == 0, ran.log
    assert machine.installed == [
        *("install", "--quiet", "--require-hashes", "--requirement", "/the action/requirements.txt"),
        *("install", "--quiet", "--no-deps", "/the action"),
    ]


def test_it_is_installed_once(machine: Machine, proposed: Path) -> None:
    assert action(machine, proposed).run("Install").code == 0
    assert not (machine.home / "pip.txt").exists()
