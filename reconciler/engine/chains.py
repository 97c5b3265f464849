"""Downloading a certificate, and choosing among the chains that the CA offers (RFC 8555 section 7.4.2)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from reconciler import pki
from reconciler.errors import CAError, InvalidCertificateError, ProtocolError

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.engine.work import Work
    from reconciler.model.order import Order


# Not every CA lets its certificates begin a little in the past, and clocks are not alike.
_CLOCKS_DIFFER = timedelta(hours=1)


def download(work: Work, order: Order, key: bytes) -> pki.IssuedChain:
    """Return the certificate with the chain that is preferred, or else the one that the CA prefers.

    Args:
        work: for the CA, and the preference.
        order: with the URL of its certificate.
        key: the private key (PEM) that the certificate must be for, or the CSR.

    Raises:
        InvalidCertificateError: what the CA sent is not what was ordered, or has expired; alternates are only
            left out then.
        ProtocolError: it is not valid yet.
        CAError: it cannot be downloaded.
    """
    answer = work.ca.download_certificate(order.certificate_url or "")
    issued = pki.check_chain(answer.chain_pem, key, order.identifiers)
    _check_time(issued, work.place.clock.now())
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


def _check_time(issued: pki.IssuedChain, now: datetime) -> None:
    """See to it that a certificate can take the place of another one now.

    One that is still to become valid is good, and it may be our clock that is wrong: it is fetched again when
    its time has come. One that has expired will not get better.
    """
    if issued.not_after <= now:
        raise InvalidCertificateError(
            f"the CA's certificate has expired: it ended at {_shown(issued.not_after)}, and now is "
            f"{_shown(now)} by the clock of this machine; correct that if it is wrong"
        )
    if issued.not_before > now + _CLOCKS_DIFFER:
        raise ProtocolError(
            f"the CA's certificate is valid from {_shown(issued.not_before)} on, and now is {_shown(now)} by "
            "the clock of this machine; correct that if it is wrong: the next run fetches the certificate"
        )


def _shown(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"
