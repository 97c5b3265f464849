"""The names of the TXT records that DNS challenges look for."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from reconciler.model.role import ChallengeType

if TYPE_CHECKING:
    from reconciler.model.identifier import Identifier


def record_name(challenge_type: ChallengeType, identifier: Identifier, account_url: str) -> str:
    """Return where the CA looks for the record of a DNS challenge; absolute, without the dot at its end.

    Args:
        challenge_type: one in the DNS.
        identifier: a name; that of a wildcard is looked for at the name it is over (RFC 8555 section 8.4).
        account_url: of the account; only dns-account-01 has it in the name.
    """
    base = identifier.base
    if challenge_type is ChallengeType.DNS_PERSIST_01:
        return f"_validation-persist.{base}"
    if challenge_type is ChallengeType.DNS_ACCOUNT_01:
        return f"{account_label(account_url)}._acme-challenge.{base}"
    return f"_acme-challenge.{base}"


def account_label(account_url: str) -> str:
    """Return the label that keeps the records of accounts apart (draft-ietf-acme-dns-account-label)."""
    digest = hashlib.sha256(account_url.encode()).digest()[:10]
    return f"_{base64.b32encode(digest).decode().lower()}"
