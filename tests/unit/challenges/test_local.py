"""What this machine has to have, looked at without using it."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path

import pytest

from reconciler.challenges.local import check_local
from reconciler.errors import ChallengeError
from reconciler.model.fulfillment import ExecMethod, ListenMethod, Method, Way, WebrootMethod
from tools.ports import LOOPBACK, free_ports

NOBODY = 65534


def complaint(method: Method, root: Path = Path("/")) -> str | None:
    """Return what is wrong; a look leaves nothing behind."""
    before = sorted(root.rglob("*")) if root != Path("/") else []
    try:
        check_local(method, root)
    except ChallengeError as error:
        return str(error)
    finally:
        assert not before or sorted(root.rglob("*")) == before
    return None


def test_a_webroot_is_a_folder(tmp_path: Path) -> None:
    assert complaint(WebrootMethod("www").method, tmp_path) == (
        f"the webroot {tmp_path}/www is no folder; make it, or correct "
        "`challenges: {http-01: {webroot: ...}}`"
    )
    (tmp_path / "www").mkdir()
    assert complaint(WebrootMethod("www").method, tmp_path) is None
    assert complaint(WebrootMethod(str(tmp_path / "www")).method) is None
    (tmp_path / "www/.well-known").symlink_to("nowhere")
    assert complaint(WebrootMethod(str(tmp_path / "www")).method, tmp_path / "tree") == (
        f"{tmp_path}/www/.well-known: is no folder; take it away, or use another webroot"
    )
    # What lies in the tree may have come with a pull request.
    for webroot in ("www", str(tmp_path / "www")):
        assert complaint(WebrootMethod(webroot).method, tmp_path) == (
            f"{tmp_path}/www/.well-known/acme-challenge: cannot be written: {tmp_path}/www/.well-known is a "
            "link, and is not followed: take it away, or name the place that it leads to in reconciler.yaml"
        )


def test_a_webroot_can_be_written() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        (Path(folder) / "shut").mkdir(mode=0o700)
        user = os.geteuid()
        try:
            if user == 0:
                os.seteuid(NOBODY)
            unwritable = complaint(WebrootMethod(folder).method)
            unreadable = complaint(WebrootMethod(f"{folder}/shut/www").method)
        finally:
            os.seteuid(user)
            Path(folder).chmod(0o755)
        assert complaint(WebrootMethod(folder).method) is None
    assert unwritable == f"{folder}: cannot be written by the user that this program runs as"
    assert unreadable is not None
    assert unreadable.startswith(f"{folder}/shut/www: Permission denied") == (user == 0)


def test_a_program_is_there_and_can_be_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "tools/publish it"
    assert complaint(ExecMethod(("tools/publish it", "x")).method, tmp_path) == (
        "there is no such program; write a path with a slash, relative to the root of the tree, or a name "
        "that is found in PATH"
    )
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    not_executable = complaint(ExecMethod(("tools/publish it", "x")).method, tmp_path)
    assert not_executable == "it may not be run; make it executable: `chmod +x`"
    program.chmod(0o755)
    assert complaint(ExecMethod(("tools/publish it", "x")).method, tmp_path) is None
    in_path = ExecMethod(("publish it",)).method
    assert (complaint(in_path, tmp_path) or "").startswith("there is no such program")
    monkeypatch.setenv("PATH", str(program.parent))
    assert complaint(in_path, tmp_path) is None
    assert (complaint(ExecMethod(("./tools",)).method, tmp_path) or "").startswith("it may not be run")


@pytest.mark.parametrize("host", [LOOPBACK, "[::1]"])
def test_addresses_are_free(host: str) -> None:
    [port] = free_ports(1)
    method = ListenMethod((f"{host}:{port}", f"{host}:0")).method
    assert complaint(method) is None
    # Nobody could connect meanwhile, and it is free again.
    assert complaint(method) is None
    family = socket.AF_INET6 if "[" in host else socket.AF_INET
    with socket.create_server((host.strip("[]"), port), family=family):
        assert (complaint(method) or "").startswith(
            f"cannot listen at {host}:{port}: another program listens there"
        )
        wild = ListenMethod((f"{'[::]' if '[' in host else '0.0.0.0'}:{port}",)).method  # noqa: S104
        assert "another program listens there" in (complaint(wild) or "")


def test_of_other_ways_nothing_is_said() -> None:
    assert complaint(Method(Way.DNS_PROVIDER, "corp")) is None
    assert complaint(Method(Way.STANDING_RECORD)) is None
