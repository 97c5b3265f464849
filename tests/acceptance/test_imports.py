"""What commands load: the time that a command takes is the time that its imports take."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from reconciler.cli.exit_codes import ExitCode
from tests.acceptance.command_line import environment
from tests.acceptance.trees import write_account, write_issued, write_tree

if TYPE_CHECKING:
    from pathlib import Path

_PROGRAM = """
import sys
from reconciler.cli.main import run
code = run(sys.argv[1:])
print("\\n", *sys.modules)
sys.exit(code)
"""
_CODES = (ExitCode.DONE, ExitCode.USAGE, ExitCode.INVALID_OR_DENIED, ExitCode.ERROR)

_SLOW = frozenset(
    {
        "acme",
        "cryptography",
        "dns",
        "git",
        "josepy",
        "jsonschema",
        "pyrage",
        "requests",
        "rich",
        "urllib3",
    }
)
_LIBRARIES = _SLOW | {"difflib", "hashlib", "json", "msgspec", "rfc8785", "subprocess", "yaml"}
_PACKAGES = frozenset(
    {
        "ca",
        "challenges",
        "checkup",
        "deliver",
        "engine",
        "model",
        "orders",
        "pki",
        "plan",
        "policy",
        "provenance",
        "render",
        "sharing",
        "store",
        "tree",
    }
)

_OPTIONS = "msgspec model render"
_TREE = "msgspec subprocess model orders policy provenance render store tree"
_CHECKUP = "checkup deliver pki"
_LOG = "hashlib json msgspec rfc8785 model orders policy render store tree"
# What each command loads of these libraries and packages: no more, and no less, so that no row allows what is
# not needed any more.
_LOADED = {
    "--version": "",
    "--help": "",
    "no-such-command": "difflib",
    "plan --help": _OPTIONS,
    "plan --no-such-option": f"difflib {_OPTIONS}",
    "validate": _TREE,
    "validate --format json": f"json {_TREE}",
    "plan": f"hashlib deliver engine plan {_TREE}",
    "plan --format json": f"hashlib json rfc8785 deliver engine plan {_TREE}",
    "apply": f"hashlib json yaml ca challenges deliver engine pki plan {_TREE}",
    "status": f"hashlib deliver engine plan {_TREE}",
    "order list": f"hashlib plan {_TREE}",
    "certificate list": f"hashlib deliver engine plan {_TREE}",
    "account list": _TREE,
    "role list": _TREE,
    "log": _LOG,
    "log --verify": _LOG,
    "state check": f"cryptography hashlib json {_CHECKUP} {_TREE}",
    "dns records": f"hashlib json {_TREE}",
    "init new": "json msgspec model render tree",
}

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
_OF_LOG = frozenset({"rfc8785", "reconciler.render.log", "reconciler.store.event_log"})


def loaded(tree: Path, *arguments: str) -> frozenset[str]:
    """Return the modules that a command has loaded."""
    ran = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *arguments],
        cwd=tree,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode in _CODES, ran.stderr
    return frozenset(ran.stdout.splitlines()[-1].split())


def watched(modules: frozenset[str]) -> set[str]:
    """Return what the table is about."""
    packages = {each.split(".")[1] for each in modules if each.startswith("reconciler.")}
    return set(modules & _LIBRARIES) | (packages & _PACKAGES)


@pytest.fixture
def issued(tree: Path) -> Path:
    write_account(tree)
    write_issued(tree)
    return tree


@pytest.mark.parametrize(("command", "expected"), _LOADED.items(), ids=_LOADED)
def test_a_command_loads_what_it_needs(issued: Path, command: str, expected: str) -> None:
    assert watched(loaded(issued, *command.split())) == set(expected.split())


@pytest.mark.parametrize("command", ["validate", "plan"])
def test_what_tells_errors_is_loaded_where_there_are_some(issued: Path, command: str) -> None:
    write_tree(
        issued, **{"certificates/www.yaml": "role: web\nidentifiers: [www.example.com]\nkey_tipe: x\n"}
    )
    modules = loaded(issued, command)
    assert watched(modules) - {"hashlib"} == {"difflib", "jsonschema", "json", "yaml", *_TREE.split()}
    # A grammar for a format that no schema here names, where it is installed: it takes most of a second.
    assert "lark" not in modules


@pytest.mark.parametrize(
    ("command", "absent"),
    [
        ("validate", _ON_DEMAND),
        ("plan", _ON_DEMAND),
        ("apply", _ON_DEMAND - _OF_APPLY),
        ("log", _ON_DEMAND - _OF_LOG),
    ],
)
def test_nor_does_it_load_modules_that_it_does_not_need(
    issued: Path, command: str, absent: frozenset[str]
) -> None:
    assert sorted(loaded(issued, *command.split()) & absent) == []


def test_nor_does_a_plan_of_keys_that_are_encrypted(issued: Path) -> None:
    recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
    settings = f"encryption:\n  recipients: [{recipient}]\n  identity: {{env: NOT_SET}}\n"
    write_tree(issued, **{"reconciler.yaml": settings})
    assert sorted(loaded(issued, "plan") & (_SLOW | _ON_DEMAND)) == []
