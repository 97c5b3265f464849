"""What the policy says of names, as rows: its answer for each, and which other roles would allow it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.model.scripts import mixed_scripts
from reconciler.policy.other_roles import roles_allowing

if TYPE_CHECKING:
    from reconciler.model.certificate import CertificateSpec
    from reconciler.model.finding import Finding, Location
    from reconciler.model.identifier import Identifier
    from reconciler.model.identity import Entity
    from reconciler.policy.answering import Answer
    from reconciler.policy.explaining import Explanation


class ExplanationRow(Struct, frozen=True):
    """The answer for one identifier.

    Attributes:
        location: where the tree asks for it; None where the command line did.
        other_roles: the names of the other roles that would allow it; only where it is denied.
    """

    identifier: Identifier
    explanation: Explanation
    location: Location | None = None
    other_roles: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the role allows it."""
        return self.explanation.decision.allowed

    @property
    def notes(self) -> tuple[str, ...]:
        """What to look at, allowed or not: labels that may be there to be taken for others."""
        return tuple(each.text for each in mixed_scripts(self.identifier.value))


class ExplanationView(Struct, frozen=True):
    """What was asked, and the answers.

    Attributes:
        rows: none where the policy does not have the role.
        entity: in whose name it was asked; None where in nobody's.
        certificate_name: of the request whose identifiers they are; None where the command line named them.
        where: the place of the policy that answers (`at origin/main`); empty where there is only one.
        policy_commit: the commit that this policy was read from; None where it was read from plain files.
        findings: what is denied of the certificate, or of the role, as a whole.
    """

    role_name: str
    rows: tuple[ExplanationRow, ...]
    entity: Entity | None = None
    certificate_name: str | None = None
    where: str = ""
    policy_commit: str | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether nothing is denied."""
        return not (self.denied or self.findings)

    @property
    def denied(self) -> int:
        """How many identifiers the role denies."""
        return sum(not row.allowed for row in self.rows)


def explanation_view(
    spec: CertificateSpec, answer: Answer, certificate_name: str | None = None
) -> ExplanationView:
    """Return an answer of the policy as it is shown.

    Args:
        spec: what was asked.
        answer: what the policy says of it.
        certificate_name: of the request whose identifiers they are; None where they stand in no file.
    """
    view, role_name = answer.view, spec.role.name
    # A view that does not have the role explains nothing.
    explained = zip(spec.identifiers, spec.identifier_locations, answer.explanations, strict=False)
    rows = []
    for identifier, location, explanation in explained:
        allowing: tuple[str, ...] = ()
        if not explanation.decision.allowed:
            allowing = roles_allowing(view.roles, identifier, answer.entity, but=role_name)
        rows.append(ExplanationRow(identifier, explanation, location if certificate_name else None, allowing))
    return ExplanationView(
        role_name=role_name,
        rows=tuple(rows),
        entity=answer.entity,
        certificate_name=certificate_name,
        where=view.where,
        policy_commit=view.commit,
        findings=answer.findings,
    )
