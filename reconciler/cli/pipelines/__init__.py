"""The pipelines that `reconciler init` writes: files with places to fill in, such as `@package@`."""

from __future__ import annotations

from pathlib import Path

GITHUB_PLAN = ".github/workflows/reconciler-plan.yaml"
GITHUB_APPLY = ".github/workflows/reconciler-apply.yaml"
GITLAB = ".gitlab/reconciler.gitlab-ci.yml"
GITLAB_ROOT = ".gitlab-ci.yml"

_GITLAB_HEAD = """\
# Written by `reconciler init`; from here on it is yours. Let code owners review changes of it.
# It is included by .gitlab-ci.yml, and takes two of GitLab's own stages: test and deploy.
"""
_COMPONENT_HEAD = """\
# A component: the jobs of `reconciler init --ci gitlab`. Written by `python -m tools.gen_reference`.
spec:
  inputs:
    package:
      description: "What pip installs, pinned: git+https://HOST/PATH@COMMIT, or NAME==VERSION."
    folder:
      description: "Where reconciler.yaml is."
      default: "."
      regex: ^[\\w./-]+$
    image:
      description: "An image with Python 3.11 or newer, pip, git and bash."
      default: "python:3.13"
    plan-stage:
      description: "The stage of the job reconciler-plan."
      default: test
    apply-stage:
      description: "The stage of the job reconciler-apply."
      default: deploy
    environment:
      description: "The environment whose variables are the secrets."
      default: certificates
---
"""


def github(*, package: str, folder: str = ".", branch: str = "main") -> dict[str, str]:
    """Return GitHub's workflows, by their paths in the repository.

    Args:
        package: what pip is told to install; empty: the workflows say that it has to be filled in.
        folder: the tree, seen from the root of the repository.
        branch: the protected branch.
    """
    values = {"package": package, "folder": folder, "branch": branch}
    return {
        GITHUB_PLAN: _filled("github-plan.yaml", values),
        GITHUB_APPLY: _filled("github-apply.yaml", values),
    }


def gitlab(*, package: str, folder: str = ".") -> dict[str, str]:
    """Return GitLab's jobs and the file that includes them; arguments as for `github`."""
    values = {
        "package": package,
        "folder": folder,
        "image": "python:3.13",
        "plan_stage": "test",
        "apply_stage": "deploy",
        "environment": "certificates",
    }
    return {
        GITLAB: f"{_GITLAB_HEAD}\n{_filled('gitlab.yaml', values)}",
        GITLAB_ROOT: f"include:\n  - local: {GITLAB}\n",
    }


def gitlab_component() -> str:
    """Return the same jobs as a component, whose inputs fill the places."""
    names = ("package", "folder", "image", "plan_stage", "apply_stage", "environment")
    inputs = {name: f"$[[ inputs.{name.replace('_', '-')} ]]" for name in names}
    return _COMPONENT_HEAD + _filled("gitlab.yaml", inputs)


def _filled(name: str, values: dict[str, str]) -> str:
    text = (Path(__file__).parent / name).read_text("utf-8")
    for place, value in values.items():
        text = text.replace(f"@{place}@", value)
    return text
