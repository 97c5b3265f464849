"""Claims as records: `claims/{certificates,accounts,keys}/NAME.yaml`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from reconciler.errors import MisplacedRecordError, RecordError, StateError
from reconciler.model.claim import Claim, ClaimKind
from reconciler.model.flaw import FlawedRecord, RecordKind
from reconciler.store.fields import Fields, format_time
from reconciler.store.parts import present
from reconciler.store.records import parse_record, read_record, record_bytes, record_names, record_path

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "claims"
_FOLDERS = {ClaimKind.ACCOUNT: "accounts", ClaimKind.CERTIFICATE: "certificates", ClaimKind.KEYS: "keys"}


def claim_path(kind: ClaimKind, name: str) -> str:
    """Return where a claim lies in the state directory."""
    return f"{FOLDER}/{_FOLDERS[kind]}/{name}.yaml"


def encode_claim(claim: Claim) -> bytes:
    """Return the file of a claim."""
    record: dict[str, Any] = {
        "name": claim.name,
        "run_id": claim.run_id,
        "clone": claim.clone,
        "command": claim.command,
        "holder": claim.holder,
        "since": format_time(claim.since),
        "until": format_time(claim.until),
        **present(account_name=claim.account_name, run_url=claim.run_url),
    }
    return record_bytes(record)


def decode_claim(path: str, content: bytes) -> Claim:
    """Return the claim of a file; `path` is its place in the state directory.

    Raises:
        StateError: it is none.
    """
    for kind in _FOLDERS:
        claim = parse_record(content, path, lambda fields, kind=kind: _decode(kind, fields))  # type: ignore[misc]
        if claim_path(kind, claim.name) == path:
            return claim
    raise StateError(f"{path}: this is the claim of another")


def read_claims(root: Path, flawed: list[FlawedRecord] | None = None) -> tuple[Claim, ...]:
    """Return all claims in a state directory, those that are past their end among them.

    Args:
        root: of the state.
        flawed: takes what there is to say of those that cannot be read; None where none may be. What is
            claimed is told by the path, until when is not.

    Raises:
        RecordError: one cannot be read, and none may be.
        StateError: their folder cannot be read.
    """
    found: list[Claim] = []
    for kind, folder in _FOLDERS.items():
        for name in record_names(root / FOLDER / folder, root):
            try:
                claim = _read(record_path(root / FOLDER / folder, name), kind, name)
            except FileNotFoundError:  # a run has ended meanwhile
                continue
            except RecordError as error:
                if flawed is None:
                    raise
                flawed.append(_flaw(kind, name, error))
            else:
                found.append(claim)
    return tuple(found)


def _read(path: Path, kind: ClaimKind, name: str) -> Claim:
    claim = read_record(path, lambda fields: _decode(kind, fields))
    if claim.name != name:
        raise MisplacedRecordError(str(path), 0, f"this is the claim of {claim.name!r}")
    return claim


def _flaw(kind: ClaimKind, name: str, error: RecordError) -> FlawedRecord:
    certificates = (name,) if kind is ClaimKind.CERTIFICATE else ()
    account = name if kind is ClaimKind.ACCOUNT else None
    return replace(FlawedRecord.of(RecordKind.CLAIM, name, error), certificates=certificates, account=account)


def _decode(kind: ClaimKind, fields: Fields) -> Claim:
    return Claim(
        kind=kind,
        name=fields.name("name"),
        run_id=fields.order_id("run_id"),
        clone=fields.text("clone"),
        command=fields.text("command"),
        holder=fields.text("holder"),
        since=fields.time("since"),
        until=fields.time("until"),
        account_name=fields.name("account_name") if fields.has("account_name") else None,
        run_url=fields.optional_text("run_url"),
    )
