"""Evidence as a part of the records of orders and certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.model.evidence import Evidence, Grant, Requester
from reconciler.model.role import DomainOption
from reconciler.store.parts import decode_identifier, present, word

if TYPE_CHECKING:
    from reconciler.store.fields import Fields


def encode_evidence(evidence: Evidence | None) -> dict[str, Any] | None:
    """Return evidence as records have it; None where there is none."""
    if evidence is None:
        return None
    return present(
        policy_commit=evidence.policy_commit,
        requester=encode_requester(evidence.requester),
        grants=[
            {"identifier": each.identifier.value, "entry": each.entry}
            | present(option=word(each.option), filled=each.filled)
            for each in evidence.grants
        ],
    )


def decode_evidence(fields: Fields | None) -> Evidence | None:
    """Return the evidence of a record; None in records that have none, as those of older versions."""
    if fields is None:
        return None
    return Evidence(
        grants=tuple(
            Grant(
                identifier=decode_identifier(each.text("identifier")),
                entry=each.text("entry"),
                option=each.optional_enum("option", DomainOption),
                filled=each.optional_text("filled"),
            )
            for each in fields.each("grants")
        ),
        requester=decode_requester(fields.inner("requester")),
        policy_commit=fields.optional_text("policy_commit"),
    )


def encode_requester(requester: Requester | None) -> dict[str, Any] | None:
    """Return who asked as records have it; None where that is not known."""
    if requester is None:
        return None
    return {
        "commit": requester.commit,
        "fingerprint": requester.fingerprint,
        "entity_id": requester.entity_id,
        "entity_name": requester.entity_name,
    }


def decode_requester(fields: Fields | None) -> Requester | None:
    """Return who asked, as a record has it; None where it does not say."""
    if fields is None:
        return None
    return Requester(
        commit=fields.text("commit"),
        fingerprint=fields.text("fingerprint"),
        entity_id=fields.text("entity_id"),
        entity_name=fields.text("entity_name"),
    )
