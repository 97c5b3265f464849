"""What a role denies of a requested certificate, as findings on the very lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.finding import Finding
from reconciler.policy.decide import Decision, Denial, decide

if TYPE_CHECKING:
    from reconciler.model.certificate import CertificateSpec
    from reconciler.model.identifier import Identifier
    from reconciler.model.role import Role


def check(spec: CertificateSpec) -> tuple[Finding, ...]:
    """Return a finding (code `denied`) for each identifier that the certificate's role does not allow."""
    return tuple(
        Finding(
            code="denied",
            message=f"the role `{spec.role.name}` does not allow `{identifier.text}`: {decision.reason}",
            location=location,
            hint=_hint(spec.role, identifier, decision),
        )
        for identifier, location in zip(spec.identifiers, spec.identifier_locations, strict=True)
        if not (decision := decide(spec.role, identifier)).allowed
    )


def _hint(role: Role, identifier: Identifier, decision: Decision) -> str:
    if decision.denial is Denial.NOT_LISTED:
        return f"have `{identifier}` added to `allowed_domains` in {role.location.path}, or use another role"
    if decision.denial is Denial.OPTION_MISSING:
        return f"have `bare_domains` added to `allowed_domain_options` in {role.location.path}"
    return "list the names that are needed one by one"
