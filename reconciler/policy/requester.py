"""From a proof to the entity that it speaks for, as a view of the policy knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.evidence import Requester, Signature, Unproved

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.model.evidence import Proof
    from reconciler.model.identity import Entity, Identity, SigningKey
    from reconciler.policy.view import PolicyView

_ADD = "have the key added to its owner's file in identities/, or the request signed with a key that is there"


def entity_of(view: PolicyView, proof: Proof, now: datetime) -> Entity | Unproved:
    """Return who asked, or why that is not proved.

    Args:
        view: the policy whose identities count.
        proof: a signature, which must be by a key that is valid now; or the requester recorded with a
            certificate: for a renewal the evidence is kept, so the key may be gone by now, but not the
            identity.
        now: the time; aware.
    """
    match proof:
        case Unproved():
            return proof
        case Requester(entity_id=entity_id, entity_name=name):
            identity = view.entities.get(entity_id)
            if identity is not None:
                return identity.entity
            reason = f"it was requested by {name} ({entity_id}), who is no identity{_at(view)} any more"
            return Unproved(reason, "have somebody else request it, in a signed commit")
        case Signature(commit=commit, fingerprint=fingerprint):
            found = view.signers.get(fingerprint)
            short = f"commit {commit[:12]}, which last changed the request,"
            if found is None:
                reason = f"{short} is signed with the key {fingerprint}, which is no identity's{_at(view)}"
                return Unproved(reason, _ADD)
            identity, key = found
            return _unless_expired(identity, key, now) or identity.entity


def requester_of(view: PolicyView, proof: Proof, now: datetime) -> Requester | None:
    """Return what is recorded of who asked; None if that is not proved."""
    entity = entity_of(view, proof, now)
    if isinstance(proof, Unproved) or isinstance(entity, Unproved):
        return None
    return Requester(proof.commit, proof.fingerprint, entity.id, entity.name)


def _unless_expired(identity: Identity, key: SigningKey | None, now: datetime) -> Unproved | None:
    if key is None:
        return None
    named = f"the key {key.fingerprint} of {identity.entity.name}"
    if key.valid_before is not None and now >= key.valid_before:
        return Unproved(f"{named} has expired ({key.valid_before:%Y-%m-%d %H:%M} UTC)", _ADD)
    if key.valid_after is not None and now < key.valid_after:
        return Unproved(f"{named} is valid from {key.valid_after:%Y-%m-%d %H:%M} UTC only", _ADD)
    return None


def _at(view: PolicyView) -> str:
    return f" {view.where}" if view.where else ""
