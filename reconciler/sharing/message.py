"""What a commit says: for people in its subject and body, for programs in its trailers.

All of it is read off the records before and after. No text from a file can look like a trailer: everything is
one line of printable ASCII, and the trailers are a paragraph of their own, at the end.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct, field

from reconciler.sharing.layout import ENCRYPTION, Kind, resource_of
from reconciler.sharing.records import field as field_of
from reconciler.sharing.records import is_open, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from reconciler.model.claim import Claim
    from reconciler.sharing.run import Run

_MOST_LINES = 100
# A pipeline for a commit of this program would find nothing to do; forges read this wherever it stands.
_NO_PIPELINE = "[skip ci]"
# Where an order still waits, a run claims it to have a look.
_NOTHING = "nothing has changed"
_TRIED = "nothing issued or changed; `reconciler log` says what was tried"


class Moved(Struct, frozen=True):
    """An order that has moved: the stages of its record before and after; None where there was none."""

    order_id: str
    certificate: str
    before: str | None
    after: str


class Changes(Struct):
    """What a commit changes, as lines for people and orders for programs; and whether the log has more."""

    counted: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)
    orders: list[Moved] = field(default_factory=list)
    is_logged: bool = False


_WORDS = {
    "issued": ("certificate issued", "certificates issued"),
    "forgotten": ("certificate forgotten", "certificates forgotten"),
    "revoked": ("certificate revoked", "certificates revoked"),
    "waits": ("order waits", "orders wait"),
    "failed": ("order failed", "orders failed"),
    "registered": ("account registered", "accounts registered"),
    "account": ("account changed", "accounts changed"),
    "conflict": ("conflict kept", "conflicts kept"),
}


def changes_of(before: Mapping[str, str], after: Mapping[str, str], read: Callable[[str], bytes]) -> Changes:
    """Return what differs between two states.

    Args:
        before: the objects of the state's files.
        after: likewise.
        read: returns the content of an object of either.
    """
    changes = Changes()
    paths = (path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    changed = {resource_of(path) for path in paths}
    for resource in sorted(changed):
        match resource.kind:
            case Kind.CERTIFICATE:
                path = f"state/certificates/{resource.name}.yaml"
                _certificate(changes, resource.name, *(_read(each, path, read) for each in (before, after)))
            case Kind.ORDER:
                _order(
                    changes,
                    resource.name,
                    *(_order_record(each, resource.name, read) for each in (before, after)),
                )
            case Kind.ACCOUNT:
                path = f"state/accounts/{resource.name}.yaml"
                _account(changes, resource.name, *(_read(each, path, read) for each in (before, after)))
            case Kind.FILE if resource.name == ENCRYPTION and ENCRYPTION in before:
                changes.lines.append("private keys: their recipients have changed")
            case Kind.EVENTS:
                changes.is_logged = True
            case Kind.CLEANUP | Kind.FILE | Kind.META:
                pass
    return changes


def result_message(changes: Changes, run: Run, tree: str | None, conflicts: int) -> str:
    """Return the message of the commit that has what a run has come to."""
    counted = changes.counted + Counter({"conflict": conflicts} if conflicts else {})
    parts = [f"{number} {_WORDS[word][number != 1]}" for word in _WORDS if (number := counted[word])]
    what = ", ".join(parts) or (_TRIED if changes.is_logged else _NOTHING)
    return _message(what, changes.lines, run, tree, changes.orders)


def claims_message(claims: Iterable[Claim], run: Run, tree: str | None) -> str:
    """Return the message of the commit that says what a run is about to work on."""
    by_kind = Counter(str(each.kind) for each in claims)
    parts = [
        f"{number} {kind}{'s' * (number != 1)}" for kind, number in sorted(by_kind.items(), reverse=True)
    ]
    lines = [f"{each.kind} {each.name}" for each in claims]
    return _message(f"claims {' and '.join(parts)}", lines, run, tree, ())


def _message(subject: str, lines: list[str], run: Run, tree: str | None, orders: Iterable[Moved]) -> str:
    listed = list(orders)
    trailers = [f"Reconciler-Run: {run.run_id}", f"Reconciler-By: {run.holder}"]
    trailers += [f"Reconciler-Tree: {tree}"] if tree else []
    trailers += [f"Reconciler-CI: {run.run_url}"] if run.run_url else []
    trailers += [
        f"Reconciler-Order: {each.order_id} {each.certificate} {each.before or 'none'} -> {each.after}"
        for each in listed[:_MOST_LINES]
    ]
    trailers += [f"Reconciler-More-Orders: {len(listed) - _MOST_LINES}"] if len(listed) > _MOST_LINES else []
    shown = [f"* {plain(line)}" for line in lines[:_MOST_LINES]]
    shown += [f"* and {len(lines) - _MOST_LINES} more"] if len(lines) > _MOST_LINES else []
    body = ["\n".join(shown)] if shown else []
    paragraphs = [f"reconciler: {subject}", *body, _NO_PIPELINE, "\n".join(map(plain, trailers))]
    return "\n\n".join(paragraphs) + "\n"


def _certificate(changes: Changes, name: str, before: bytes, after: bytes) -> None:
    if not after:
        changes.counted["forgotten"] += 1
        changes.lines.append(f"certificate {name}: forgotten")
    elif field_of(before, "order_id") != field_of(after, "order_id"):
        changes.counted["issued"] += 1
        what = "issued anew" if before else "issued"
        serial, end = field_of(after, "serial_number"), field_of(after, "not_after")
        changes.lines.append(f"certificate {name}: {what}, serial number {serial}, until {end}")
    elif b"\nrevocation:" in after and b"\nrevocation:" not in before:
        changes.counted["revoked"] += 1
        changes.lines.append(f"certificate {name}: revoked")


def _account(changes: Changes, name: str, before: bytes, after: bytes) -> None:
    is_new = bool(field_of(after, "account_url")) and not field_of(before, "account_url")
    changes.counted["registered" if is_new else "account"] += 1
    what = "registered" if is_new else "changed" if after else "archived"
    changes.lines.append(f"account {name}: {what}")


def _order(changes: Changes, order_id: str, before: bytes, after: bytes) -> None:
    if not after:
        return
    was, stage = field_of(before, "stage"), field_of(after, "stage")
    name = field_of(after, "certificate_name")
    if was == stage:
        return
    changes.orders.append(Moved(order_id, name, was or None, stage))
    if is_open(stage):
        changes.counted["waits"] += 1
        changes.lines.append(f"order {order_id} of certificate {name}: {stage}")
    elif stage in ("error", "expired"):
        changes.counted["failed"] += 1
        changes.lines.append(f"order {order_id} of certificate {name}: {stage}")


def _read(files: Mapping[str, str], path: str, read: Callable[[str], bytes]) -> bytes:
    return read(files[path]) if path in files else b""


def _order_record(files: Mapping[str, str], order_id: str, read: Callable[[str], bytes]) -> bytes:
    return _read(files, f"state/orders/{order_id}.yaml", read) or _read(
        files, f"state/archive/orders/{order_id}.yaml", read
    )
