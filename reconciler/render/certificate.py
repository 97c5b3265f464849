"""Certificates as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.render.documents import Document, document, value
from reconciler.render.evidence import evidence_document, evidence_fields
from reconciler.render.flaws import flaw_documents
from reconciler.render.origin import origin_document, origin_fields, requester_document, who_asked
from reconciler.render.text import Paint, clean, distance, fields, names, table, time_text, wrap
from reconciler.render.wording.permissions import permissions_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from reconciler.model.certificate import Certificate
    from reconciler.model.flaw import FlawedRecord
    from reconciler.model.observed import FileChanges
    from reconciler.model.revocation import Revocation

_INDENT = 20
"""Where the values stand, at most."""


class CertificateView(Struct, frozen=True):
    """A certificate, and what is known of it beside its record.

    Attributes:
        folder: where its files are, as the reader would name it.
        renewal_due: from when it is renewed; None where the tree no longer asks for it.
        changes: how its files differ from what was issued.
    """

    certificate: Certificate
    folder: str
    renewal_due: datetime | None
    changes: FileChanges


def certificates_document(views: Sequence[CertificateView], flawed: Sequence[FlawedRecord] = ()) -> Document:
    """Return a list of certificates for programs, and what cannot be read."""
    shown = [_certificate(view) for view in views]
    return document("certificates", certificates=shown, flawed=flaw_documents(flawed))


def certificate_document(view: CertificateView) -> Document:
    """Return all about one certificate for programs."""
    return document("certificate", **_certificate(view))


def render_certificates(views: Sequence[CertificateView], *, now: datetime, color: bool = False) -> str:
    """Return a list of certificates for people."""
    if not views:
        return "No certificates.\n"
    rows = [
        (
            clean(view.certificate.name),
            f"{time_text(view.certificate.not_after)} ({distance(view.certificate.not_after, now)})",
            _renewal(view, now),
            clean(view.certificate.serial_number),
        )
        for view in views
    ]
    return "\n".join(table(("CERTIFICATE", "EXPIRES", "RENEWAL", "SERIAL NUMBER"), rows, Paint(color))) + "\n"


def render_certificate(view: CertificateView, *, now: datetime, color: bool = False) -> str:
    """Return all about one certificate for people."""
    paint = Paint(color)
    certificate = view.certificate
    described = fields(
        [
            ("identifiers", wrap(names(each.text for each in certificate.identifiers), _INDENT)),
            ("serial number", clean(certificate.serial_number)),
            ("issuer", clean(certificate.issuer)),
            ("valid from", time_text(certificate.not_before)),
            ("expires", f"{time_text(certificate.not_after)} ({distance(certificate.not_after, now)})"),
            ("revoked", revocation_text(certificate.revocation)),
            ("renewal", None if certificate.revocation else _renewal(view, now)),
            *_renewal_info(certificate),
            ("key type", str(certificate.key_type)),
            ("private key", "with the requester (CSR)" if certificate.csr_digest else None),
            ("profile", clean(certificate.profile) if certificate.profile else None),
            ("must-staple", "yes" if certificate.must_staple else None),
            ("asked to end", clean(certificate.requested_end) if certificate.requested_end else None),
            ("role", clean(certificate.role_name)),
            ("account", clean(certificate.account_name)),
            ("order", clean(certificate.order_id)),
            *origin_fields(certificate),
            *evidence_fields(certificate.evidence, _INDENT),
            ("files", f"{clean(view.folder)}/ ({_files(view)})"),
        ],
        2,
        paint,
    )
    return "\n".join([paint.strong(f"certificate {clean(certificate.name)}"), *described]) + "\n"


def revocation_text(revocation: Revocation | None) -> str | None:
    """Return a revocation for people."""
    return f"{time_text(revocation.date)} ({revocation.reason})" if revocation else None


def _renewal_info(certificate: Certificate) -> list[tuple[str, str | None]]:
    info = certificate.renewal_info
    if info is None or info.window is None or certificate.revocation is not None:
        return []
    window, url = info.window, info.window.explanation_url
    return [
        ("the CA suggests", f"{time_text(window.start)} to {time_text(window.end)}"),
        ("the CA says why", clean(url) if url else None),
        ("asked again", time_text(info.next_check)),
    ]


def _renewal(view: CertificateView, now: datetime) -> str:
    due = view.renewal_due
    if view.certificate.revocation is not None:
        return f"revoked {time_text(view.certificate.revocation.date)}"
    if due is None:
        return "none: the tree no longer asks for it"
    return f"due since {time_text(due)}" if due <= now else f"from {time_text(due)}"


def _files(view: CertificateView) -> str:
    parts = [f"missing: {names(view.changes.missing)}"] if view.changes.missing else []
    if view.changes.altered:
        parts.append(f"altered: {names(view.changes.altered)}")
    if view.changes.superseded:
        parts.append(f"left over: {names(view.changes.superseded)}")
    if view.changes.permissions:
        parts.append(permissions_text(view.changes.permissions))
    return "; ".join(parts) or names(view.certificate.files)


def revocation_document(revocation: Revocation | None) -> Document | None:
    """Return a revocation for programs."""
    if revocation is None:
        return None
    return {"date": value(revocation.date), "reason": str(revocation.reason)}


def _certificate(view: CertificateView) -> Document:
    certificate = view.certificate
    return {
        "name": certificate.name,
        "role_name": certificate.role_name,
        "account_name": certificate.account_name,
        "identifiers": value(certificate.identifiers),
        "key_type": str(certificate.key_type),
        "csr_digest": certificate.csr_digest,
        "profile": certificate.profile,
        "order_id": certificate.order_id,
        "evidence": evidence_document(certificate.evidence),
        "origin": origin_document(certificate),
        "requested_by": requester_document(who_asked(certificate)),
        "serial_number": certificate.serial_number,
        "issuer": certificate.issuer,
        "not_before": value(certificate.not_before),
        "not_after": value(certificate.not_after),
        "renewal_due": value(view.renewal_due),
        "must_staple": certificate.must_staple,
        "requested_end": certificate.requested_end,
        "certificate_id": certificate.certificate_id,
        "renewal_info": value(certificate.renewal_info),
        "revocation": revocation_document(certificate.revocation),
        "folder": view.folder,
        "files": dict(certificate.files),
        "missing_files": list(view.changes.missing),
        "altered_files": list(view.changes.altered),
        "superseded_files": list(view.changes.superseded),
        "wrong_permissions": value(view.changes.permissions),
    }
