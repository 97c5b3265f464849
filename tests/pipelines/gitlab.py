"""GitLab's runner, as far as these jobs need it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tools.run_git import git

if TYPE_CHECKING:
    from tests.pipelines.machine import Machine, Ran

COMPONENT = Path(__file__).parents[2] / "templates" / "reconciler" / "template.yml"


def component(**inputs: str) -> dict[str, Any]:
    """Return the component's jobs with its inputs filled in, as GitLab does before it reads them."""
    head, jobs = COMPONENT.read_text("utf-8").split("\n---\n")
    declared = yaml.safe_load(head)["spec"]["inputs"]
    assert set(inputs) <= set(declared)

    def value(match: re.Match[str]) -> str:
        name = match[1]
        given = inputs.get(name, declared[name].get("default"))
        assert given is not None, f"{name} has to be given"
        return str(given)

    document: dict[str, Any] = yaml.safe_load(re.sub(r"\$\[\[ inputs\.([\w-]+) \]\]", value, jobs))
    return document


@dataclass
class GitLabJob:
    """One run of a job, in a checkout."""

    machine: Machine
    workspace: Path
    pipeline: dict[str, Any]
    name: str
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def job(self) -> dict[str, Any]:
        """The job with what it extends."""
        own: dict[str, Any] = self.pipeline[self.name]
        return {**self.pipeline[own["extends"]], **own}

    def environment(self) -> dict[str, str]:
        """Return all that the job sees."""
        variables = {
            "CI": "true",
            "GITLAB_CI": "true",
            "CI_SERVER_URL": "https://gitlab.test",
            "CI_PROJECT_URL": "https://gitlab.test/corp/pki",
            "CI_PROJECT_DIR": str(self.workspace),
            "CI_JOB_ID": "17",
            "CI_JOB_URL": "https://gitlab.test/corp/pki/-/jobs/17",
            "CI_DEFAULT_BRANCH": "main",
            "CI_COMMIT_SHA": git(self.workspace, "rev-parse", "HEAD"),
        }
        return self.machine.environment(**{**variables, **self.job["variables"], **self.variables})

    def run(self) -> Ran:
        """Run the job: what comes before the script and the script are one."""
        script = "\n".join([*self.job["before_script"], *self.job["script"]])
        return self.machine.run(script, self.workspace, self.environment(), "-eo", "pipefail")


def merge_request(head: str = "topic", base: str = "main") -> dict[str, str]:
    """Return what is set for the pipeline of a merge request."""
    return {
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": base,
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": head,
        "CI_MERGE_REQUEST_IID": "1",
    }


def scheduled() -> dict[str, str]:
    """Return what is set for a pipeline of the schedule."""
    return {"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BRANCH": "main", "CI_COMMIT_REF_NAME": "main"}
