"""Which files of a state, and of the output, are shared; and which belong together.

Shared files have names that do not depend on where the folders are: `state/orders/ID.yaml`,
`output/shop/www/cert.pem`.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache

from msgspec import Struct

from reconciler.model.order import OrderFile

STATE, OUTPUT = "state/", "output/"
META = "state/meta.yaml"
EVENTS = "state/events.jsonl"
ENCRYPTION = "state/encryption.yaml"
CONFLICTS = "state/archive/conflicts/"
CLAIMS = "state/claims/"

_PUBLIC_PEM = frozenset({OrderFile.CSR, OrderFile.FULLCHAIN})
# The instructions have throw-away keys, and are made anew from the orders.
_OF_ONE_MACHINE = ("state/challenges/",)
_KEY = re.compile(
    rb"^(?:-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[ \t\r]*$|AGE-SECRET-KEY-1[0-9A-Z]{20})", re.MULTILINE
)
_ORDER = re.compile(r"state/(?:archive/)?orders/([0-9a-f-]{36})(?:\.yaml|/.*)")


class Kind(StrEnum):
    """What a file is part of; `FILE` stands for itself."""

    ACCOUNT = "account"
    CERTIFICATE = "certificate"
    CLEANUP = "cleanup"
    EVENTS = "events"
    FILE = "file"
    META = "meta"
    ORDER = "order"


class Resource(Struct, frozen=True, order=True):
    """Files that are one thing: an account with its keys, an order with its files."""

    kind: Kind
    name: str


def is_shared(path: str) -> bool:
    """Say whether a file of the state is merged; claims are in Git as well, and are another matter."""
    name = path.rpartition("/")[2]
    hidden = name.startswith(".") or name.endswith(".tmp")
    return path.startswith(STATE) and not hidden and not path.startswith((*_OF_ONE_MACHINE, CLAIMS))


def is_key_by_name(path: str) -> bool:
    """Say whether a file of the state has the name of a private key in clear."""
    name = path.rpartition("/")[2]
    return path.startswith(STATE) and name.endswith(".pem") and name not in _PUBLIC_PEM


def is_secret(path: str) -> bool:
    """Say whether nobody but the owner may read a file of the state."""
    name = path.rpartition("/")[2]
    return path.startswith(STATE) and (name.endswith((".pem", ".age")))


def has_key_in_clear(content: bytes) -> bool:
    """Say whether a private key (PEM), or the secret key of age, is in a file.

    What a CA has written into a problem is indented in a record, and holds no push up.
    """
    return _KEY.search(content) is not None


@cache
def resource_of(path: str) -> Resource:
    """Return what a file of the state is part of. An order is the same one in the archive."""
    if path == META:
        return Resource(Kind.META, "")
    if path == EVENTS:
        return Resource(Kind.EVENTS, "")
    if order := _ORDER.fullmatch(path):
        return Resource(Kind.ORDER, order[1])
    if path.startswith("state/accounts/"):
        name = path.removeprefix("state/accounts/")
        return Resource(
            Kind.ACCOUNT,
            name.removesuffix(".yaml") if name.endswith(".yaml") else name.rpartition("/")[0],
        )
    if path.startswith("state/certificates/"):
        return Resource(Kind.CERTIFICATE, path.removeprefix("state/certificates/").removesuffix(".yaml"))
    if path.startswith("state/cleanup/"):
        return Resource(Kind.CLEANUP, path.removeprefix("state/cleanup/").removesuffix(".yaml"))
    return Resource(Kind.FILE, path)
