"""GitHub's runner, as far as these workflows need it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from tests.pipelines.machine import Machine, Ran

_EXPRESSION = re.compile(r"\$\{\{ *([\w.-]+) *\}\}")


def read_workflow(text: str) -> dict[str, Any]:
    """Return a workflow; the key `on` is one, not YAML 1.1's word for true."""
    document: dict[Any, Any] = yaml.safe_load(text)
    if True in document:
        document["on"] = document.pop(True)
    return document


@dataclass
class GitHubJob:
    """One run of a job.

    Attributes:
        machine: where it runs.
        workspace: the checkout.
        workflow: the whole workflow, or an action.
        job: the name of the job; None for a composite action.
        contexts: what expressions know, by their whole names: `secrets.X`, `github.token`, `inputs.y`.
        variables: the runner's own variables of this event.
    """

    machine: Machine
    workspace: Path
    workflow: dict[str, Any]
    job: str | None = None
    contexts: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.temp = self.machine.home / "temp"
        self.temp.mkdir(exist_ok=True)
        for file in ("summary", "output"):
            (self.temp / file).touch()

    @property
    def steps(self) -> list[dict[str, Any]]:
        """The steps, those that use an action among them."""
        owner = self.workflow["runs"] if self.job is None else self.workflow["jobs"][self.job]
        steps: list[dict[str, Any]] = owner["steps"]
        return steps

    @property
    def summary(self) -> str:
        """The job's summary."""
        return (self.temp / "summary").read_text("utf-8")

    @property
    def outputs(self) -> dict[str, str]:
        """What the steps have put out."""
        lines = (self.temp / "output").read_text("utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)

    def environment(self, step: dict[str, Any]) -> dict[str, str]:
        """Return all that a step sees: the runner's variables, the workflow's, the job's and its own."""
        own = {} if self.job is None else self.workflow["jobs"][self.job].get("env", {})
        declared = {**self.workflow.get("env", {}), **own, **step.get("env", {})}
        variables = {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTOR": "mallory",
            "GITHUB_REPOSITORY": "corp/pki",
            "GITHUB_SERVER_URL": "https://github.test",
            "GITHUB_RUN_ID": "17",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_BASE_REF": "",
            "GITHUB_HEAD_REF": "",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_OUTPUT": str(self.temp / "output"),
            "GITHUB_STEP_SUMMARY": str(self.temp / "summary"),
            "RUNNER_TEMP": str(self.temp),
        }
        filled = {name: self._filled(str(value)) for name, value in declared.items()}
        return self.machine.environment(**{**variables, **self.variables, **filled})

    def run(self, name: str) -> Ran:
        """Run the step of that name."""
        [step] = [each for each in self.steps if each.get("name") == name]
        shell = step.get("shell") or self.workflow.get("defaults", {}).get("run", {}).get("shell")
        options = ("-eo", "pipefail") if shell == "bash" else ("-e",)
        return self.machine.run(step["run"], self.workspace, self.environment(step), *options)

    def _filled(self, text: str) -> str:
        def value(match: re.Match[str]) -> str:
            name = match[1]
            # A secret that is not set is empty; anything else that is unknown is a mistake.
            return self.contexts.get(name, "") if name.startswith("secrets.") else self.contexts[name]

        return _EXPRESSION.sub(value, text)


def pull_request(head: str = "topic", base: str = "main") -> dict[str, str]:
    """Return what the runner sets for a pull request."""
    return {
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_REF": "refs/pull/1/merge",
        "GITHUB_REF_NAME": "1/merge",
        "GITHUB_BASE_REF": base,
        "GITHUB_HEAD_REF": head,
    }


def scheduled() -> dict[str, str]:
    """Return what the runner sets for a run by the schedule."""
    return {"GITHUB_EVENT_NAME": "schedule", "GITHUB_REF": "refs/heads/main", "GITHUB_REF_NAME": "main"}


ACTION = Path(__file__).parents[2] / "action.yml"
