"""Instructions: what a person, or another system, must do so that the CA sees a challenge fulfilled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.model.fulfillment import Method
    from reconciler.model.identifier import Identifier
    from reconciler.model.role import ChallengeType


class Instruction(Struct, frozen=True):
    """One challenge that is to be fulfilled.

    Attributes:
        key_authorization: token and account key thumbprint (RFC 8555 section 8.1); public by design. Empty,
            as the token is, for dns-persist-01.
        account_url: of the account that ordered; the names of some challenges are made of it.
        issuer_domain_names: what the CA calls itself in the DNS, for dns-persist-01.
        with_wildcard: whether one record of dns-persist-01 is to serve the wildcard over the name as well.
        by_hand: whether a person has to do it, not the program.
        method: how the program does it.
        fulfilled: whether it was said, or seen to it, that it is done.
        expires: when the CA gives the authorization up.
    """

    order_id: str
    certificate_name: str
    identifier: Identifier
    challenge_type: ChallengeType
    token: str
    key_authorization: str
    account_url: str = ""
    issuer_domain_names: tuple[str, ...] = ()
    with_wildcard: bool = False
    by_hand: bool = True
    method: Method | None = None
    fulfilled: bool = False
    expires: datetime | None = None


class Leftovers(Struct, frozen=True):
    """`state/cleanup/ORDER_ID.yaml`: what was presented for an order and is still to be taken away."""

    order_id: str
    certificate_name: str
    instructions: tuple[Instruction, ...]
