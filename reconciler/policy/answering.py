"""The answer to a question about names: as the policy judges a certificate, with the reason for each name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reconciler.model.evidence import Unproved
from reconciler.policy.explaining import explain
from reconciler.policy.judging import judge
from reconciler.policy.requester import entity_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from reconciler.model.certificate import CertificateSpec
    from reconciler.model.evidence import Proof
    from reconciler.model.finding import Finding
    from reconciler.model.identity import Entity
    from reconciler.policy.explaining import Explanation
    from reconciler.policy.view import PolicyView

_OF_ONE_NAME = "denied"


class Answer(Struct, frozen=True):
    """What one view of the policy says.

    Attributes:
        view: the one that was asked: the first that denies something, or the first of all.
        entity: in whose name; None where nobody is proved to ask.
        explanations: one for each identifier, in their order; none where the view does not have the role.
        findings: why the certificate is denied as a whole, whatever its names are.
    """

    view: PolicyView
    entity: Entity | None
    explanations: tuple[Explanation, ...]
    findings: tuple[Finding, ...]


def answer(spec: CertificateSpec, views: Sequence[PolicyView], proof: Proof, now: datetime) -> Answer:
    """Return what the policy says of a certificate: it is denied if, and only if, `judge` denies it.

    Args:
        spec: the certificate; of its role only the name counts.
        views: the policies that all have to allow it.
        proof: who asked, or why that is not proved.
        now: the time for which keys have to be valid; aware.
    """
    alone = [judge(spec, (view,), proof, now).findings for view in views]
    chosen = next((index for index, findings in enumerate(alone) if findings), 0)
    view = views[chosen]
    # Judged together, the same findings say where it is the change of the policy that has to come first.
    findings = judge(spec, views, proof, now).findings
    hints = _hints_of_all_views(alone[chosen], findings)
    asker = entity_of(view, proof, now)
    entity, unproved = (None, asker) if isinstance(asker, Unproved) else (asker, None)
    role = view.roles.get(spec.role.name)
    told = [explain(role, each, entity, unproved) for each in spec.identifiers] if role else []
    told = [each if each.decision.allowed else _with_hint(each, next(hints)) for each in told]
    whole = tuple(each for each in findings if each.code != _OF_ONE_NAME)
    return Answer(view, entity, tuple(told), whole)


def answer_names(spec: CertificateSpec, views: Sequence[PolicyView], proof: Proof, now: datetime) -> Answer:
    """Return what the policy says of names that need not be those of one certificate: of each by itself.

    Args:
        spec: the role's name and the identifiers; it asks for nothing else.
        views: the policies that all have to allow them.
        proof: who asks, or why that is not known.
        now: the time for which keys have to be valid; aware.
    """
    name = spec.role.name
    unbounded = [
        replace(view, roles={**view.roles, name: replace(role, max_identifiers=None)})
        if (role := view.roles.get(name))
        else view
        for view in views
    ]
    return answer(spec, unbounded, proof, now)


def _with_hint(explanation: Explanation, hint: str | None) -> Explanation:
    return replace(explanation, hint=hint) if hint else explanation


def _hints_of_all_views(alone: Sequence[Finding], together: Sequence[Finding]) -> Iterator[str | None]:
    """Yield, for each denied identifier, what to do where only all views together show that; else None."""
    for one, all_views in zip(alone, together, strict=True):
        if one.code == _OF_ONE_NAME:
            yield all_views.hint if all_views.hint != one.hint else None
