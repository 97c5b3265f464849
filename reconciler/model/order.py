"""Orders: the CA's view (status) and ours (stage), kept apart (RFC 8555 section 7.1)."""

from __future__ import annotations

import uuid
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.model.problem import OWN_ERROR

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.model.account import KeyType
    from reconciler.model.evidence import Evidence
    from reconciler.model.fulfillment import Method
    from reconciler.model.identifier import Identifier
    from reconciler.model.origin import Origin
    from reconciler.model.problem import Problem
    from reconciler.model.revocation import Revocation
    from reconciler.model.role import ChallengeType


class Status(StrEnum):
    """The CA's word for an order, authorization or challenge (RFC 8555 section 7.1.6)."""

    PENDING = "pending"
    READY = "ready"
    PROCESSING = "processing"
    VALID = "valid"
    INVALID = "invalid"
    DEACTIVATED = "deactivated"
    EXPIRED = "expired"
    REVOKED = "revoked"


class OrderFile(StrEnum):
    """What belongs to an order, besides its record."""

    PRIVATE_KEY = "privkey.pem"
    CSR = "csr.pem"
    FULLCHAIN = "fullchain.pem"


class Stage(StrEnum):
    """Our word for how far an order has come; the seed system's, and two for what the program does itself."""

    NEW = "new"
    SUBMITTED = "submitted"
    AWAITING_CHALLENGE_FULFILLMENT = "awaiting_challenge_fulfillment"
    FULFILLING_CHALLENGES = "fulfilling_challenges"
    PROPAGATING_CHALLENGES = "propagating_challenges"
    NOTIFY_ACME_SERVER_CHALLENGES_COMPLETED = "notify_acme_server_challenges_completed"
    PROCESSING_CHALLENGE = "processing_challenge"
    FETCHING_CERTIFICATE = "fetching_certificate"
    COMPLETED = "completed"
    EXPIRED = "expired"
    REVOKED = "revoked"
    ERROR = "error"


class Challenge(Struct, frozen=True):
    """A challenge as the CA offers it (RFC 8555 section 7.1.5); types unknown here are kept by their name.

    Attributes:
        issuer_domain_names: what the CA calls itself in the DNS (draft-ietf-acme-dns-persist).
    """

    type: str
    url: str
    status: Status
    token: str = ""
    error: Problem | None = None
    issuer_domain_names: tuple[str, ...] = ()


class Authorization(Struct, frozen=True):
    """An authorization of an order (RFC 8555 section 7.1.4), and how we mean to get it.

    Attributes:
        identifier: as ordered: a wildcard has its `*.`, whatever form the CA sent.
        challenge_type: the challenge we have chosen; None where none is needed any more.
        by_hand: whether a person has to fulfil it.
        method: how the program fulfils it; None where a person does, or a record from before has no word of
            it.
        presented: the key authorization that the program presents, or is about to: on disk before it does, so
            that it can be taken away though the account has another key by then.
        fulfilled: whether the challenge's answer is in its place: presented by us, or said so by a person.
        answered: whether the CA was told so.
    """

    url: str
    identifier: Identifier
    status: Status
    challenges: tuple[Challenge, ...] = ()
    expires: datetime | None = None
    challenge_type: ChallengeType | None = None
    by_hand: bool = False
    method: Method | None = None
    presented: str | None = None
    fulfilled: bool = False
    answered: bool = False

    @property
    def is_unanswered(self) -> bool:
        """Whether the CA has still to be told that the challenge is fulfilled."""
        return self.status is Status.PENDING and not self.answered

    @property
    def challenge(self) -> Challenge | None:
        """The chosen challenge, where one is chosen and the CA still shows it."""
        return next((each for each in self.challenges if each.type == self.challenge_type), None)


class Order(Struct, frozen=True):
    """`state/orders/ORDER_ID.yaml`: one order on its way to a certificate.

    Attributes:
        order_id: ours, a UUIDv7; `order_url` is the CA's.
        stage, status: ours, and the CA's.
        next_work_date: not before this is there anything to do (RFC 8555 section 6.6); after an error, not
        before
            this is another order tried.
        last_error: what went wrong last; cleared by the next success.
        previous_order_id: the order whose place this one takes.
        csr_digest: of the requester's own request (SHA-256 of the DER, hex); None where key and request are
            of our making.
        profile: the CA's profile to ask for (draft-ietf-acme-profiles); None leaves it to the CA.
        evidence: who asked for it, and by which rules it is allowed.
        origin: what it was made from, and who asked as far as no rule needed to know.
        attempt: 1 for a first order, more for one that follows failed ones of the same certificate.
        must_staple, requested_end: what is asked for besides; the latter as `str(RequestedEnd)`.
        not_after: the time that is asked for in newOrder, made of `requested_end` when the order was made.
        replaces: the certificate that this one takes the place of, by what the CA knows it by (RFC 9773
            section 5); None where there is none, or the CA does not want to hear of it.
        suggested: whether the CA has suggested to order it (RFC 9773).
        finalized: whether the CA is known to have taken our CSR.
        revocation: that its certificate was revoked.
        retry_wanted: whether somebody has said that another order is to be made after this one, at once.
    """

    order_id: str
    certificate_name: str
    role_name: str
    account_name: str
    identifiers: tuple[Identifier, ...]
    key_type: KeyType
    creation_date: datetime
    last_update: datetime
    stage: Stage = Stage.NEW
    status: Status | None = None
    order_url: str | None = None
    finalize_url: str | None = None
    certificate_url: str | None = None
    expires: datetime | None = None
    authorization_urls: tuple[str, ...] = ()
    authorizations: tuple[Authorization, ...] = ()
    next_work_date: datetime | None = None
    last_error: Problem | None = None
    attempt: int = 1
    previous_order_id: str | None = None
    serial_number: str | None = None
    csr_digest: str | None = None
    profile: str | None = None
    evidence: Evidence | None = None
    must_staple: bool = False
    requested_end: str | None = None
    not_after: datetime | None = None
    replaces: str | None = None
    suggested: bool = False
    finalized: bool = False
    revocation: Revocation | None = None
    retry_wanted: bool = False
    origin: Origin | None = None

    @property
    def has_failed(self) -> bool:
        """Whether it ended in an error of its own; that somebody gave it up is none."""
        return self.stage is Stage.ERROR and (self.last_error is None or self.last_error.type not in HOLDS)

    @property
    def is_held(self) -> bool:
        """Whether it ended such that no other is made by itself: only when somebody says so."""
        return self.stage is Stage.ERROR and not self.has_failed and not self.retry_wanted

    @property
    def is_open(self) -> bool:
        """Whether there is still something to do for it."""
        return self.stage not in CLOSED_STAGES

    @property
    def unfulfilled(self) -> frozenset[Identifier]:
        """The identifiers for which something is still to be done, by people or by the program."""
        if not self.authorizations:
            return frozenset(self.identifiers if self.stage in (Stage.NEW, Stage.SUBMITTED) else ())
        return frozenset(
            each.identifier
            for each in self.authorizations
            if each.is_unanswered and not (each.by_hand and each.fulfilled)
        )

    def is_under_way(self, now: datetime) -> bool:
        """Say whether the CA knows it, or may know it, and has not given it up by `now`."""
        return self.is_open and not self.is_over(now)

    def waits_until(self, now: datetime) -> datetime | None:
        """Return until when there is nothing to do for it, None if there is now.

        A record from the future is from a clock that was wrong: it holds nothing back.
        """
        date = self.next_work_date
        return date if date is not None and self.last_update <= now < date else None

    def is_over(self, now: datetime) -> bool:
        """Say whether the CA has given it up by `now`: the order, or an authorization not valid yet."""
        pending = (each.expires for each in self.authorizations if each.is_unanswered)
        return any(expires is not None and expires <= now for expires in (self.expires, *pending))


CANCELLED = f"{OWN_ERROR}cancelled"
"""The problem of an order that somebody has cancelled."""

COMPLETED_ELSEWHERE = f"{OWN_ERROR}completedElsewhere"
"""The problem of an order whose certificate was issued for the key of another copy of the state."""

HOLDS = frozenset({CANCELLED, COMPLETED_ELSEWHERE})
"""After these no other order is made by itself."""

CLOSED_STAGES = frozenset({Stage.COMPLETED, Stage.EXPIRED, Stage.REVOKED, Stage.ERROR})


def new_order_id(now: datetime) -> str:
    """Return a UUIDv7 (RFC 9562 section 5.7) made of `now` and 74 random bits."""
    import secrets  # loads more than all the rest here, and few runs make an order

    milliseconds = max(0, int(now.timestamp() * 1000))
    value = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=value))
