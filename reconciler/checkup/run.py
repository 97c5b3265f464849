"""All checks, one after the other; all that they find at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler import files
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
from reconciler.checkup.orders import check_orders_together, check_places
from reconciler.checkup.places import check_files, check_meta
from reconciler.checkup.seen import Seen
from reconciler.deliver.rules import DEFAULT_RULES, Rules
from reconciler.errors import NewerFormatError, RecordError
from reconciler.model.state_finding import Level, StateFinding
from reconciler.store import Store

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from reconciler.checkup.order_files import Kept
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


def check_state(
    root: Path,
    output: Path,
    cipher: Cipher,
    now: datetime,
    rules: Rules = DEFAULT_RULES,
    top: Path | None = None,
) -> tuple[StateFinding, ...]:
    """Return what does not fit together, by file and line; nothing where all is well.

    Args:
        root: the state directory, which need not exist.
        output: the folder of certificates, likewise.
        cipher: decrypts keys, as far as it can.
        now: the time.
        rules: how certificates are delivered.
        top: the folder below which no link is followed to the state; None: `root`.

    Raises:
        StateError: a folder cannot be read, or is reached through a link.
    """
    try:
        store = Store(root, cipher, top)
    except RecordError as error:
        return (_unreadable_meta(error),)
    except NewerFormatError as error:
        return (_newer_format(root, error),)
    seen = Seen(store, output, cipher, now, rules)
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


def _unreadable_meta(error: RecordError) -> StateFinding:
    advice = "put it back from a backup, or from Git; nothing else was looked at"
    return StateFinding(Code.UNREADABLE_RECORD, Level.ERROR, error.path, error.line, error.what, advice)


def _newer_format(root: Path, error: NewerFormatError) -> StateFinding:
    path = root / "meta.yaml"
    lines = files.read_file(path).splitlines()
    line = next((at for at, each in enumerate(lines, 1) if each.startswith(b"format_version:")), 0)
    message = str(error).removeprefix(f"{path}: ")
    advice = "use the version that has written it, or a newer one; nothing else was looked at"
    return StateFinding(Code.NEWER_FORMAT, Level.ERROR, str(path), line, message, advice)
