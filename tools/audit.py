"""Asks pip-audit whether what the locked requirements name has known vulnerabilities.

Where no advisory service can be reached, that is said and is no failure: a mirror of a package index has no
advisories, and a build must not depend on a service elsewhere. With `--required` it is one, as for a release.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

# How pip-audit says that a service is not there; anything else that ends it is a mistake of ours.
_UNREACHABLE = ("requests.exceptions.", "ConnectionError", "ServiceError", "Could not connect")


class AuditError(Exception):
    """pip-audit has failed, and not for want of a service."""


@dataclass
class Audit:
    """What came out, over all files.

    Attributes:
        asked: packages in their versions that a service has answered about.
        unasked: those it could not be asked about.
        vulnerable: a line for each vulnerability.
        reasons: why something could not be asked.
    """

    asked: set[str] = field(default_factory=set)
    unasked: set[str] = field(default_factory=set)
    vulnerable: set[str] = field(default_factory=set)
    reasons: set[str] = field(default_factory=set)

    def add(self, dependencies: Sequence[dict[str, Any]]) -> None:
        """Take what pip-audit says of packages."""
        for each in dependencies:
            if "skip_reason" in each:
                self.unasked.add(each["name"])
                self.reasons.add("the service does not know them, as a mirror's does not")
                continue
            package = f"{each['name']} {each['version']}"
            self.asked.add(package)
            for found in each["vulns"]:
                mended = ", ".join(found["fix_versions"]) or "no version yet"
                self.vulnerable.add(f"{package}: {found['id']}, mended in {mended}")


def audit(files: Sequence[Path], arguments: Sequence[str]) -> Audit:
    """Ask about all packages of locked requirements.

    Args:
        files: the requirements, with hashes.
        arguments: for pip-audit: which service, what is to be ignored.

    Raises:
        AuditError: it cannot do what it is to do; with what it said.
    """
    result = Audit()
    for file in files:
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder) / "audit.json"
            command = [sys.executable, "-m", "pip_audit", "--requirement", str(file), "--require-hashes"]
            command += ["--disable-pip", "--progress-spinner", "off", "--cache-dir", folder]
            command += ["--format", "json", "--output", str(output), *arguments]
            ran = subprocess.run(command, capture_output=True, text=True, check=False)
            if output.exists() and output.stat().st_size:
                result.add(json.loads(output.read_text(encoding="utf-8"))["dependencies"])
            elif any(each in ran.stderr for each in _UNREACHABLE):
                result.unasked.add(f"all of {file.name}")
                result.reasons.add(ran.stderr.strip().splitlines()[-1])
            else:
                raise AuditError(ran.stderr)
    return result


def main(words: Sequence[str] | None = None) -> int:
    """Print what is known; return 1 if something is, or if it had to be found out and could not."""
    parser = argparse.ArgumentParser(description=__doc__, epilog="All other options are for pip-audit.")
    parser.add_argument("--required", action="store_true", help="fail where a service cannot be asked")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="locked requirements")
    options, arguments = parser.parse_known_args(words)
    try:
        result = audit(options.files, arguments)
    except AuditError as error:
        print(f"audit: pip-audit has failed:\n{error}")
        return 1
    for line in sorted(result.vulnerable):
        print(f"vulnerable: {line}")
    print(f"audit: {len(result.asked)} packages looked at, {len(result.vulnerable)} known vulnerabilities")
    if result.unasked:
        print(f"audit: NOT looked at: {len(result.unasked)} ({', '.join(sorted(result.unasked)[:5])} ...)")
        print(f"audit: no advisory service could be asked about them: {'; '.join(sorted(result.reasons))}")
    return int(bool(result.vulnerable) or (options.required and bool(result.unasked)))


if __name__ == "__main__":
    sys.exit(main())
