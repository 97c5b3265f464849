"""Must a certificate be ordered? An ordered list of checks; each answers with a reason or with none."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from reconciler.plan import reasons as why

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from reconciler.model.certificate import Certificate, CertificateSpec
    from reconciler.plan.reasons import Reason

_CLOSE = timedelta(minutes=1)  # CAs round


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


def _must_staple(spec: CertificateSpec, current: Certificate, _now: datetime) -> Reason | None:
    wanted = spec.must_staple
    return None if wanted == current.must_staple else why.MustStapleChanged(wanted)


def _end(spec: CertificateSpec, current: Certificate, _now: datetime) -> Reason | None:
    # Who asks for none takes what the CA chooses, and so what there is.
    wanted = spec.requested_end
    return None if wanted in (None, current.requested_end) else why.EndChanged(current.requested_end, wanted)


def _revoked(_spec: CertificateSpec, current: Certificate, _now: datetime) -> Reason | None:
    revocation = current.revocation
    return why.CertificateRevoked(revocation.date, revocation.reason) if revocation else None


def _renewal(spec: CertificateSpec, current: Certificate, now: datetime) -> Reason | None:
    asked = spec.not_after.moment if spec.not_after else None
    if asked is not None and current.not_after + _CLOSE >= asked:
        return None  # it lasts as long as it was wanted
    info = current.renewal_info
    due = current.renewal_due_at(spec.renew, now)
    if now < due:
        return None
    suggested = info is not None and due == info.selected_time
    url = info.window.explanation_url if info and info.window and suggested else None
    return why.RenewalDue(due, current.not_after, suggested, url)


CHECKS: tuple[Callable[[CertificateSpec, Certificate, datetime], Reason | None], ...] = (
    _revoked,
    _identifiers,
    _key_type,
    _csr,
    _role,
    _account,
    _profile,
    _must_staple,
    _end,
    _renewal,
)
"""Must a certificate be ordered anew? Asked in this order; every reason that holds is shown."""
