"""The pipelines that `init` writes, and the inputs of action and component, as the guides show them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from reconciler import __version__
from reconciler.cli import pipelines
from tools.reference.tables import table

_ROOT = Path(__file__).parents[2]
_PACKAGE = f"reconciler=={__version__}"


def github_plan() -> str:
    """Return the workflow for pull requests."""
    return _code(pipelines.github(package=_PACKAGE)[pipelines.GITHUB_PLAN])


def github_apply() -> str:
    """Return the workflow for the protected branch."""
    return _code(pipelines.github(package=_PACKAGE)[pipelines.GITHUB_APPLY])


def gitlab() -> str:
    """Return GitLab's jobs."""
    return _code(pipelines.gitlab(package=_PACKAGE)[pipelines.GITLAB])


def github_approved() -> str:
    """Return the workflow that applies what people have approved."""
    return _code((_ROOT / "examples/pipelines/github-approved.yaml").read_text("utf-8"))


def action_inputs() -> str:
    """Return the inputs of the composite action as a table."""
    return _table("Input", _action()["inputs"])


def action_outputs() -> str:
    """Return the outputs of the composite action as a table."""
    rows = [(f"`{name}`", each["description"]) for name, each in _action()["outputs"].items()]
    return table(["Output", "What it is"], rows)


def component_inputs() -> str:
    """Return the inputs of the component as a table."""
    head = next(yaml.safe_load_all(pipelines.gitlab_component()))
    return _table("Input", head["spec"]["inputs"])


def _action() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((_ROOT / "action.yml").read_text("utf-8"))
    return document


def _table(word: str, inputs: dict[str, Any]) -> str:
    rows = [(f"`{name}`", _default(each), each["description"]) for name, each in inputs.items()]
    return table([word, "Default", "What it is"], rows)


def _default(field: dict[str, Any]) -> str:
    if "default" not in field:
        return "has to be given"
    return f"`{field['default']}`" if field["default"] else ""


def _code(text: str) -> str:
    return f"```yaml\n{text}```"
