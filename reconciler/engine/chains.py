"""Downloading a certificate, and choosing among the chains that the CA offers (RFC 8555 section 7.4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler import pki
from reconciler.errors import CAError, InvalidCertificateError

if TYPE_CHECKING:
    from reconciler.engine.work import Work
    from reconciler.model.order import Order


def download(work: Work, order: Order, key: bytes) -> pki.IssuedChain:
    """Return the certificate with the chain that is preferred, or else the one that the CA prefers.

    Args:
        work: for the CA, and the preference.
        order: with the URL of its certificate.
        key: the private key (PEM) that the certificate must be for, or the CSR.

    Raises:
        InvalidCertificateError: what the CA sent is not what was ordered; alternates are only left out then.
        CAError: it cannot be downloaded.
    """
    answer = work.ca.download_certificate(order.certificate_url or "")
    issued = pki.check_chain(answer.chain_pem, key, order.identifiers)
    preferred = work.spec.chain_issuer
    if preferred is None or pki.chain_has_issuer(issued, preferred):
        return issued
    for url in answer.alternates:
        try:
            chain_pem = work.ca.download_certificate(url).chain_pem
            alternate = pki.check_chain(chain_pem, key, order.identifiers)
        except (CAError, InvalidCertificateError):
            continue
        if pki.chain_has_issuer(alternate, preferred):
            return alternate
    return issued
