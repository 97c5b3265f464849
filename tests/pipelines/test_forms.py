"""What can be seen of the pipelines without running them: form, rights, what is kept out of scripts."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from check_jsonschema.builtin_schemas import get_builtin_schema  # type: ignore[import-untyped]
from jsonschema.validators import validator_for

from reconciler.cli import pipelines
from tests.pipelines.github import ACTION, read_workflow
from tests.pipelines.gitlab import COMPONENT, component

if TYPE_CHECKING:
    from collections.abc import Iterator

GITHUB = pipelines.github(package="reconciler==1.0")
GITLAB = pipelines.gitlab(package="reconciler==1.0")
PLAN = read_workflow(GITHUB[pipelines.GITHUB_PLAN])
APPLY = read_workflow(GITHUB[pipelines.GITHUB_APPLY])
ACTION_TEXT = ACTION.read_text("utf-8")
JOBS = yaml.safe_load(GITLAB[pipelines.GITLAB])
EXAMPLES = sorted((ACTION.parent / "examples/pipelines").glob("*.yaml"))
TEXTS = {**GITHUB, "action.yml": ACTION_TEXT, **{path.name: path.read_text("utf-8") for path in EXAMPLES}}


@cache
def published(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = get_builtin_schema(name)
    return schema


def complaints(document: Any, name: str) -> list[str]:  # noqa: ANN401 - whatever YAML holds
    schema = published(name)
    return [error.message for error in validator_for(schema)(schema).iter_errors(document)]


@pytest.mark.parametrize("workflow", [PLAN, APPLY])
def test_workflows_have_the_form_that_github_publishes(workflow: dict[str, Any]) -> None:
    assert not complaints(workflow, "vendor.github-workflows")
    assert complaints({**workflow, "job": {}}, "vendor.github-workflows")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_examples_use_the_action_as_it_is(path: Path) -> None:
    workflow = read_workflow(path.read_text("utf-8"))
    assert not complaints(workflow, "vendor.github-workflows")
    action = yaml.safe_load(ACTION_TEXT)
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    used = [step for step in steps if step.get("uses", "").startswith("example/reconciler@")]
    assert used
    for step in used:
        assert set(step["with"]) <= set(action["inputs"])
    named = re.findall(r"steps\.plan\.outputs\.([\w-]+)", str(workflow))
    assert set(named) <= set(action["outputs"])


def test_the_action_has_the_form_that_github_publishes() -> None:
    assert not complaints(yaml.safe_load(ACTION_TEXT), "vendor.github-actions")


@pytest.mark.parametrize("text", GITLAB.values())
def test_jobs_have_the_form_that_gitlab_publishes(text: str) -> None:
    assert not complaints(yaml.safe_load(text), "vendor.gitlab-ci")


def test_the_component_has_the_form_that_gitlab_publishes() -> None:
    head, _ = COMPONENT.read_text("utf-8").split("\n---\n")
    assert not complaints(yaml.safe_load(head), "vendor.gitlab-ci")
    assert not complaints(component(package="reconciler==1.0"), "vendor.gitlab-ci")


def test_the_component_and_the_jobs_of_init_are_the_same() -> None:
    assert component(package="reconciler==1.0") == JOBS


def _scripts(document: Any) -> Iterator[str]:  # noqa: ANN401
    if isinstance(document, dict):
        for name, value in document.items():
            if name in ("run", "script", "before_script", "after_script"):
                yield from [value] if isinstance(value, str) else value
            else:
                yield from _scripts(value)
    elif isinstance(document, list):
        for each in document:
            yield from _scripts(each)


def test_no_value_from_elsewhere_is_put_into_a_script() -> None:
    parts = COMPONENT.read_text("utf-8").split("\n---\n")
    documents = [PLAN, APPLY, yaml.safe_load(ACTION_TEXT), JOBS, *map(yaml.safe_load, parts)]
    scripts = [script for document in documents for script in _scripts(document)]
    assert len(scripts) >= 10
    for script in scripts:
        # Neither GitHub's expressions nor GitLab's inputs.
        assert "${{" not in script
        assert "$[[" not in script


@pytest.mark.parametrize("name", TEXTS)
def test_actions_of_others_are_pinned_to_a_commit(name: str) -> None:
    uses = re.findall(r"uses: (.+)$", TEXTS[name], re.MULTILINE)
    assert all(re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each) for each in uses), uses


def test_one_action_has_one_pin_everywhere() -> None:
    uses = {use for text in TEXTS.values() for use in re.findall(r"uses: (\S+)", text)}
    assert len({use.split("@")[0] for use in uses}) == len(uses)


def test_a_plan_can_read_and_nothing_else() -> None:
    assert list(PLAN["on"]) == ["pull_request"]
    assert PLAN["permissions"] == {"contents": "read"}
    assert "permissions" not in PLAN["jobs"]["plan"]
    assert "environment" not in PLAN["jobs"]["plan"]
    checkout = PLAN["jobs"]["plan"]["steps"][0]["with"]
    assert checkout == {"fetch-depth": 0, "persist-credentials": False}


def test_no_secret_is_named_where_foreign_code_is_planned() -> None:
    text = GITHUB[pipelines.GITHUB_PLAN]
    assert "secrets." not in text
    assert "pull_request_target:" not in text
    assert "github.token" not in str(PLAN["jobs"]["plan"])


@pytest.mark.parametrize("name", ["comment", "code-scanning"])
def test_what_can_write_to_a_pull_request_checks_nothing_out(name: str) -> None:
    job = PLAN["jobs"][name]
    assert "head.repo.full_name == github.repository" in job["if"]
    assert "vars.RECONCILER_" in job["if"]
    assert not [step for step in job["steps"] if "actions/checkout" in step.get("uses", "")]
    assert sorted(value for value in job["permissions"].values() if value != "read") == ["write"]
    assert "contents" not in job["permissions"]


def test_apply_runs_once_at_a_time_and_not_at_the_full_hour() -> None:
    assert APPLY["concurrency"] == {"group": "reconciler-apply", "cancel-in-progress": False}
    [schedule] = APPLY["on"]["schedule"]
    minute = schedule["cron"].split()[0]
    assert 0 < int(minute) < 60
    assert JOBS["reconciler-apply"]["resource_group"] == "reconciler"
    assert JOBS["reconciler-apply"]["interruptible"] is False


def test_apply_has_its_rights_and_secrets_in_its_one_job() -> None:
    assert APPLY["permissions"] == {}
    job = APPLY["jobs"]["apply"]
    assert job["permissions"] == {"contents": "write"}
    assert job["environment"] == "certificates"
    assert job["if"] == "github.ref == 'refs/heads/main'"
    assert set(APPLY["on"]) == {"push", "schedule", "workflow_dispatch"}
    with_secrets = [step.get("name") for step in job["steps"] if "secrets." in str(step.get("env", ""))]
    assert with_secrets == ["Apply"]


def test_gitlab_applies_on_the_protected_default_branch_only() -> None:
    never, when = JOBS["reconciler-apply"]["rules"]
    assert never["when"] == "never"
    assert "merge_request_event" in never["if"]
    assert "$CI_DEFAULT_BRANCH" in when["if"]
    assert '$CI_COMMIT_REF_PROTECTED == "true"' in when["if"]
    assert "environment" not in JOBS["reconciler-plan"]
    assert "TOKEN" not in str(JOBS["reconciler-plan"])


def test_waiting_is_a_warning_in_gitlab_and_nothing_else_is() -> None:
    assert JOBS["reconciler-apply"]["allow_failure"] == {"exit_codes": [3]}
    assert "allow_failure" not in JOBS["reconciler-plan"]


def test_the_pipelines_leave_no_place_unfilled() -> None:
    for text in [*GITHUB.values(), *GITLAB.values(), COMPONENT.read_text("utf-8")]:
        assert not re.findall(r"(?<!\S)\"?@\w+@", text)


def test_the_files_of_the_package_are_there_when_it_is_installed() -> None:
    folder = Path(pipelines.__file__).parent
    assert {path.name for path in folder.glob("*.yaml")} == {
        "github-plan.yaml",
        "github-apply.yaml",
        "gitlab.yaml",
    }
