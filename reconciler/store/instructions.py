"""The instructions of orders that wait for people: files to use as they are, and one that programs read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from reconciler import files
from reconciler.errors import StateError
from reconciler.file_errors import why
from reconciler.links import refuse_links
from reconciler.orders.instructions import (
    DnsInstruction,
    HttpInstruction,
    TlsAlpnInstruction,
    explain,
)
from reconciler.orders.records import challenge_records
from reconciler.store.fields import format_time

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from reconciler.model.identifier import Identifier
    from reconciler.model.instruction import Instruction

    MakeTlsAlpnCertificate = Callable[[Identifier, str], tuple[bytes, bytes]]

_INDEX = "instructions.json"
_ZONE = "dns-01/records.zone"


def write_instructions(
    folder: Path,
    instructions: Sequence[Instruction],
    make_certificate: MakeTlsAlpnCertificate,
    top: Path | None = None,
) -> None:
    """Write the instructions of one order below `folder`.

        instructions.json                             all of them, for programs
        http-01/.well-known/acme-challenge/TOKEN      the files to serve
        dns-01/records.zone                           the records, as lines of a zone file
        tls-alpn-01/NAME/{cert,privkey}.pem           the certificates to present

    Args:
        folder: need not exist.
        instructions: of one order.
        make_certificate: returns certificate and key (PEM) for an identifier and a key authorization.
        top: the folder below which nothing is written through links; None: `folder`.

    Raises:
        StateError: something could not be written.
    """
    try:
        refuse_links(folder, top or folder)
        entries = [_write(folder, instruction, make_certificate) for instruction in instructions]
        if records := challenge_records(instructions):
            _put(folder, _ZONE, "".join(f"{each.zone_line}\n" for each in records).encode())
        document = {
            "format_version": "1.0",
            "kind": "instructions",
            "order_id": instructions[0].order_id,
            "certificate": instructions[0].certificate_name,
            "challenges": entries,
        }
        import json  # slow to import, and most runs write no instructions

        _remove_others(folder, entries)
        _put(folder, _INDEX, json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n")
    except OSError as error:
        raise StateError(f"{error.filename or folder}: cannot be written: {why(error)}") from error


def remove_instructions(folder: Path) -> None:
    """Remove the instructions of an order that no longer waits; that there are none is no error.

    Raises:
        StateError: something is left.
    """
    import shutil  # loads what compresses; few runs remove something

    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StateError(f"{error.filename or folder}: cannot be removed: {why(error)}") from error


def _write(
    folder: Path, instruction: Instruction, make_certificate: MakeTlsAlpnCertificate
) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "identifier": instruction.identifier.value,
        "challenge_type": str(instruction.challenge_type),
        "challenge_token": instruction.token,
        "challenge_auth": instruction.key_authorization,
        "by_hand": instruction.by_hand,
        "fulfilled": instruction.fulfilled,
        "expires": format_time(instruction.expires) if instruction.expires else None,
    }
    match explain(instruction):
        case HttpInstruction(url, path, content):
            file = f"http-01/{path}"
            _put(folder, file, content.encode())
            entry["http"] = {"url": url, "content": content, "file": file}
        case DnsInstruction(name, value) as dns:
            standing = dns.standing is not None
            entry["dns"] = {"name": name, "type": "TXT", "value": value, "standing": standing, "file": _ZONE}
        case TlsAlpnInstruction(server_name):
            own = f"tls-alpn-01/{instruction.identifier.value.replace(':', '-')}"
            refuse_links(folder / own, folder)
            if not (folder / own / "cert.pem").exists():
                certificate, key = make_certificate(instruction.identifier, instruction.key_authorization)
                files.make_private_folder(folder / own)
                files.write_file(folder / own / "privkey.pem", key, files.PRIVATE_FILE)
                files.write_file(folder / own / "cert.pem", certificate)
            entry["tls_alpn"] = {
                "server_name": server_name,
                "certificate": f"{own}/cert.pem",
                "private_key": f"{own}/privkey.pem",
            }
        case other:
            assert_never(other)
    return entry


def _remove_others(folder: Path, entries: list[dict[str, Any]]) -> None:
    """Remove what earlier instructions of the order said, and these no longer do."""
    kept = {_INDEX}
    for entry in entries:
        kept |= {str(entry[each]["file"]) for each in ("http", "dns") if each in entry}
        kept |= (
            {entry["tls_alpn"]["certificate"], entry["tls_alpn"]["private_key"]}
            if "tls_alpn" in entry
            else set()
        )
    for path in folder.rglob("*"):
        if path.is_file() and path.relative_to(folder).as_posix() not in kept:
            path.unlink()


def _put(folder: Path, name: str, content: bytes) -> None:
    path = folder / name
    refuse_links(path, folder)
    if not path.is_file() or path.read_bytes() != content:
        files.make_folder(path.parent)
        files.write_file(path, content)
