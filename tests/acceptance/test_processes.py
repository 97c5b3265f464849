"""What only a process of its own can show: what is imported, pipes, locks, signals."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from reconciler.model.order import CANCELLED, Stage
from reconciler.model.problem import Problem
from tests.acceptance.command_line import PROGRAM, environment, run_process
from tests.acceptance.trees import (
    write_account,
    write_account_key,
    write_certificate,
    write_order,
    write_tree,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEAVY = {
    "acme",
    "cryptography",
    "fontTools",
    "git",
    "idna",
    "josepy",
    "publicsuffixlist",
    "requests",
    "rich",
    "urllib3",
}

HOLD_THE_LOCK = """
import datetime, pathlib, sys
from reconciler.store import Store
with Store(pathlib.Path("state")).lock("reconciler apply", datetime.datetime.now(datetime.UTC)):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holding_the_lock(tree: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_THE_LOCK],
        cwd=tree,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield holder


def imported_by(folder: Path, *arguments: str) -> tuple[set[str], str]:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "reconciler", *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(re.findall(r"^import time:.*\| +(\w+)", done.stderr, re.MULTILINE)), done.stdout


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["apply", "--help"], ["order", "--help"]])
def test_help_imports_nothing_heavy(tree: Path, arguments: list[str]) -> None:
    imported, _ = imported_by(tree, *arguments)
    assert "click" in imported
    assert not imported & {*HEAVY, "jsonschema", "yaml"}


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_nothing_to_do_imports_nothing_heavy(tree: Path, command: str) -> None:
    write_account(tree)
    write_certificate(tree)
    imported, shown = imported_by(tree, command)
    assert shown == "No changes. 1 certificate is as the tree wants it.\n"
    assert "msgspec" in imported
    assert not imported & HEAVY


def test_a_reader_that_goes_away_is_no_error_to_tell_of(tree: Path) -> None:
    requests = {
        f"certificates/n{number}.yaml": "role: web\nidentifiers: [www.example.com]\n" for number in range(900)
    }
    write_tree(tree, **requests)
    with subprocess.Popen(
        [*PROGRAM, "plan"],
        cwd=tree,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "  + register account ca\n"
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(30) == 1


@pytest.mark.parametrize("command", [("apply",), ("order", "fulfilled", "--all")])
def test_a_state_that_another_process_works_on_is_left_alone(tree: Path, command: tuple[str, ...]) -> None:
    with holding_the_lock(tree) as holder:
        done = run_process(tree, *command)
        assert run_process(tree, "plan").returncode == 0
        holder.communicate("")
    assert done.returncode == 7
    assert done.stdout == ""
    assert "error: the state is locked by `reconciler apply` of " in done.stderr
    assert f"process {holder.pid}, since " in done.stderr


CHANGES = [
    "apply",
    "account import ca --key-file account.key",
    "account rotate-key ca",
    "account deactivate ca --force",
    "order fulfilled --all",
    "order retry ORDER",
    "order cancel ORDER",
    "order revoke ORDER",
]


@pytest.mark.parametrize("command", CHANGES)
def test_what_changes_the_state_waits_for_a_lock_that_goes_away(tree: Path, command: str) -> None:
    order = write_order(tree, Stage.ERROR, last_error=Problem(CANCELLED))
    write_account_key(tree)
    (tree / "account.key").write_bytes(write_account_key(tree, "another"))
    arguments = command.replace("ORDER", order.order_id).split()
    with (
        holding_the_lock(tree) as holder,
        subprocess.Popen(
            [*PROGRAM, *arguments, "--lock-timeout", "10m"],
            cwd=tree,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stderr is not None
        said = process.stderr.readline()
        assert said.startswith("the state is locked by `reconciler apply` of ")
        assert said.endswith("; waiting for it\n")
        assert process.poll() is None
        holder.communicate("")
        process.communicate(timeout=60)
        # What comes of it is another matter: it has had the lock.
        assert process.returncode in (0, 1)


@pytest.mark.parametrize("command", CHANGES)
def test_and_not_for_longer_than_it_was_told(tree: Path, command: str) -> None:
    order = write_order(tree, Stage.ERROR, last_error=Problem(CANCELLED))
    write_account_key(tree)
    (tree / "account.key").write_bytes(write_account_key(tree, "another"))
    arguments = command.replace("ORDER", order.order_id).split()
    with holding_the_lock(tree) as holder:
        done = run_process(tree, *arguments, "--lock-timeout", "1s")
        holder.communicate("")
    assert done.returncode == 7
    assert "waiting for it" in done.stderr
    assert "error: the state is locked by " in done.stderr


def test_the_lock_of_a_killed_process_is_not_in_the_way(tree: Path) -> None:
    write_account(tree)
    write_certificate(tree)
    with holding_the_lock(tree) as holder:
        holder.kill()
    assert run_process(tree, "apply").returncode == 0


def test_output_without_a_terminal_has_no_colours(tree: Path) -> None:
    done = run_process(tree, "plan")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout + done.stderr


def test_a_locale_without_unicode_is_no_reason_to_fail(tree: Path) -> None:
    name = "xn--bcher-kva.example"
    changes = {
        "roles/web.yaml": f"acme_account_name: ca\nallowed_domains: [{name}]\n",
        "certificates/www.yaml": f"role: web\nidentifiers: [{name}]\n",
    }
    write_tree(tree, **changes)
    done = subprocess.run(
        [*PROGRAM, "plan"],
        cwd=tree,
        env={**environment(), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert "for xn--bcher-kva.example (b\\xfccher.example)\n" in done.stdout
