"""Importing a module talks to nobody, starts nothing and writes nothing; nor do the commands that read."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.command_line import environment
from tests.acceptance.trees import write_account, write_issued

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import RecordFigure

# Raises where somebody talks to the network, starts a program or writes a file. To make a socket is no talk:
# the HTTP library makes one, to see whether there is IPv6.
_GUARD = """
import os, sys
_TALKS = ("socket.connect", "socket.getaddrinfo", "socket.gethostby", "socket.getname", "socket.send")
_STARTS = ("subprocess.Popen", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system")
_CHANGES = ("os.chmod", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
class Forbidden(BaseException):
    pass
def _guard(event, arguments):
    is_write = event == "open" and arguments[2] & _WRITING and arguments[0] != os.devnull
    if is_write or event.startswith(_TALKS + _STARTS + _CHANGES):
        raise Forbidden(f"{event} {arguments}")
sys.addaudithook(_guard)
"""
_IMPORT_ALL = """
import json, pkgutil
import reconciler
names = [each.name for each in pkgutil.walk_packages(reconciler.__path__, "reconciler.")]
for name in names:
    if name != "reconciler.__main__":
        __import__(name)
print(json.dumps(names))
"""
_RUN_ALL = """
import json, sys
import click
from reconciler.cli.main import cli, run
def below(group, path):
    yield path
    for name in group.list_commands(click.Context(group)) if isinstance(group, click.Group) else ():
        yield from below(group.get_command(click.Context(group), name), (*path, name))
commands = [(*path, "--help") for path in below(cli, ())]
commands += [("validate",), ("plan",), ("plan", "--format", "json"), ("status",), ("role", "list")]
codes = {" ".join(each): run(each) for each in commands}
print()
print(json.dumps(codes))
"""


def run(folder: Path, program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _GUARD + program],
        cwd=folder,
        env={**environment(), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_importing_all_modules_does_nothing(tmp_path: Path, record_figure: RecordFigure) -> None:
    ran = run(tmp_path, _IMPORT_ALL)
    assert ran.returncode == 0, ran.stderr
    names = json.loads(ran.stdout.splitlines()[-1])
    assert len(names) > 300
    record_figure("supply chain", f"{len(names)} modules imported: no connection, no process, no file")


def test_commands_that_read_talk_to_nobody(tree: Path, record_figure: RecordFigure) -> None:
    write_account(tree)
    write_issued(tree)
    ran = run(tree, _RUN_ALL)
    assert ran.returncode == 0, ran.stderr
    codes = json.loads(ran.stdout.splitlines()[-1])
    assert set(codes.values()) == {0}, codes
    assert len(codes) > 35
    record_figure("supply chain", f"{len(codes)} commands and helps run: no connection, no process, no file")


@pytest.mark.parametrize(
    "deed",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import socket; socket.getaddrinfo('localhost', 9)",
        "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'', ('127.0.0.1', 9))",
        "import subprocess; subprocess.run(['true'])",
        "open('x', 'w')",
        "import os; os.mkdir('x')",
    ],
)
def test_the_guard_sees_what_it_is_to_see(tmp_path: Path, deed: str) -> None:
    ran = run(tmp_path, deed)
    assert ran.returncode == 1
    assert "Forbidden" in ran.stderr
    assert list(tmp_path.iterdir()) == []
