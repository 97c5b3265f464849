"""Certificate signing requests to test with."""

from __future__ import annotations

from functools import cache

from reconciler.model.account import KeyType
from reconciler.model.role import IdentifierPopulation
from reconciler.pki import generate_key, make_csr
from tests.unit.values import names


@cache
def csr(*identifiers: str, key_type: KeyType = KeyType.EC_256) -> str:
    """Return a request in PEM; the same one each time."""
    pem = make_csr(generate_key(key_type), names(*identifiers), IdentifierPopulation.CN_FIRST)
    return pem.decode()


def indented(text: str, by: str = "  ") -> str:
    """Return a text as the block of a YAML field."""
    return "".join(f"{by}{line}\n" for line in text.splitlines())
