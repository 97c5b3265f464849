"""What people have to do for challenges: blocks that can be copied from, and entries of JSON documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from reconciler.orders.instructions import DnsInstruction, HttpInstruction, TlsAlpnInstruction, explain
from reconciler.render.documents import Document, value
from reconciler.render.text import Paint, clean, fields, time_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.instruction import Instruction


def instruction_lines(instructions: Iterable[Instruction], folder: str, paint: Paint) -> list[str]:
    """Return what to do for each challenge; the values stand alone and whole in their lines.

    Args:
        instructions: of any number of orders.
        folder: of all instructions, as the reader would name it: `state/challenges`.
        paint: the colours.
    """
    lines: list[str] = []
    for instruction in instructions:
        lines += ["", *_block(instruction, f"{folder}/{instruction.order_id}", paint)]
    return lines[1:]


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
        "fulfilled": instruction.fulfilled,
        "expires": value(instruction.expires),
        **_explanation(instruction),
    }


def _block(instruction: Instruction, folder: str, paint: Paint) -> list[str]:
    heading = f"{instruction.challenge_type} for {clean(instruction.identifier.text)}"
    whose = f"certificate {clean(instruction.certificate_name)}, order {clean(instruction.order_id)}"
    until = f", until {time_text(instruction.expires)}" if instruction.expires else ""
    return [
        f"  {paint.strong(heading)}",
        f"  {whose}{until}",
        *fields(_what(instruction, clean(folder)), 4, paint),
    ]


def _what(instruction: Instruction, folder: str) -> list[tuple[str, str]]:
    match explain(instruction):
        case HttpInstruction(url, path, content):
            file = f"{folder}/http-01/{clean(path)}"
            return [("serve at", clean(url)), ("the text", clean(content)), ("file", file)]
        case DnsInstruction(name, text):
            return [("publish", f"{clean(name)}."), ("type", "TXT"), ("value", clean(text))]
        case TlsAlpnInstruction(server_name):
            own = f"{folder}/tls-alpn-01/{clean(instruction.identifier.value.replace(':', '-'))}"
            return [
                ("answer for", f"{clean(server_name)}, on port 443, by ALPN acme-tls/1"),
                ("with", f"{own}/cert.pem"),
                ("key", f"{own}/privkey.pem"),
            ]
        case other:
            assert_never(other)


def _explanation(instruction: Instruction) -> Document:
    match explain(instruction):
        case HttpInstruction(url, path, content):
            return {"http": {"url": url, "path": path, "content": content}}
        case DnsInstruction(name, text):
            return {"dns": {"name": name, "type": "TXT", "value": text}}
        case TlsAlpnInstruction(server_name):
            return {"tls_alpn": {"server_name": server_name}}
        case other:
            assert_never(other)
