"""`make demo`: the quickstart, planned and applied on a real ACME CA that runs here while it takes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

from tools.find_pebble import PebbleUnavailableError
from tools.pebble import Pebble
from tools.webroot import Webroot

_QUICKSTART = Path(__file__).parent.parent / "examples" / "quickstart"
_SECONDS = 120
_ROOT = "pebble-root.pem"


class DemoError(Exception):
    """A step did not do what it should; the message says which."""


def main() -> int:
    """Run the demonstration; return an exit code: 0 only if every step did what it should."""
    try:
        with tempfile.TemporaryDirectory(prefix="reconciler-demo-") as folder, Pebble() as pebble:
            tree = Path(folder, "quickstart")
            _copy_quickstart(tree, pebble)
            with Webroot(tree / "webroot", pebble.http_port):
                _demonstrate(tree, pebble)
    except (DemoError, PebbleUnavailableError, RuntimeError) as error:
        _say(f"\nThe demo failed: {error}")
        return 1
    except KeyboardInterrupt:
        return 130
    _say("\nDone: the CA, the web server and the copy of the tree are gone again.")
    return 0


def _copy_quickstart(tree: Path, pebble: Pebble) -> None:
    shutil.copytree(
        _QUICKSTART, tree, ignore=shutil.ignore_patterns("state", "certs", "webroot", "README.md")
    )
    account = tree / "accounts" / "pebble.yaml"
    with_address = account.read_text().replace("https://localhost:14000/dir", pebble.directory_url)
    if pebble.directory_url not in with_address:
        raise DemoError(f"{account.name} has not the address that is to be replaced")
    # Pebble can lock itself up when newOrders of one account cross.
    added = f"max_concurrent_new_orders: 1\ntrusted_ca: |\n{textwrap.indent(pebble.trusted_ca, '  ')}"
    account.write_text(with_address + added)
    (tree / _ROOT).write_text(pebble.root_pem())


def _demonstrate(tree: Path, pebble: Pebble) -> None:
    reconciler = str(Path(sys.executable).with_name("reconciler"))
    _say(f"An ACME CA (Pebble) runs at {pebble.directory_url}; the tree is a copy of examples/quickstart.")
    _run(tree, ["reconciler", "plan"], reconciler)
    _run(tree, ["reconciler", "apply"], reconciler)
    _show_files(tree)
    _verify_chains(tree)
    _say("\nOnce more; --detailed-exitcode makes 2 of the exit code if there is anything left to do:")
    _run(tree, ["reconciler", "plan", "--detailed-exitcode"], reconciler)


def _show_files(tree: Path) -> None:
    _say("\n$ ls -l certs/**")
    for path in sorted((tree / "certs").rglob("*.pem")):
        status = path.stat()
        _say(f"{status.st_mode & 0o777:o} {status.st_size:6} {path.relative_to(tree)}")


def _verify_chains(tree: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        raise DemoError(
            "`openssl` is missing, and with it the check of the chains; install the package openssl"
        )
    leaves = sorted((tree / "certs").rglob("cert.pem"))
    wanted = sorted((tree / "certificates").rglob("*.yaml"))
    if len(leaves) != len(wanted):
        raise DemoError(f"{len(wanted)} certificates were asked for, {len(leaves)} are there")
    for leaf in leaves:
        folder = leaf.parent.relative_to(tree)
        command = [
            "openssl",
            "verify",
            "-CAfile",
            _ROOT,
            "-untrusted",
            f"{folder}/chain.pem",
            f"{folder}/cert.pem",
        ]
        _run(tree, command, openssl)


def _run(tree: Path, command: list[str], program: str) -> None:
    """Show a command, and run it where it can be seen.

    Raises:
        DemoError: it failed.
    """
    _say(f"\n$ {' '.join(command)}")
    try:
        run = subprocess.run(
            [program, *command[1:]],
            cwd=tree,
            env={**os.environ, "NO_PROXY": "localhost", "no_proxy": "localhost"},
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise DemoError(f"no program {program}; `make install` puts it there") from None
    except subprocess.TimeoutExpired:
        raise DemoError(f"`{' '.join(command)}` took more than {_SECONDS} s") from None
    if run.returncode != 0:
        raise DemoError(f"`{' '.join(command)}` ended with exit code {run.returncode}")


def _say(text: str) -> None:
    # At once: what the programs that are run write goes to the same place by another way.
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
