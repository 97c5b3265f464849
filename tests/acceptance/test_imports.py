"""What commands load: the time that a command takes is the time that its imports take."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from reconciler.cli.exit_codes import ExitCode
from tests.acceptance.command_line import environment
from tests.acceptance.trees import write_account, write_issued, write_tree

if TYPE_CHECKING:
    from pathlib import Path

_SLOW = frozenset({"acme", "cryptography", "dns", "git", "josepy", "pyrage", "requests", "rich", "urllib3"})
_PROGRAM = """
import json, sys
from reconciler.cli.main import run
code = run(sys.argv[1:])
print(json.dumps(sorted(sys.modules)))
sys.exit(code)
"""

# What only those need who have asked for it, or whose tree has something of the kind, or something wrong.
_ON_DEMAND = frozenset(
    {
        "difflib",
        "rfc8785",
        "secrets",
        "shutil",
        "reconciler.ca",
        "reconciler.challenges",
        "reconciler.checkup",
        "reconciler.cli.ci",
        "reconciler.cli.comparing",
        "reconciler.cli.sharing",
        "reconciler.engine.recorder",
        "reconciler.model.caa",
        "reconciler.model.identity",
        "reconciler.model.preflight_facts",
        "reconciler.plan.comparison",
        "reconciler.plan.generations",
        "reconciler.plan.saved",
        "reconciler.plan.selecting",
        "reconciler.policy.answering",
        "reconciler.policy.explaining",
        "reconciler.policy.nearest",
        "reconciler.policy.other_roles",
        "reconciler.provenance.base_tree",
        "reconciler.provenance.checkout",
        "reconciler.provenance.history",
        "reconciler.provenance.repository",
        "reconciler.provenance.signatures",
        "reconciler.provenance.snapshot",
        "reconciler.render.log",
        "reconciler.render.markdown",
        "reconciler.render.preflight",
        "reconciler.render.reported",
        "reconciler.sharing",
        "reconciler.store.event_log",
        "reconciler.store.record_yaml",
        "reconciler.tree.dns_providers",
        "reconciler.tree.identities",
    }
)
_OF_APPLY = frozenset({"secrets", "reconciler.ca", "reconciler.challenges", "reconciler.engine.recorder"})
_TREE = frozenset({"yaml", "reconciler.model", "reconciler.plan", "reconciler.policy", "reconciler.tree"})
_ALL_BUT_CLI = _TREE | {"reconciler.engine", "reconciler.provenance", "reconciler.render", "reconciler.store"}


def loaded(tree: Path, *arguments: str) -> frozenset[str]:
    """Return the modules that a command has loaded; it has to succeed."""
    ran = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *arguments],
        cwd=tree,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == ExitCode.DONE, ran.stderr
    return frozenset(json.loads(ran.stdout.splitlines()[-1]))


@pytest.fixture
def issued(tree: Path) -> Path:
    write_account(tree)
    write_issued(tree)
    return tree


@pytest.mark.parametrize(
    ("command", "absent"),
    [
        ("--version", _SLOW | _ON_DEMAND | _ALL_BUT_CLI),
        ("--help", _SLOW | _ALL_BUT_CLI | {"difflib", "secrets"}),
        ("validate", _SLOW | _ON_DEMAND),
        ("plan", _SLOW | _ON_DEMAND),
        ("apply", _SLOW | (_ON_DEMAND - _OF_APPLY)),
        ("log", _SLOW | (_ON_DEMAND - {"rfc8785", "reconciler.render.log", "reconciler.store.event_log"})),
        ("log --verify", _SLOW),
    ],
)
def test_a_command_loads_nothing_that_it_does_not_need(
    issued: Path, command: str, absent: frozenset[str]
) -> None:
    assert sorted(loaded(issued, *command.split()) & absent) == []


def test_nor_does_a_plan_of_keys_that_are_encrypted(issued: Path) -> None:
    recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
    settings = f"encryption:\n  recipients: [{recipient}]\n  identity: {{env: NOT_SET}}\n"
    write_tree(issued, **{"reconciler.yaml": settings})
    assert sorted(loaded(issued, "plan") & (_SLOW | _ON_DEMAND)) == []
