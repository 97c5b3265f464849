"""What people have to do for challenges: blocks that can be copied from, and entries of JSON documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from reconciler.orders.caa import ISSUE_WILD
from reconciler.orders.instructions import (
    DnsInstruction,
    Explanation,
    HttpInstruction,
    TlsAlpnInstruction,
    explain,
)
from reconciler.orders.records import quoted
from reconciler.render.documents import Document, value
from reconciler.render.text import Paint, clean, fields, table, time_text
from reconciler.render.wording.methods import method_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from reconciler.model.instruction import Instruction


def instruction_table(
    instructions: Sequence[Instruction], folder_of: Callable[[Instruction], str | None], paint: Paint
) -> list[str]:
    """Return one table of what to do for all challenges.

    Below the row of each challenge stand its values, each alone and whole in a line, to be copied.

    Args:
        instructions: of any number of orders.
        folder_of: where the files for a challenge are, as the reader would name it; None if there are none.
        paint: the colours.
    """
    rows = [
        (
            str(each.challenge_type),
            clean(each.identifier.text),
            clean(each.certificate_name),
            time_text(each.expires) if each.expires else "-",
            clean(each.order_id),
        )
        for each in instructions
    ]
    heading, *lines = table(("CHALLENGE", "IDENTIFIER", "CERTIFICATE", "UNTIL", "ORDER"), rows, paint)
    blocks = [f"  {heading}"]
    for line, instruction in zip(lines, instructions, strict=True):
        blocks += [f"  {paint.strong(line)}", *fields(_rows(instruction, folder_of(instruction)), 6, paint)]
    return blocks


def published_lines(instructions: Iterable[Instruction]) -> list[str]:
    """Return what is published for challenges, each in a line."""
    return [_published(explain(each)) for each in in_order(instructions)]


def _published(explanation: Explanation) -> str:
    match explanation:
        case HttpInstruction(url=url):
            return clean(url)
        case DnsInstruction(name, text):
            return clean(f"{name}. TXT {quoted([text])}")
        case TlsAlpnInstruction(server_name):
            return clean(f"the certificate for {server_name} by ALPN acme-tls/1")
        case other:
            assert_never(other)


def in_order(instructions: Iterable[Instruction]) -> list[Instruction]:
    """Return instructions by certificate and identifier, in whatever order the CA named them."""
    return sorted(
        instructions, key=lambda each: (each.certificate_name, each.identifier, each.challenge_type)
    )


def then(order: str) -> str:
    """Return what comes after the instructions have been followed; `order` is an id, or `--all`."""
    return f"Then: reconciler order fulfilled {order} --continue"


def instruction_document(instruction: Instruction, status: str | None = None) -> Document:
    """Return one challenge for programs, in the names of the seed system and of `instructions.json`."""
    return {
        "order_id": instruction.order_id,
        "certificate_name": instruction.certificate_name,
        "identifier": instruction.identifier.value,
        "challenge_type": str(instruction.challenge_type),
        "challenge_status": status,
        "challenge_token": instruction.token,
        "challenge_auth": instruction.key_authorization,
        "by_hand": instruction.by_hand,
        "method": value(instruction.method),
        "fulfilled": instruction.fulfilled,
        "expires": value(instruction.expires),
        **_explanation(instruction),
    }


def _rows(instruction: Instruction, folder: str | None) -> list[tuple[str, str | None]]:
    by_whom = None if instruction.by_hand else method_text(instruction.method)
    return [("by", by_whom), *_what(instruction, folder)]


def _what(instruction: Instruction, folder: str | None) -> list[tuple[str, str | None]]:
    def file(path: str) -> str | None:
        return clean(f"{folder}/{path}") if folder else None

    match explain(instruction):
        case HttpInstruction(url, path, content):
            return [("serve at", clean(url)), ("content", clean(content)), ("file", file(f"http-01/{path}"))]
        case DnsInstruction(name, text, record):
            if record is None:
                return [("publish", f"{clean(name)}."), ("type", "TXT"), ("value", clean(text))]
            caa = f'{clean(record.caa_name)}. CAA 0 {record.caa_tag} "{clean(record.caa_value)}"'
            kind = "wildcard certificates" if record.caa_tag == ISSUE_WILD else "certificates"
            return [
                ("publish", f"{clean(name)}."),
                ("type", "TXT, and leave it there: it serves all later orders"),
                ("value", clean(text)),
                ("optional", f"{caa} (then only this account gets {kind} for the name)"),
            ]
        case TlsAlpnInstruction(server_name):
            own = f"tls-alpn-01/{instruction.identifier.value.replace(':', '-')}"
            return [
                ("answer for", f"{clean(server_name)} on port 443, by ALPN acme-tls/1"),
                (
                    "certificate",
                    file(f"{own}/cert.pem") or "made once the certificate's file asks for this type",
                ),
                ("key", file(f"{own}/privkey.pem")),
            ]
        case other:
            assert_never(other)


def _explanation(instruction: Instruction) -> Document:
    match explain(instruction):
        case HttpInstruction(url, path, content):
            return {"http": {"url": url, "path": path, "content": content}}
        case DnsInstruction(name, text, record):
            return {"dns": {"name": name, "type": "TXT", "value": text, "standing": record is not None}}
        case TlsAlpnInstruction(server_name):
            return {"tls_alpn": {"server_name": server_name}}
        case other:
            assert_never(other)
