"""The requests of the port that are about certificates: their chains, their end, their renewal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.ca import certificate_answers, payloads
from reconciler.ca.jws import AccountKey
from reconciler.ca.session import Session

if TYPE_CHECKING:
    from reconciler.ca.port import ChainAnswer, RenewalAnswer
    from reconciler.model.revocation import RevocationReason

_CHAIN = "application/pem-certificate-chain"


class CertificateRequests(Session):
    """A part of `Rfc8555CA`; the calls' documentation stands in `reconciler.ca.port`."""

    def download_certificate(self, url: str) -> ChainAnswer:
        """Download the certificate chain (RFC 8555 section 7.4.2)."""
        return certificate_answers.chain(self._read(url, accept=_CHAIN))

    def revoke_certificate(
        self, certificate: bytes, reason: RevocationReason, certificate_key: bytes | None = None
    ) -> None:
        """Revoke a certificate (RFC 8555 section 7.6)."""
        url = self._server.offer("revokeCert", "revocation")
        payload = payloads.revoke_certificate(certificate, reason)
        # Whoever gets `alreadyRevoked` for the second of two requests has what was wanted.
        if certificate_key is None:
            answer = self._change(url, payload, repeatable=True)
        else:
            key = AccountKey(certificate_key)
            answer = self._send_with_key(key, url, payload, repeatable=True)
        self._check_is_of_ca(answer)

    def read_renewal_info(self, certificate_id: str) -> RenewalAnswer:
        """Ask when a certificate is to be renewed (RFC 9773 section 4.1)."""
        base = self._server.offer("renewalInfo", "renewal information").rstrip("/")
        answer = self._server.get(f"{base}/{certificate_id}")
        return certificate_answers.renewal_info(answer, self._server.now())
