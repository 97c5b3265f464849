"""Merging two states by resource: pure, on mappings of paths to the hashes of their objects.

What only one side has changed is taken from there. What both have changed is taken whole from one side: the
one that is further on, and theirs where that says nothing, for theirs is public. What is not taken is kept
below `archive/conflicts/RUN/`. What one side has changed and the other removed stays: no record is lost.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import chain, count
from typing import TYPE_CHECKING

from msgspec import Struct, field

from reconciler.sharing.layout import CONFLICTS, Kind, Resource, resource_of
from reconciler.sharing.records import field as field_of
from reconciler.sharing.records import rank_of_stage, without_renewal_info

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Files = Mapping[str, str]
    Read = Callable[[str], bytes]
    MergeLogs = Callable[[bytes, bytes], bytes]


class Conflict(Struct, frozen=True):
    """Something that both have changed: whose stays in its place, and where the other is kept."""

    resource: Resource
    ours_stays: bool
    kept: tuple[str, ...]


class Merged(Struct, frozen=True):
    """What comes of two states.

    Attributes:
        files: path to object; of what is in `made`, a name that stands for its content.
        made: content that neither side has.
    """

    files: dict[str, str]
    conflicts: tuple[Conflict, ...] = ()
    made: Mapping[str, bytes] = field(default_factory=dict)


def merge(
    bases: Sequence[Files], ours: Files, theirs: Files, run_id: str, read: Read, merge_logs: MergeLogs
) -> Merged:
    """Return what both have come to.

    Args:
        bases: states that ours may come from; the last is the newest. What is in ours as in any of them, we
            have not changed.
        ours: what is here.
        theirs: what is public; it comes after all the bases.
        run_id: names the folder for what is not taken.
        read: returns the content of an object.
        merge_logs: makes one log of ours and theirs.
    """
    if ours == theirs or any(ours == each for each in bases):
        return Merged(dict(theirs))
    if bases and theirs == bases[-1]:
        return Merged(dict(ours))
    grouped = [_by_resource(each) for each in (*bases, ours, theirs)]
    files: dict[str, str] = {}
    made: dict[str, bytes] = {}
    lost: list[tuple[Resource, bool, Files]] = []
    for resource in sorted(set(chain.from_iterable(grouped))):
        *before, mine, other = (each.get(resource, {}) for each in grouped)
        undisputed = _undisputed(resource.kind, before, mine, other, read)
        if undisputed is not None:
            files |= undisputed
        elif resource.kind is Kind.EVENTS:
            [(path, mine_log)], [(_, other_log)] = mine.items(), other.items()
            made[path] = merge_logs(read(mine_log), read(other_log))
            files[path] = path
        else:
            ours_stays = _is_further(resource.kind, mine, other, read)
            taken, left = (mine, other) if ours_stays else (other, mine)
            files |= taken
            if not _is_of_no_importance(resource.kind, mine, other, read):
                rest = {path: each for path, each in left.items() if taken.get(path) != each}
                lost.append((resource, ours_stays, rest))
    conflicts = []
    for resource, ours_stays, losing in lost:
        kept = {_free(files, f"{CONFLICTS}{run_id}/{path}"): each for path, each in losing.items()}
        files |= kept
        conflicts.append(Conflict(resource, ours_stays, tuple(kept)))
    return Merged(files, tuple(conflicts), made)


def _by_resource(files: Files) -> dict[Resource, dict[str, str]]:
    grouped: defaultdict[Resource, dict[str, str]] = defaultdict(dict)
    for path, each in files.items():
        grouped[resource_of(path)][path] = each
    return dict(grouped)


def _undisputed(kind: Kind, before: Sequence[Files], ours: Files, theirs: Files, read: Read) -> Files | None:
    """Return what one side has made of a resource; None where both have changed it."""
    if ours == theirs or ours in before:
        return theirs
    if before and theirs == before[-1]:
        return ours
    if not (ours and theirs):
        # Changed here and removed there, or the other way round.
        return {**ours, **theirs}
    return _only_heard(before, ours, theirs, read) if kind is Kind.CERTIFICATE else None


def _is_further(kind: Kind, ours: Files, theirs: Files, read: Read) -> bool:
    """Say whether ours is further on than theirs; where nothing says so it is not."""
    match kind:
        case Kind.ORDER:
            return _of_order(ours, read) > _of_order(theirs, read)
        case Kind.CERTIFICATE:
            return _of_certificate(ours, read) > _of_certificate(theirs, read)
        case Kind.ACCOUNT:
            return _of_account(ours, read) > _of_account(theirs, read)
        case Kind.META | Kind.CLEANUP | Kind.FILE | Kind.EVENTS:
            return False


def _record(files: Files, read: Read) -> bytes:
    path = next((path for path in sorted(files) if path.endswith(".yaml")), None)
    return read(files[path]) if path else b""


def _of_order(files: Files, read: Read) -> tuple[int, bool]:
    """An order that has its certificate is further than one that failed, and that than one under way."""
    is_archived = any(path.startswith("state/archive/") for path in files)
    return rank_of_stage(field_of(_record(files, read), "stage")), is_archived


def _of_certificate(files: Files, read: Read) -> tuple[str, bool]:
    """Ids of orders sort by age. What is known to be revoked stays so."""
    record = _record(files, read)
    return field_of(record, "order_id"), b"\nrevocation:" in record


def _of_account(files: Files, read: Read) -> tuple[bool, int]:
    """Keys are only ever added: who has more has given the account another one."""
    record = _record(files, read)
    return bool(field_of(record, "account_url")), record.count(b"key_version: ")


def _is_of_no_importance(kind: Kind, ours: Files, theirs: Files, read: Read) -> bool:
    """Say whether nothing is lost with what is not taken: two runs have heard of the same from the CA."""
    if kind is Kind.META:
        return True
    if kind is not Kind.CERTIFICATE:
        return False
    return without_renewal_info(_record(ours, read)) == without_renewal_info(_record(theirs, read))


def _only_heard(bases: Sequence[Files], ours: Files, theirs: Files, read: Read) -> Files | None:
    """Return the side that has changed a certificate where the other has only heard of its renewal."""
    before = [without_renewal_info(_record(each, read)) for each in bases if each]
    for one, other in ((ours, theirs), (theirs, ours)):
        if one and other and without_renewal_info(_record(one, read)) in before:
            return other
    return None


def _free(files: Files, path: str) -> str:
    return next(each for each in chain([path], (f"{path}.{n}" for n in count(2))) if each not in files)
