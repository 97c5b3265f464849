"""What a record that cannot be read is about, as far as something else says so: what is held up for it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from msgspec.structs import replace

from reconciler.errors import ReconcilerError, StateError
from reconciler.files import is_inner_path
from reconciler.model.flaw import RecordKind
from reconciler.store.records import read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.model.flaw import FlawedRecord
    from reconciler.model.identifier import Identifier


def concerned(
    flaw: FlawedRecord,
    certificates_of: Callable[[str], tuple[str, ...]],
    csr_of: Callable[[str], str | None],
) -> FlawedRecord:
    """Return a flaw with the certificates and the account that it is about.

    Of an order that is what its record says as text; otherwise the certificates whose records name the order;
    otherwise at least its identifiers are known, from its CSR.

    Args:
        flaw: as it was found.
        certificates_of: returns the names of the certificates whose records name an order.
        csr_of: returns the CSR of an order (PEM), None where there is none.
    """
    match flaw.kind:
        case RecordKind.ACCOUNT:
            return replace(flaw, account=flaw.name)
        case RecordKind.CERTIFICATE:
            return replace(flaw, certificates=(flaw.name,))
        case RecordKind.LEFTOVERS | RecordKind.ARCHIVED_ORDER:
            return replace(flaw, certificates=_said(flaw, "certificate_name"))
        case RecordKind.ORDER:
            names = _said(flaw, "certificate_name") or certificates_of(flaw.name)
            account, *others = _said(flaw, "account_name") or (None,)
            return replace(
                flaw,
                certificates=names,
                account=None if others else account,
                identifiers=() if names else _identifiers(csr_of(flaw.name)),
            )
        case RecordKind.CLAIM | RecordKind.ENCRYPTION:
            return flaw
        case _:
            assert_never(flaw.kind)


def _said(flaw: FlawedRecord, field: str) -> tuple[str, ...]:
    """Return what a record has in a field that is a name in a line of its own; in several if it was merged.

    A line that has no end may not be all that was written.
    """
    try:
        content = read_bytes(Path(flaw.path))
    except StateError:
        return ()
    line = re.compile(rb"^%b: (['\"]?)([^\s'\"]+)\1\r?\n" % field.encode(), re.MULTILINE)
    found = dict.fromkeys(each[2].decode("utf-8", "replace") for each in line.finditer(content))
    return tuple(each for each in found if is_inner_path(each))


def _identifiers(csr: str | None) -> tuple[Identifier, ...]:
    if csr is None:
        return ()
    from reconciler import pki  # loads what parses certificates

    try:
        return pki.read_csr(csr).identifiers
    except ReconcilerError:
        return ()
