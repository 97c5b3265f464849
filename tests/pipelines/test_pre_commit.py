"""The hook for other repositories: which files wake it, and what it runs."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
[HOOK] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
WAKES = (
    "reconciler.yaml",
    "pki/reconciler.json",
    "accounts/ca.yaml",
    "pki/roles/web.json",
    "identities/alice.yaml",
    "dns-providers/corp.yaml",
    "certificates/shop/www.yaml",
    "certificates/shop/hsm.csr",
    # It is an error there, so it must not slip through.
    "certificates/shop/www.yml",
)
SLEEPS = (
    "README.md",
    "src/main.py",
    "state/orders/1.yaml",
    "certs/www/cert.pem",
    "my-accounts/x.yaml",
    "roles.md",
)


def test_it_checks_the_whole_tree_once() -> None:
    assert (HOOK["pass_filenames"], HOOK["require_serial"]) == (False, True)
    assert HOOK["language"] == "python"


def test_it_runs_a_program_that_the_package_installs() -> None:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    program, command = shlex.split(HOOK["entry"])
    assert program in project["scripts"]
    assert command == "validate"


@pytest.mark.parametrize("path", WAKES)
def test_files_of_a_tree_wake_it(path: str) -> None:
    assert re.search(HOOK["files"], path)


@pytest.mark.parametrize("path", SLEEPS)
def test_other_files_do_not(path: str) -> None:
    assert not re.search(HOOK["files"], path)


def test_the_guide_names_the_hook() -> None:
    guide = (ROOT / "docs" / "how-to" / "pre-commit.md").read_text("utf-8")
    assert f"- id: {HOOK['id']}" in guide
