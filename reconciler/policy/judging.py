"""The policy's judgement of a requested certificate: what allows it, or findings on the very lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.model.evidence import Evidence, Grant, Unproved
from reconciler.model.finding import Finding
from reconciler.policy.bounds import out_of_bounds
from reconciler.policy.deciding import could_allow, decide, depends_on_requester
from reconciler.policy.requester import entity_of, requester_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from reconciler.model.certificate import CertificateSpec
    from reconciler.model.evidence import Proof
    from reconciler.model.identifier import Identifier
    from reconciler.model.identity import Entity
    from reconciler.model.role import Role
    from reconciler.policy.decision import Decision
    from reconciler.policy.view import PolicyView


class Judgement(Struct, frozen=True):
    """What the policy says of one certificate.

    Attributes:
        evidence: what it is allowed on; None if it is denied.
        findings: why it is denied.
    """

    evidence: Evidence | None
    findings: tuple[Finding, ...]


class _Opinion(Struct):
    """What one view says: a decision for each identifier, and findings by what they are about."""

    decisions: list[Decision] = field(default_factory=list)
    findings: dict[tuple[str, Identifier | None], Finding] = field(default_factory=dict)


def needs_requester(spec: CertificateSpec, views: Sequence[PolicyView]) -> bool:
    """Say whether it depends on who asked: some identifier is not allowed without, and could be with."""
    roles = (view.roles.get(spec.role.name) for view in views)
    return any(
        depends_on_requester(role, each) for role in roles if role is not None for each in spec.identifiers
    )


def judge(spec: CertificateSpec, views: Sequence[PolicyView], proof: Proof, now: datetime) -> Judgement:
    """Judge a requested certificate: every view of the policy has to allow it.

    Args:
        spec: the certificate.
        views: the first is the one that an order is made with, and whose rules are the evidence.
        proof: who asked: the signature of the commit, what was recorded with the certificate in force, or
            why neither is there.
        now: the time for which keys have to be valid; aware.
    """
    opinions = [_opinion(spec, view, entity_of(view, proof, now)) for view in views]
    for view, opinion in zip(views, opinions, strict=True):
        if opinion.findings:
            return Judgement(None, _with_way_out(view, opinion, views, opinions))
    decisions = opinions[0].decisions
    grants = tuple(
        Grant(identifier, decision.entry or "", decision.option, decision.filled)
        for identifier, decision in zip(spec.identifiers, decisions, strict=True)
    )
    templated = any(decision.filled for decision in decisions)
    requester = requester_of(views[0], proof, now) if templated else None
    return Judgement(Evidence(grants, requester, views[0].commit), ())


def judge_alone(spec: CertificateSpec) -> tuple[Finding, ...]:
    """Return what a certificate's role denies, whoever asks for it: what can be said without any history."""
    denied = {each for each in spec.identifiers if not could_allow(spec.role, each)}
    findings = _denials(spec, spec.role, "", denied, None, {}).values()
    return (*(finding for _, finding in out_of_bounds(spec, spec.role)), *findings)


def _opinion(spec: CertificateSpec, view: PolicyView, entity: Entity | Unproved) -> _Opinion:
    opinion = _Opinion()
    role = view.roles.get(spec.role.name)
    where = f" {view.where}" if view.where else ""
    if role is None:
        message = f"there is no role `{spec.role.name}`{where}"
        opinion.findings["role-not-merged", None] = Finding("role-not-merged", message, spec.place_of("role"))
        return opinion
    known = None if isinstance(entity, Unproved) else entity
    opinion.decisions = [decide(role, each, known) for each in spec.identifiers]
    opinion.findings = {(finding.code, about): finding for about, finding in out_of_bounds(spec, role, where)}
    decided = zip(spec.identifiers, opinion.decisions, strict=True)
    denied = {identifier for identifier, decision in decided if not decision.allowed}
    for identifier, finding in _denials(spec, role, where, denied, entity, view.roles).items():
        opinion.findings["denied", identifier] = finding
    return opinion


def _denials(
    spec: CertificateSpec,
    role: Role,
    where: str,
    denied: Collection[Identifier],
    entity: Entity | Unproved | None,
    roles: Mapping[str, Role],
) -> dict[Identifier, Finding]:
    if not denied:
        return {}
    from reconciler.policy.explaining import explain
    from reconciler.policy.other_roles import other_roles_hint

    found: dict[Identifier, Finding] = {}
    known, unproved = (None, entity) if isinstance(entity, Unproved) else (entity, None)
    for identifier, location in zip(spec.identifiers, spec.identifier_locations, strict=True):
        if identifier in denied:
            told = explain(role, identifier, known, unproved)
            message = f"the role `{role.name}`{where} does not allow `{identifier.text}`: {told.reason}"
            others = other_roles_hint(roles, identifier, known, but=role.name)
            hint = "; ".join(filter(None, (told.hint, others))) or None
            found[identifier] = Finding("denied", message, location, hint=hint)
    return found


def _with_way_out(
    view: PolicyView, opinion: _Opinion, views: Sequence[PolicyView], opinions: Sequence[_Opinion]
) -> tuple[Finding, ...]:
    """Return findings; of what a change of the policy that is not merged yet would allow, they say so."""
    changed = next((each for each in zip(views, opinions, strict=True) if not each[0].way_out), None)
    if not view.way_out or changed is None:
        return tuple(opinion.findings.values())
    where, remaining = changed[0].where, changed[1].findings
    hint = f"{where} it is allowed; {view.way_out}"
    return tuple(
        finding if about in remaining else replace(finding, hint=hint)
        for about, finding in opinion.findings.items()
    )
