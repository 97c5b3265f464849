"""GitHub's workflow for pull requests: its steps are run in a checkout as the forge's runner makes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from reconciler.cli import pipelines
from tests.acceptance.trees import FILES
from tests.pipelines.github import GitHubJob, pull_request, read_workflow
from tests.pipelines.trees import PACKAGE, start

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.pipelines.forge import Forge
    from tests.pipelines.machine import Machine

API = "role: web\nidentifiers: [api.example.com]\n"
FORBIDDEN = "role: web\nidentifiers: [api.example.com, shop.example.org]\n"
# What a runner would take for its own, in a value that is quoted in full when it is wrong.
COMMANDS = '"::set-output name=x::y ##[add-mask]error ##[error]forged"'


def propose(
    forge: Forge, machine: Machine, files: Mapping[str, str | None], branch: str = "topic"
) -> GitHubJob:
    """Open a pull request, and return the job that plans it; the workflow is that of the pull request."""
    forge.propose(files, branch=branch)
    workspace = forge.checkout("workspace", "refs/pull/1/merge")
    workflow = read_workflow((workspace / pipelines.GITHUB_PLAN).read_text())
    return GitHubJob(machine, workspace, workflow, "plan", {}, pull_request(branch))


def test_what_a_pull_request_asks_for_is_in_the_summary(forge: Forge, machine: Machine) -> None:
    job = propose(forge, machine, {"certificates/api.yaml": API})
    assert job.run("Install").code == 0
    assert machine.installed == ["install", "--quiet", PACKAGE]
    ran = job.run("Plan")
    assert ran.code == 0, ran.log
    assert "api.example.com" in job.summary
    assert not [command for command in ran.commands if command.startswith("::error")]


def test_what_the_role_denies_is_an_error_on_its_line(forge: Forge, machine: Machine) -> None:
    job = propose(forge, machine, {"certificates/api.yaml": FORBIDDEN})
    ran = job.run("Plan")
    assert ran.code == 5, ran.log
    [error] = [command for command in ran.commands if command.startswith("::error")]
    assert "file=certificates/api.yaml" in error
    assert "line=2" in error
    assert "shop.example.org" in job.summary


def test_an_invalid_file_is_an_error_on_its_line(forge: Forge, machine: Machine) -> None:
    job = propose(forge, machine, {"certificates/api.yaml": "role: web\nidentifier: [api.example.com]\n"})
    ran = job.run("Plan")
    assert ran.code == 5, ran.log
    errors = [command for command in ran.commands if command.startswith("::error")]
    assert any("file=certificates/api.yaml" in error and "line=2" in error for error in errors), ran.log


def test_a_tree_in_a_folder_is_annotated_where_it_is(tmp_path: Path, machine: Machine) -> None:
    job = propose(start(tmp_path, tree="deep/pki"), machine, {"deep/pki/certificates/api.yaml": FORBIDDEN})
    ran = job.run("Plan")
    assert ran.code == 5, ran.log
    [error] = [command for command in ran.commands if command.startswith("::error")]
    assert "file=deep/pki/certificates/api.yaml" in error


def test_the_reports_are_where_the_next_steps_look(forge: Forge, machine: Machine) -> None:
    job = propose(forge, machine, {"certificates/api.yaml": API})
    job.run("Plan")
    [upload] = [step for step in job.steps if "upload-artifact" in step.get("uses", "")]
    assert upload["with"]["path"] == "${{ runner.temp }}/reconciler/"
    reports = job.temp / "reconciler"
    assert {"plan.md", "plan.sarif", "plan.json"} <= {path.name for path in reports.iterdir()}
    assert json.loads((reports / "plan.sarif").read_text())["version"] == "2.1.0"


def test_a_pull_request_cannot_allow_itself_a_name(forge: Forge, machine: Machine) -> None:
    role = "acme_account_name: ca\nallowed_domains: [shop.example.org, api.example.com, www.example.com]\n"
    job = propose(
        forge,
        machine,
        {
            "roles/web.yaml": role + "allowed_domain_options: [bare_domains]\n",
            "certificates/api.yaml": FORBIDDEN,
            "reconciler.yaml": "trusted_ref: topic\n",
        },
    )
    ran = job.run("Plan")
    assert ran.code == 5, ran.log
    assert "shop.example.org" in job.summary


def test_the_first_pull_request_brings_the_tree(tmp_path: Path, machine: Machine) -> None:
    forge = start(tmp_path, files={"README.md": "nothing yet\n"})
    job = propose(forge, machine, FILES)
    ran = job.run("Plan")
    assert ran.code == 0, ran.log
    assert "www.example.com" in job.summary


def test_a_plan_sees_no_secret_and_no_credentials(forge: Forge, machine: Machine) -> None:
    job = propose(forge, machine, {"certificates/api.yaml": API})
    job.contexts = {"secrets.RECONCILER_AGE_IDENTITY": "AGE-SECRET-KEY-1", "secrets.LE_EAB_KEY": "eab"}
    for step in job.steps:
        if "run" in step:
            environment = job.environment(step)
            assert not {"AGE-SECRET-KEY-1", "eab"} & set(environment.values())
            assert not [name for name in environment if "TOKEN" in name or "SECRET" in name or "KEY" in name]


@pytest.mark.parametrize(
    "branch",
    [
        "a;touch${IFS}pwned",
        "$(touch${IFS}pwned)",
        "`touch${IFS}pwned`",
        "a'b\"c",
        "%0A%3A%3Aerror%3A%3Aforged",
        "${{github.token}}",
        "main",
    ],
)
def test_a_hostile_name_of_a_branch_is_a_name(forge: Forge, machine: Machine, branch: str) -> None:
    head = "topic" if branch == "main" else branch
    job = propose(forge, machine, {"certificates/api.yaml": API}, branch=head)
    ran = job.run("Plan")
    assert ran.code == 0, ran.log
    assert not list(machine.home.parent.rglob("pwned"))
    assert not [command for command in ran.commands if "forged" in command]


@pytest.mark.parametrize("base", ["$(touch${IFS}pwned)", "release/`touch${IFS}pwned`", "a'b"])
def test_a_hostile_name_of_the_base_is_a_name(forge: Forge, machine: Machine, base: str) -> None:
    forge.push({}, branch=base)
    job = propose(forge, machine, {"certificates/api.yaml": API})
    job.variables = pull_request(base=base)
    # It is taken, or refused as a name.
    assert job.run("Plan").code in (0, 64)
    assert not list(machine.home.parent.rglob("pwned"))


@pytest.mark.parametrize(
    "files",
    [
        {"certificates/api.yaml": f"role: web\nidentifiers: [{COMMANDS}]\n"},
        {"certificates/api.yaml": f"role: web\nidentifiers: [api.example.com]\n{COMMANDS}: 1\n"},
        {"certificates/##[error]forged.yaml": API},
        {"certificates/::error::forged.yaml": API},
        {"roles/##[error]forged.yaml": "::error::forged"},
    ],
)
def test_what_files_say_is_no_command_to_the_runner(
    forge: Forge, machine: Machine, files: dict[str, str | None]
) -> None:
    job = propose(forge, machine, files)
    ran = job.run("Plan")
    assert ran.code == 5, ran.log
    assert ran.commands
    # What is told to the runner are annotations, each of them with a place, and nothing that was forged.
    for command in ran.commands:
        assert command.startswith(("::error file=", "::warning file=", "::notice file=")), command


def test_programs_of_the_checkout_are_not_run(forge: Forge, machine: Machine) -> None:
    evil = "import pathlib; pathlib.Path('pwned').touch()\n"
    job = propose(
        forge,
        machine,
        {
            "certificates/api.yaml": API,
            **{f"{name}.py": evil for name in ("click", "reconciler", "pip", "yaml", "sitecustomize")},
            ".gitattributes": "* filter=evil diff=evil\n",
        },
    )
    assert job.run("Plan").code == 0
    assert not (job.workspace / "pwned").exists()


def test_nothing_is_guessed_where_it_was_not_said_what_to_install(forge: Forge, machine: Machine) -> None:
    job = propose(forge, machine, {})
    job.workflow["env"]["RECONCILER"] = ""
    ran = job.run("Install")
    assert ran.code != 0
    assert "what pip is to install" in ran.log
    assert not (machine.home / "pip.txt").exists()


def test_the_comment_is_the_plan_and_goes_to_this_pull_request(forge: Forge, machine: Machine) -> None:
    job = propose(forge, machine, {"certificates/api.yaml": API})
    job.run("Plan")
    machine.install("gh", '#!/bin/sh\nprintf "%s\\n" "$@" "$GH_REPO" "$GH_TOKEN" > "$HOME/gh.txt"\n')
    job.job = "comment"
    job.contexts = {
        "github.token": "token",
        "github.repository": "corp/pki",
        "github.event.pull_request.number": "17",
    }
    ran = job.run("Comment")
    assert ran.code == 0, ran.log
    *arguments, file, repository, token = (machine.home / "gh.txt").read_text().splitlines()
    assert arguments == ["pr", "comment", "17", "--edit-last", "--create-if-none", "--body-file"]
    assert (repository, token) == ("corp/pki", "token")
    assert file == str(job.temp / "reconciler" / "plan.md")
