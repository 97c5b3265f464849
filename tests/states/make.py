"""Have an older version of this program leave a state behind: see README.md."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.pebble import Pebble, PebbleOptions

VERSIONS = {
    "1-first-slice": "6b9c82e",
    "2-policy": "f1a6a74",
    "3-whole-life": "de693fe",
    "4-challenges": "8c8d69a",
    "5-state-in-git": "8f64cd2",
}
_HERE = Path(__file__).parent
_LEFT_OUT = ("*key*.pem", ".lock", "challenges", "certs", "events.jsonl")  # the log says who made it


def main() -> None:
    """Make the states of all versions anew."""
    for name, commit in VERSIONS.items():
        with tempfile.TemporaryDirectory() as folder, Pebble(PebbleOptions(always_valid=True)) as pebble:
            code, tree = Path(folder) / "code", Path(folder) / "tree"
            code.mkdir()
            archive = subprocess.run(["git", "archive", commit], check=True, capture_output=True).stdout
            subprocess.run(["tar", "-x", "-C", code], input=archive, check=True)
            _write_tree(tree, pebble)
            _leave_a_state(code, tree)
            shutil.rmtree(_HERE / name, ignore_errors=True)
            shutil.copytree(tree, _HERE / name, ignore=shutil.ignore_patterns(*_LEFT_OUT))


def _write_tree(tree: Path, pebble: Pebble) -> None:
    trusted = "".join(f"  {line}\n" for line in pebble.trusted_ca.splitlines())
    files = {
        "reconciler.yaml": "{}\n",
        "accounts/ca.yaml": (
            f"directory_url: {pebble.directory_url}\nterms_of_service_agreed: true\n"
            f"email_contacts: [someone@example.com]\ntrusted_ca: |\n{trusted}"
        ),
        "roles/web.yaml": (
            "acme_account_name: ca\nallowed_domains: [example.com, www.example.com, api.example.com]\n"
            "allowed_domain_options: [bare_domains]\n"
        ),
        "certificates/shop/www.yaml": "role: web\nidentifiers: [www.example.com, example.com]\n",
    }
    for name, content in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(content)


def _leave_a_state(code: Path, tree: Path) -> None:
    """A certificate in force, and an order that waits for people."""

    def run(*arguments: str) -> None:
        environment = {**os.environ, "PYTHONPATH": str(code)}
        subprocess.run(
            [sys.executable, "-m", "reconciler", *arguments], cwd=tree, env=environment, check=True
        )

    run("apply")
    [order] = (tree / "state/orders").glob("*.yaml")
    run("order", "fulfilled", order.stem)
    run("apply")
    (tree / "certificates/api.yaml").write_text("role: web\nidentifiers: [api.example.com]\n")
    run("apply")


if __name__ == "__main__":
    main()
