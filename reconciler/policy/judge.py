"""The policy's judgement of a requested certificate: what allows it, or findings on the very lines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.model.evidence import Evidence, Grant, Unproved
from reconciler.model.finding import Finding
from reconciler.policy.decide import decide
from reconciler.policy.explain import could_allow, explain
from reconciler.policy.requester import entity_of, requester_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from reconciler.model.certificate import CertificateSpec
    from reconciler.model.evidence import Requester, Signature
    from reconciler.model.identifier import Identifier
    from reconciler.model.identity import Entity
    from reconciler.model.role import Role
    from reconciler.policy.view import PolicyView

    Proof = Signature | Requester | Unproved

_MERGE_FIRST = "merge the change of the policy first, on its own: a request counts on merged policy only"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the policy says of one certificate.

    Attributes:
        evidence: what it is allowed on; None if it is denied.
        findings: why it is denied.
    """

    evidence: Evidence | None
    findings: tuple[Finding, ...]


def needs_requester(spec: CertificateSpec, views: Sequence[PolicyView]) -> bool:
    """Say whether it depends on who asked: some identifier is not allowed without, and could be with."""
    for view in views:
        role = view.roles.get(spec.role.name)
        if role is not None and any(
            not decide(role, each).allowed and could_allow(role, each) for each in spec.identifiers
        ):
            return True
    return False


def judge(spec: CertificateSpec, views: Sequence[PolicyView], proof: Proof, now: datetime) -> Judgement:
    """Judge a requested certificate: every view of the policy has to allow it.

    Args:
        spec: the certificate.
        views: the first is the one that an order is made with, and whose rules are the evidence.
        proof: who asked: the signature of the commit, what was recorded with the certificate in force, or
            why neither is there.
        now: the time for which keys have to be valid; aware.
    """
    findings: list[Finding] = []
    for view in views:
        found = list(_findings(spec, view, entity_of(view, proof, now)))
        if found and view.is_before:
            found = _with_way_out(spec, views, found, proof, now)
        findings += [] if findings else found
    if findings:
        return Judgement(None, tuple(findings))
    view = views[0]
    entity = entity_of(view, proof, now)
    grants, templated = _grants(view.roles[spec.role.name], spec.identifiers, entity)
    requester = requester_of(view, proof, now) if templated else None
    return Judgement(Evidence(grants, requester, view.commit), ())


def judge_alone(spec: CertificateSpec) -> tuple[Finding, ...]:
    """Return what a certificate's role denies, whoever asks for it: what can be said without any history."""
    return (
        *_bounds(spec, spec.role, ""),
        *(
            finding
            for identifier, finding in _denied(spec, spec.role, "", None)
            if not could_allow(spec.role, identifier)
        ),
    )


def _findings(spec: CertificateSpec, view: PolicyView, entity: Entity | Unproved) -> Iterator[Finding]:
    role = view.roles.get(spec.role.name)
    where = f" {view.where}" if view.where else ""
    if role is None:
        yield Finding(
            "role-not-merged", f"there is no role `{spec.role.name}`{where}", spec.location, hint=_MERGE_FIRST
        )
        return
    yield from _bounds(spec, role, where)
    yield from (finding for _, finding in _denied(spec, role, where, entity))


def _bounds(spec: CertificateSpec, role: Role, where: str) -> Iterator[Finding]:
    """Yield what is denied of the certificate as a whole."""
    limit, number = role.max_identifiers, len(spec.identifiers)
    if limit is not None and number > limit:
        yield Finding(
            "too-many-identifiers",
            f"the role `{role.name}`{where} allows {limit} identifiers a certificate, and this has {number}",
            spec.identifier_locations[limit],
            hint="split the certificate",
        )
    if spec.profile is not None and role.allowed_profiles and spec.profile not in role.allowed_profiles:
        allowed = ", ".join(f"`{each}`" for each in role.allowed_profiles)
        yield Finding(
            "profile-not-allowed",
            f"the role `{role.name}`{where} does not allow the profile `{spec.profile}`",
            spec.location,
            hint=f"it allows {allowed}",
        )
    if spec.challenge_type is not None and spec.challenge_type not in role.allowed_challenge_types:
        allowed = ", ".join(f"`{each}`" for each in role.allowed_challenge_types)
        yield Finding(
            "challenge-not-allowed",
            f"the role `{role.name}`{where} does not allow the challenge `{spec.challenge_type}`",
            spec.location,
            hint=f"it allows {allowed}",
        )


def _with_way_out(
    spec: CertificateSpec, views: Sequence[PolicyView], found: list[Finding], proof: Proof, now: datetime
) -> list[Finding]:
    """Say of what the policy under review would allow that it has to be merged first."""
    shown = []
    for finding in found:
        for view in views:
            if view.is_before:
                continue
            remaining = {
                (each.code, each.location) for each in _findings(spec, view, entity_of(view, proof, now))
            }
            if (finding.code, finding.location) not in remaining:
                finding = replace(finding, hint=f"{view.where} it is allowed; {_MERGE_FIRST}")
        shown.append(finding)
    return shown


def _grants(
    role: Role, identifiers: Sequence[Identifier], entity: Entity | Unproved
) -> tuple[tuple[Grant, ...], bool]:
    """Return the rules that allow identifiers, and whether one of them depends on who asked."""
    known = None if isinstance(entity, Unproved) else entity
    decisions = [decide(role, each, known) for each in identifiers]
    grants = tuple(
        Grant(identifier, decision.entry or "", decision.option)
        for identifier, decision in zip(identifiers, decisions, strict=True)
    )
    return grants, any(decision.filled for decision in decisions)


def _denied(
    spec: CertificateSpec, role: Role, where: str, entity: Entity | Unproved | None
) -> Iterator[tuple[Identifier, Finding]]:
    known = None if isinstance(entity, Unproved) else entity
    unproved = entity if isinstance(entity, Unproved) else None
    for identifier, location in zip(spec.identifiers, spec.identifier_locations, strict=True):
        if not decide(role, identifier, known).allowed:
            explanation = explain(role, identifier, known, unproved)
            message = (
                f"the role `{role.name}`{where} does not allow `{identifier.text}`: {explanation.reason}"
            )
            yield identifier, Finding("denied", message, location, hint=explanation.hint)
