"""Claims as records: `claims/{certificates,accounts,keys}/NAME.yaml`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.errors import StateError
from reconciler.model.claim import Claim, ClaimKind
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


def read_claims(root: Path) -> tuple[Claim, ...]:
    """Return all claims in a state directory, those that are past their end among them.

    Raises:
        StateError: one cannot be read.
    """
    found: list[Claim] = []
    for kind, name in _FOLDERS.items():
        folder = root / FOLDER / name
        for each in record_names(folder, root):
            try:
                claim = read_record(
                    record_path(folder, each),
                    lambda fields, kind=kind: _decode(kind, fields),  # type: ignore[misc]
                )
            except FileNotFoundError:  # a run has ended meanwhile
                continue
            if claim.name != each:
                raise StateError(f"{record_path(folder, each)}: this is the claim of {claim.name!r}")
            found.append(claim)
    return tuple(found)


def _decode(kind: ClaimKind, fields: Fields) -> Claim:
    return Claim(
        kind=kind,
        name=fields.text("name"),
        run_id=fields.order_id("run_id"),
        clone=fields.text("clone"),
        command=fields.text("command"),
        holder=fields.text("holder"),
        since=fields.time("since"),
        until=fields.time("until"),
        account_name=fields.optional_text("account_name"),
        run_url=fields.optional_text("run_url"),
    )
