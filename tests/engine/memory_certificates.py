"""The CA in memory: the part of the port that is about certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509

from reconciler.ca.port import ChainAnswer, RenewalAnswer
from reconciler.errors import ProtocolError
from reconciler.model.renewal import RenewalWindow
from reconciler.pki.keys import load_key
from tests.engine.memory_accounts import MemoryAccountRequests
from tests.engine.memory_server import URL, MemoryOrder, refused

if TYPE_CHECKING:
    from reconciler.model.revocation import RevocationReason

_END = "-----END CERTIFICATE-----\n"


class MemoryCertificateRequests(MemoryAccountRequests):
    def download_certificate(self, url: str) -> ChainAnswer:
        self._asked("download_certificate", url)
        self._account()
        server = self._server
        base, _, number = url.partition("/alternate/")
        pem = self._order(base.removesuffix("/certificate")).certificate
        assert pem is not None
        if number:
            pem = server.issuer.alternate_chain(pem.partition(_END)[0] + _END, int(number))
        offered = (base, *(f"{base}/alternate/{each + 1}" for each in range(server.alternate_roots)))
        assert url in offered
        server.after_request("download_certificate")
        return ChainAnswer(pem, tuple(each for each in offered if each != url))

    def revoke_certificate(
        self, certificate: bytes, reason: RevocationReason, certificate_key: bytes | None = None
    ) -> None:
        server = self._server
        self._asked("revoke_certificate")
        leaf = x509.load_der_x509_certificate(certificate)
        account_url = None if certificate_key else self._account().url
        with server.lock:
            if reason in server.refused_reasons:
                raise refused("badRevocationReason", f"not for {reason}")
            known, owner = server.leaves.get(leaf.serial_number, (None, ""))
            if known != leaf:
                raise refused("malformed", "there is no such certificate", 404)
            if certificate_key:
                is_allowed = load_key(certificate_key).public_key() == leaf.public_key()
            else:
                is_allowed = account_url == owner
            if not is_allowed:
                raise refused("unauthorized", "the certificate is not of this key", 403)
            if leaf.serial_number in server.revoked:
                raise refused("alreadyRevoked", "the certificate is revoked")
            server.revoked[leaf.serial_number] = reason
            server.revoked_by.append("certificate" if certificate_key else "account")
        server.after_request("revoke_certificate")

    def read_renewal_info(self, certificate_id: str) -> RenewalAnswer:
        server = self._server
        if not server.renewal_info:
            raise ProtocolError(f"{URL}: the CA does not offer renewal information")
        self._asked("read_renewal_info", certificate_id)
        leaf = server.certificate_ids.get(certificate_id)
        if leaf is None:
            raise refused("malformed", "there is no such certificate", 404)
        start, end = leaf.not_valid_before_utc, leaf.not_valid_after_utc
        standard = RenewalAnswer(RenewalWindow(end - (end - start) / 3, end))
        server.after_request("read_renewal_info")
        return server.renewal_windows.get(certificate_id, standard)

    def _order(self, url: str) -> MemoryOrder:
        order = self._server.orders.get(int(url.rpartition("/")[2]))
        if order is None:
            raise refused("malformed", "there is no such order", 404)
        return order
