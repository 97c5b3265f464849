"""A tree on disk whose account is at a Pebble, and the command line on it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from tools.pebble import Pebble

NAMES = "[" + ", ".join(f"{number}.example.com" for number in range(60)) + "]"


class Tree:
    """Accounts, roles and certificates as files; `webroot` is configured unless `by_hand`."""

    def __init__(self, root: Path, ca: Pebble, *, by_hand: bool = False) -> None:
        self.root = root
        self.ca = ca
        (root / "webroot").mkdir(parents=True)
        self.write("reconciler.yaml", "{}" if by_hand else "challenges: {http-01: {webroot: webroot}}")
        self.account()
        self.role("web", f"allowed_domains: {NAMES}")

    @classmethod
    def at(cls, root: Path, ca: Pebble) -> Tree:
        """Return a tree that is there already."""
        tree = cls.__new__(cls)
        tree.root, tree.ca = root, ca
        return tree

    def write(self, path: str, text: str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text + "\n")

    def account(self, *lines: str) -> None:
        trusted = f"trusted_ca: |\n{textwrap.indent(self.ca.trusted_ca, '  ')}"
        # Pebble 2.10 can lock itself up when newOrders of one account cross.
        first = [
            f"directory_url: {self.ca.directory_url}",
            "terms_of_service_agreed: true",
            "max_concurrent_new_orders: 1",
        ]
        self.write("accounts/ca.yaml", "\n".join([*first, *lines, trusted]))

    def role(self, name: str, *lines: str) -> None:
        self.write(f"roles/{name}.yaml", "\n".join(["acme_account_name: ca", *lines]))

    def certificate(self, name: str, identifiers: str, *lines: str, role: str = "web") -> None:
        text = [f"role: {role}", f"identifiers: [{identifiers}]", *lines]
        self.write(f"certificates/{name}.yaml", "\n".join(text))

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "reconciler", "-C", str(self.root), *arguments]

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run a command, expect its exit code, and return what it printed."""
        return self._run(arguments, code).stdout

    def run_verbose(self, *arguments: str) -> str:
        """Run a command that succeeds, and return every event that it tells of."""
        command = self.command(*arguments)
        command.insert(command.index("-C"), "-v")
        ran = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
        assert ran.returncode == 0, ran.stderr
        return ran.stderr

    def run_for_errors(self, *arguments: str, code: int) -> str:
        """Run a command that fails, expect its exit code, and return what it said."""
        return self._run(arguments, code).stderr

    def _run(self, arguments: tuple[str, ...], code: int) -> subprocess.CompletedProcess[str]:
        ran = subprocess.run(
            self.command(*arguments), capture_output=True, text=True, timeout=100, check=False
        )
        assert ran.returncode == code, f"{arguments}: {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
        assert "Traceback" not in ran.stderr
        return ran

    def json(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """Run a command with `--format json`, and return the document."""
        document: dict[str, Any] = json.loads(self.run(*arguments, "--format", "json", code=code))
        return document

    def instructions(self) -> dict[str, Any]:
        """Return the one order's instructions, as programs read them."""
        [path] = self.root.glob("state/challenges/*/instructions.json")
        document: dict[str, Any] = json.loads(path.read_text())
        return document | {"folder": path.parent}

    def set_in_record(self, name: str, field: str, value: str) -> None:
        """Change a field of the record of a certificate, as time would have done it."""
        path = self.root / f"state/certificates/{name}.yaml"
        record, count = re.subn(rf"^( *{field}): .*$", rf"\1: {value}", path.read_text(), flags=re.MULTILINE)
        assert count == 1, record
        path.write_text(record)

    def let_renewal_come(self, name: str) -> None:
        """Let the moment that was drawn for the renewal of a certificate have come."""
        self.set_in_record(name, "selected_time", "2020-01-01T00:00:00Z")

    def verify(self, name: str) -> None:
        """Let openssl judge what was delivered, chain and key."""
        folder = self.root / "certs" / name
        root = self.root / "root.pem"
        root.write_text(self.ca.root_pem())
        files = ["-untrusted", str(folder / "chain.pem"), str(folder / "cert.pem")]
        judged = subprocess.run(
            ["openssl", "verify", "-CAfile", str(root), *files], capture_output=True, text=True, check=False
        )
        assert judged.returncode == 0, judged.stdout + judged.stderr
        public = [
            subprocess.run(["openssl", *command], capture_output=True, check=True).stdout
            for command in (
                ["x509", "-in", str(folder / "cert.pem"), "-noout", "-pubkey"],
                ["pkey", "-in", str(folder / "privkey.pem"), "-pubout"],
            )
        ]
        assert public[0] == public[1]
