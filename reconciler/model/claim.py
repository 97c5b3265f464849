"""Claims: what a run of `apply` that shares its state has taken on, for others to leave alone."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from datetime import datetime


class ClaimKind(StrEnum):
    """What is claimed."""

    ACCOUNT = "account"
    CERTIFICATE = "certificate"
    KEYS = "keys"  # all private keys: nobody else does anything meanwhile


class Claim(Struct, frozen=True):
    """`state/claims/{accounts,certificates,keys}/NAME.yaml`: one run works on it, and no other may.

    Attributes:
        kind, name: what is claimed.
        run_id: the run's, a UUIDv7.
        clone: which working tree the run is in; of two runs in one, the state's lock lets only one live.
        command: what is run.
        holder: by whom, and where: `ci@runner`.
        since, until: past its end a claim counts no more, whatever has become of the run.
        account_name: of a certificate: the account that is used for it, and must stay as it is meanwhile.
        run_url: the page of the CI run.
    """

    kind: ClaimKind
    name: str
    run_id: str
    clone: str
    command: str
    holder: str
    since: datetime
    until: datetime
    account_name: str | None = None
    run_url: str | None = None

    def holds(self, now: datetime) -> bool:
        """Say whether others have to leave it alone at `now`."""
        return now < self.until
