"""What an order is allowed on, as parts of texts and of JSON documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render.documents import Document, place, value
from reconciler.render.text import clean, wrap
from reconciler.render.wording.evidence import requester_text, rule_lines, short_rule_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.model.certificate import CertificateSpec
    from reconciler.model.evidence import Evidence
    from reconciler.model.finding import Location
    from reconciler.model.identifier import Identifier


def evidence_document(evidence: Evidence | None, spec: CertificateSpec | None = None) -> Document | None:
    """Return evidence for programs.

    Args:
        evidence: None where there is none.
        spec: the request that it is about, where it stands in the tree: each grant then has the place of its
            identifier.
    """
    if evidence is None:
        return None
    places: Mapping[Identifier, Location] = {}
    if spec is not None:
        places = dict(zip(spec.identifiers, spec.identifier_locations, strict=True))
    return {
        "policy_commit": evidence.policy_commit,
        "requester": value(evidence.requester),
        "grants": [
            value(each) | {"location": place(places.get(each.identifier))} for each in evidence.grants
        ],
    }


def evidence_lines(evidence: Evidence | None, role_name: str) -> list[str]:
    """Return for a plan by which rules a certificate is allowed, and who asked for it.

    Lines that belong to the one before them begin with spaces.
    """
    if evidence is None:
        return []
    allowed = f"allowed by role {clean(role_name)}"
    rules = short_rule_lines(evidence)
    lines = (
        [f"{allowed}, {rules[0]}"] if len(rules) == 1 else [f"{allowed}:", *(f"  {each}" for each in rules)]
    )
    return lines + ([f"requested by {requester_text(evidence.requester)}"] if evidence.requester else [])


def evidence_fields(evidence: Evidence | None, indent: int) -> list[tuple[str, str | Sequence[str] | None]]:
    """Return by which rules a record is allowed, as labels and values; who asked is beside it.

    Args:
        evidence: None where there is none.
        indent: the column in which the values will stand.
    """
    if evidence is None:
        return []
    return [
        ("policy at commit", clean(evidence.policy_commit) if evidence.policy_commit else None),
        ("allowed by", [part for line in rule_lines(evidence) for part in wrap(line, indent)]),
    ]
