"""Instructions: what a person, or another system, must do so that the CA sees a challenge fulfilled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.model.identifier import Identifier
    from reconciler.model.role import ChallengeType


@dataclass(frozen=True, slots=True)
class Instruction:
    """One challenge that is to be fulfilled.

    Attributes:
        key_authorization: token and account key thumbprint (RFC 8555 section 8.1); public by design.
        by_hand: whether a person has to do it, not the program.
        fulfilled: whether it was said, or seen to it, that it is done.
        expires: when the CA gives the authorization up.
    """

    order_id: str
    certificate_name: str
    identifier: Identifier
    challenge_type: ChallengeType
    token: str
    key_authorization: str
    by_hand: bool = True
    fulfilled: bool = False
    expires: datetime | None = None
