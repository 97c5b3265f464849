"""Evidence: who asked for a certificate, how that was proved, and which rules allowed it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from reconciler.model.identifier import Identifier
    from reconciler.model.role import DomainOption


class Signature(Struct, frozen=True):
    """A good signature of the commit that last changed a request; whose key it is decides an identity.

    Attributes:
        fingerprint: `SHA256:...` of an SSH key, or the hexadecimal one of a GPG primary key.
    """

    commit: str
    fingerprint: str


class Unproved(Struct, frozen=True):
    """Why nothing proves who asked for a certificate, in a sentence, and what to do about it."""

    reason: str
    hint: str


class Requester(Struct, frozen=True):
    """Who has asked for a certificate, proved by the signature of a commit.

    Attributes:
        commit: the one that last changed the request.
        fingerprint: of the key that signed it: `SHA256:...` of an SSH key, hexadecimal of a GPG key.
        entity_id, entity_name: whose key it was when the certificate was ordered.
    """

    commit: str
    fingerprint: str
    entity_id: str
    entity_name: str


Proof = Signature | Requester | Unproved
"""What there is to say who asked: a signature, what was recorded with a certificate, or why neither is."""


class Grant(Struct, frozen=True):
    """The rule that allows one identifier.

    Attributes:
        entry: of `allowed_domains` or `allowed_ip_ranges`, as it is written there.
        option: the option that made it match; None where an entry counts without any.
        filled: what the entry was for the requester, if it is a template.
    """

    identifier: Identifier
    entry: str
    option: DomainOption | None = None
    filled: str | None = None


class Evidence(Struct, frozen=True):
    """What an order was allowed on; kept with the order and with its certificate.

    Attributes:
        grants: one for each identifier, in their order.
        requester: None where no entry needed one.
        policy_commit: the commit that the policy was read from; None where it was read from plain files.
    """

    grants: tuple[Grant, ...]
    requester: Requester | None = None
    policy_commit: str | None = None
