"""GitLab's job for merge requests, as `init` writes it and as the component has it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from reconciler.cli import pipelines
from tests.pipelines.gitlab import GitLabJob, component, merge_request
from tests.pipelines.trees import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.pipelines.forge import Forge
    from tests.pipelines.machine import Machine

API = "role: web\nidentifiers: [api.example.com]\n"
FORBIDDEN = "role: web\nidentifiers: [api.example.com, shop.example.org]\n"
WRITTEN = yaml.safe_load(pipelines.gitlab(package=PACKAGE)[pipelines.GITLAB])


def propose(
    forge: Forge,
    machine: Machine,
    files: Mapping[str, str | None],
    branch: str = "topic",
    pipeline: dict[str, Any] = WRITTEN,
) -> GitLabJob:
    """Open a merge request, and return the job that plans it: on the branch itself, not on a trial merge."""
    forge.push(files, branch=branch)
    workspace = forge.checkout("workspace", f"refs/heads/{branch}")
    return GitLabJob(machine, workspace, pipeline, "reconciler-plan", merge_request(branch))


@pytest.mark.parametrize("pipeline", [WRITTEN, component(package=PACKAGE)], ids=["init", "component"])
def test_what_a_merge_request_asks_for_is_in_the_reports(
    forge: Forge, machine: Machine, pipeline: dict[str, Any]
) -> None:
    job = propose(forge, machine, {"certificates/api.yaml": API}, pipeline=pipeline)
    ran = job.run()
    assert ran.code == 0, ran.log
    assert machine.installed == ["install", "--quiet", PACKAGE]
    artifacts = job.job["artifacts"]
    assert artifacts["when"] == "always"
    for report in artifacts["reports"].values():
        assert (job.workspace / report).is_file()
    reports = job.workspace / artifacts["paths"][0]
    assert "api.example.com" in (reports / "plan.md").read_text()
    assert json.loads((reports / "terraform.json").read_text())["create"] >= 1


def test_what_the_role_denies_fails_and_is_in_the_reports(forge: Forge, machine: Machine) -> None:
    job = propose(forge, machine, {"certificates/api.yaml": FORBIDDEN})
    ran = job.run()
    assert ran.code == 5, ran.log
    quality = json.loads((job.workspace / "reconciler-reports/codequality.json").read_text())
    assert [each["location"]["path"] for each in quality] == ["certificates/api.yaml"]


def test_a_merge_request_cannot_allow_itself_a_name(forge: Forge, machine: Machine) -> None:
    role = "acme_account_name: ca\nallowed_domains: [shop.example.org, api.example.com]\n"
    forge.push({"roles/web.yaml": role + "allowed_domain_options: [bare_domains]\n"}, branch="topic")
    # Two commits, so that not even the commit before the last one is the protected branch's.
    job = propose(
        forge, machine, {"certificates/api.yaml": FORBIDDEN, "reconciler.yaml": "trusted_ref: topic\n"}
    )
    ran = job.run()
    assert ran.code == 5, ran.log
    assert "shop.example.org" in ran.log


@pytest.mark.parametrize(
    "branch", ["$(touch${IFS}pwned)", "`touch${IFS}pwned`", "a;touch${IFS}pwned", "a'b\"c"]
)
def test_a_hostile_name_of_a_branch_is_a_name(forge: Forge, machine: Machine, branch: str) -> None:
    forge.push({}, branch=f"{branch}-base")
    job = propose(forge, machine, {"certificates/api.yaml": API}, branch=branch)
    assert job.run().code == 0
    job.variables = merge_request(branch, f"{branch}-base")
    # It is taken, or refused as a name.
    assert job.run().code in (0, 64)
    assert not list(machine.home.parent.rglob("pwned"))


def test_a_link_in_the_place_of_the_reports_leads_nowhere(forge: Forge, machine: Machine) -> None:
    outside = forge.folder / "outside"
    outside.mkdir()
    (forge.desk / "reconciler-reports").symlink_to(outside)
    job = propose(forge, machine, {"certificates/api.yaml": API})
    assert (job.workspace / "reconciler-reports").is_symlink()
    ran = job.run()
    assert ran.code == 0, ran.log
    assert not list(outside.iterdir())


def test_a_plan_sees_no_secret(forge: Forge, machine: Machine) -> None:
    environment = propose(forge, machine, {}).environment()
    assert not [name for name in environment if "TOKEN" in name or "SECRET" in name or "KEY" in name]
