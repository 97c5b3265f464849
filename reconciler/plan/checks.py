"""Must a certificate be ordered? An ordered list of checks; each answers with a reason or with none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.renewal import renewal_due_at
from reconciler.plan import reasons as why

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from reconciler.model.certificate import Certificate, CertificateSpec
    from reconciler.plan.reasons import Reason


def reasons_to_order(spec: CertificateSpec, current: Certificate | None, now: datetime) -> tuple[Reason, ...]:
    """Return why a certificate must be ordered; nothing where it need not be.

    Args:
        spec: what the tree asks for.
        current: the certificate in force, if there is one.
        now: the time.
    """
    if current is None:
        return (why.NewCertificate(),)
    found = (check(spec, current, now) for check in CHECKS)
    return tuple(reason for reason in found if reason is not None)


def _identifiers(spec: CertificateSpec, current: Certificate, _now: datetime) -> Reason | None:
    wanted, present = set(spec.identifiers), set(current.identifiers)
    if wanted == present:
        return None
    return why.IdentifiersChanged(tuple(sorted(wanted - present)), tuple(sorted(present - wanted)))


def _key_type(spec: CertificateSpec, current: Certificate, _now: datetime) -> Reason | None:
    if spec.key_type == current.key_type:
        return None
    return why.KeyTypeChanged(current.key_type, spec.key_type)


def _csr(spec: CertificateSpec, current: Certificate, _now: datetime) -> Reason | None:
    wanted = spec.csr_digest
    return None if wanted == current.csr_digest else why.CsrChanged(current.csr_digest, wanted)


def _role(spec: CertificateSpec, current: Certificate, _now: datetime) -> Reason | None:
    if spec.role.name == current.role_name:
        return None
    return why.RoleChanged(current.role_name, spec.role.name)


def _account(spec: CertificateSpec, current: Certificate, _now: datetime) -> Reason | None:
    if spec.role.acme_account_name == current.account_name:
        return None
    return why.AccountChanged(current.account_name, spec.role.acme_account_name)


def _profile(spec: CertificateSpec, current: Certificate, _now: datetime) -> Reason | None:
    # Who asks for none takes what the CA chooses, and so what there is.
    wanted = spec.asked_profile
    return None if wanted in (None, current.profile) else why.ProfileChanged(current.profile, wanted)


def _renewal(spec: CertificateSpec, current: Certificate, now: datetime) -> Reason | None:
    due = renewal_due_at(current.not_before, current.not_after, spec.renew)
    return why.RenewalDue(due, current.not_after) if now >= due else None


CHECKS: tuple[Callable[[CertificateSpec, Certificate, datetime], Reason | None], ...] = (
    _identifiers,
    _key_type,
    _csr,
    _role,
    _account,
    _profile,
    _renewal,
)
"""Must a certificate be ordered anew? Asked in this order; every reason that holds is shown."""
