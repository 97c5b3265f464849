"""Instructions to test with, among them those that nobody may follow."""

from __future__ import annotations

from msgspec.structs import replace

from reconciler.model.identifier import Identifier
from reconciler.model.instruction import Instruction
from reconciler.model.role import ChallengeType

TOKEN = "a_Token-1"
THUMBPRINT = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"

BAD_TOKENS = {
    "none": "",
    "parent": "..",
    "path": "../../etc/passwd",
    "absolute": "/etc/passwd",
    "slash": "a/b",
    "nul": "a\0b",
    "space": "a b",
    "newline": "a\n",
    "header": "a\r\nX: y",
    "shell": "$(touch x)",
    "backquotes": "`touch x`",
    "semicolon": "a;touch x",
    "long": "x" * 257,
    "megabyte": "x" * 1_000_000,
    "beyond ascii": "é",
}

BAD_IDENTIFIERS = {
    "path": Identifier("dns", "../../etc"),
    "shell": Identifier("dns", "$(touch x).example.com"),
    "upper case": Identifier("dns", "WWW.example.com"),
    "dot": Identifier("dns", "www.example.com."),
    "newline": Identifier("dns", "www.example.com\n"),
    "nul": Identifier("dns", "www.example.com\0"),
    "name for an address": Identifier("ip", "www.example.com"),
    "address for a name": Identifier("dns", "192.0.2.1"),
    "long form": Identifier("ip", "2001:0db8::1"),
    "megabyte": Identifier("dns", "x." * 500_000 + "example"),
}


def instruction(
    challenge_type: ChallengeType = ChallengeType.HTTP_01,
    identifier: str = "www.example.com",
    *,
    token: str = TOKEN,
    thumbprint: str = THUMBPRINT,
    order: str = "order",
) -> Instruction:
    kind = Identifier("ip" if identifier[-1].isdigit() else "dns", identifier)
    return Instruction(order, "shop/www", kind, challenge_type, token, f"{token}.{thumbprint}", by_hand=False)


def hostile(challenge_type: ChallengeType) -> dict[str, Instruction]:
    """Return one instruction for each way in which a CA could try to lead us astray."""
    good = instruction(challenge_type)
    found = {f"token: {name}": instruction(challenge_type, token=bad) for name, bad in BAD_TOKENS.items()}
    found |= {f"identifier: {name}": replace(good, identifier=bad) for name, bad in BAD_IDENTIFIERS.items()}
    found |= {
        f"key authorization: {name}": replace(good, key_authorization=bad)
        for name, bad in {
            "none": "",
            "token only": TOKEN,
            "other token": f"other.{THUMBPRINT}",
            "no thumbprint": f"{TOKEN}.",
            "two dots": f"{TOKEN}.{THUMBPRINT}.x",
            "newline": f"{TOKEN}.{THUMBPRINT}\n",
            "header": f"{TOKEN}.x\r\nSet-Cookie: y",
            "megabyte": f"{TOKEN}.{'x' * 1_000_000}",
        }.items()
    }
    return found
