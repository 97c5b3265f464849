"""All checks, one after the other; all that they find at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.checkup.accounts import check_accounts, check_keys_of_certificates
from reconciler.checkup.certificates import check_orders_and_certificates
from reconciler.checkup.codes import Code
from reconciler.checkup.delivered import check_output
from reconciler.checkup.key_files import check_forms, check_looked_at, check_rights
from reconciler.checkup.leftovers import (
    check_claims,
    check_clean_up,
    check_instructions,
    check_log,
    check_times,
)
from reconciler.checkup.orders import Kept, check_orders_together, check_places
from reconciler.checkup.places import check_files, check_meta
from reconciler.checkup.seen import Seen
from reconciler.errors import StateError
from reconciler.model.state_finding import Level, StateFinding
from reconciler.store.meta import check_format

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from reconciler.store.cipher import Cipher

_CHECKS = (
    check_meta,
    check_files,
    check_rights,
    check_forms,
    check_accounts,
    check_orders_together,
    check_places,
    check_output,
    check_instructions,
    check_clean_up,
    check_claims,
    check_log,
    check_times,
)


def check_state(root: Path, output: Path, cipher: Cipher, now: datetime) -> tuple[StateFinding, ...]:
    """Return what does not fit together, by file and line; nothing where all is well.

    Args:
        root: the state directory, which need not exist.
        output: the folder of certificates, likewise.
        cipher: decrypts keys, as far as it can.
        now: the time.

    Raises:
        StateError: a folder cannot be read.
    """
    newer = _newer_format(root)
    if newer is not None:
        return (newer,)
    seen = Seen(root, output, cipher, now)
    findings: list[StateFinding] = []
    kept: list[Kept] = []
    for each in check_orders_and_certificates(seen):
        if isinstance(each, StateFinding):
            findings.append(each)
        else:
            kept.append(each)
    findings += check_keys_of_certificates(seen, kept)
    for check in _CHECKS:
        findings += check(seen)
    findings += [*check_looked_at(seen), *seen.flawed]
    return tuple(sorted(dict.fromkeys(findings), key=lambda each: (each.path, each.line, each.code)))


def _newer_format(root: Path) -> StateFinding | None:
    try:
        check_format(root / "meta.yaml")
    except StateError as error:
        if "newer" not in str(error):
            return None  # it cannot be read, which is told with the other records
        path = str(root / "meta.yaml")
        message = str(error).removeprefix(f"{path}: ")
        advice = "use the version that has written it, or a newer one; nothing else was looked at"
        return StateFinding(Code.NEWER_FORMAT, Level.ERROR, path, _line_of_format(root), message, advice)
    return None


def _line_of_format(root: Path) -> int:
    lines = (root / "meta.yaml").read_text("utf-8", "replace").splitlines()
    return next((number for number, line in enumerate(lines, 1) if line.startswith("format_version:")), 0)
