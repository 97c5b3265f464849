"""Trees to plan and to apply."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

ACCOUNT, ROLE = "ca", "web"

_CERTIFICATE = """\
# {name}: asked for by the team that runs it.
role: {role}
challenge_type: {challenge_type}
renew:
  before: 33%
identifiers:
{identifiers}
"""


def write_account(tree: Path, directory_url: str, trusted_ca: str = "", settings: str = "{}\n") -> None:
    """Begin a tree: its settings and its one account."""
    trusted = f"trusted_ca: |\n{textwrap.indent(trusted_ca, '  ')}" if trusted_ca else ""
    _write(tree / "reconciler.yaml", settings)
    _write(
        tree / "accounts" / f"{ACCOUNT}.yaml",
        f"directory_url: {directory_url}\nterms_of_service_agreed: true\n{trusted}",
    )


def write_role(tree: Path, names: Iterable[str], challenge_type: str = "http-01") -> None:
    """Write the one role; it allows exactly these names."""
    allowed = "".join(f"  - {name}\n" for name in names)
    _write(
        tree / "roles" / f"{ROLE}.yaml",
        f"acme_account_name: {ACCOUNT}\nallowed_challenge_types: [{challenge_type}]\n"
        f"allowed_domains:\n{allowed}",
    )


def write_certificate(
    tree: Path, name: str, identifiers: Sequence[str], challenge_type: str = "http-01"
) -> None:
    """Write a requested certificate."""
    _write(tree / "certificates" / f"{name}.yaml", certificate_text(name, identifiers, challenge_type))


def certificate_text(name: str, identifiers: Sequence[str], challenge_type: str = "http-01") -> str:
    """Return the file of a requested certificate; with six identifiers it has twelve lines."""
    items = "\n".join(f"  - {identifier}" for identifier in identifiers)
    return _CERTIFICATE.format(name=name, role=ROLE, challenge_type=challenge_type, identifiers=items)


def write_provider(tree: Path, fields: Mapping[str, str]) -> None:
    """Write the one DNS provider, which may publish for all names."""
    lines = "".join(f"{name}: {value}\n" for name, value in fields.items())
    _write(tree / "dns-providers" / "corp.yaml", f"type: rfc2136\nidentifiers: ['*']\n{lines}")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
