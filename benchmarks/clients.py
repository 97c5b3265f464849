"""The two clients that are compared, each as a user runs it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Protocol

from benchmarks.tree import write_account, write_certificate, write_role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from benchmarks.stage import Stage

Names = tuple[str, ...]

HOW_TO_GET_LEGO = (
    "lego is not installed, so there is nothing to compare with: apt-get install lego (Debian, Ubuntu)"
)


class Client(Protocol):
    """An ACME client on a stage of its own."""

    name: str
    at_once: int
    environment: Mapping[str, str]

    def commands(self, certificates: Sequence[Names]) -> list[list[str]]:
        """Prepare the ordering of certificates; return the commands that do it."""

    def files(self, certificate: Names) -> tuple[Path, Path]:
        """Return where chain and private key of a certificate then are."""


class Reconciler:
    """`reconciler apply`: one process for all certificates."""

    name = "reconciler apply"
    at_once = 1
    environment: Mapping[str, str] = {"NO_PROXY": "localhost"}

    def __init__(self, stage: Stage, program: Sequence[str] = ("-m", "reconciler")) -> None:
        """Begin a tree.

        Args:
            stage: where it is.
            program: what Python is to run: the program, or what runs it and watches it.
        """
        self._program = [sys.executable, *program]
        self._tree = stage.folder / "tree"
        settings = f"challenges: {{http-01: {{webroot: {json.dumps(str(stage.webroot))}}}}}\n"
        write_account(self._tree, stage.directory_url, stage.ca.trusted_ca, settings)
        self._names: list[str] = []

    def commands(self, certificates: Sequence[Names]) -> list[list[str]]:
        """Add the certificates to the tree; return one command, which orders all of them."""
        self._names += [name for names in certificates for name in names]
        write_role(self._tree, self._names)
        for names in certificates:
            write_certificate(self._tree, names[0], names)
        # By default it would leave to the next run what is not done after ten minutes.
        return [[*self._program, "-C", str(self._tree), "apply", "--timeout", "2h"]]

    def files(self, certificate: Names) -> tuple[Path, Path]:
        """Return what was delivered."""
        folder = self._tree / "certs" / certificate[0]
        return folder / "fullchain.pem", folder / "privkey.pem"


class Lego:
    """lego: a process for each certificate, eight at a time, with one account."""

    name = "lego, 8 at a time"
    at_once = 8

    def __init__(self, stage: Stage) -> None:
        self._folder = stage.folder / "lego"
        trusted = stage.folder / "ca.pem"
        trusted.write_text(stage.ca.trusted_ca)
        self.environment: Mapping[str, str] = {"LEGO_CA_CERTIFICATES": str(trusted)}
        self._command = ["lego", "--server", stage.directory_url, "--path", str(self._folder)]
        self._command += ["--accept-tos", "--email", "benchmark@example.com", "--key-type", "ec256"]
        self._command += ["--http", "--http.webroot", str(stage.webroot)]

    def commands(self, certificates: Sequence[Names]) -> list[list[str]]:
        """Return a command for each certificate; the first of all makes the account."""
        return [[*self._command, *(f"--domains={name}" for name in names), "run"] for names in certificates]

    def files(self, certificate: Names) -> tuple[Path, Path]:
        """Return what lego has saved."""
        folder = self._folder / "certificates"
        return folder / f"{certificate[0]}.crt", folder / f"{certificate[0]}.key"


def lego_version() -> str | None:
    """Return the version of the lego that is installed, None where there is none."""
    if shutil.which("lego") is None:
        return None
    # A package's build does not always know its version; the package does.
    asked = (["dpkg-query", "--show", "--showformat=${Version}", "lego"], ["lego", "--version"])
    for command in asked:
        if shutil.which(command[0]) is None:
            continue
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        found = re.search(r"\d+\.\d+\S*", said)
        if found:
            return found[0]
    return "of unknown version"
