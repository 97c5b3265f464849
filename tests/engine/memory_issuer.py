"""The certificates of the CA in memory: its roots, and what it issues."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from reconciler.errors import ProblemError
from reconciler.model.problem import ACME_ERROR, Problem
from reconciler.pki.requests import alternative_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.identifier import Identifier
    from tests.engine.fake_clock import FakeClock

LIFETIME = dt.timedelta(days=90)
_ROOT = "memory root"


class MemoryIssuer:
    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._alternate_keys: dict[int, ec.EllipticCurvePrivateKey] = {}
        self.root = self._authority(_ROOT, self._key)

    def issue(
        self, csr_der: bytes, identifiers: Sequence[Identifier], not_after: dt.datetime | None
    ) -> x509.Certificate:
        csr = x509.load_der_x509_csr(csr_der)
        requested = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = alternative_names(identifiers)
        if set(requested) != set(names):
            raise ProblemError(Problem(f"{ACME_ERROR}badCSR", "other names than ordered"))
        builder = self._builder(x509.Name([]), _ROOT, csr.public_key(), self._key, not_after)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(names, critical=True)
        for extension in csr.extensions:
            if isinstance(extension.value, x509.TLSFeature):
                builder = builder.add_extension(extension.value, critical=extension.critical)
        return builder.sign(self._key, hashes.SHA256())

    def chain(self, leaf: x509.Certificate) -> str:
        return _pem(leaf) + _pem(self.root)

    def alternate_chain(self, leaf_pem: str, number: int) -> str:
        """Return a leaf with its issuer as `memory root NUMBER` has signed it."""
        key = self._alternate_keys.setdefault(number, ec.generate_private_key(ec.SECP256R1()))
        return leaf_pem + _pem(self._authority(f"{_ROOT} {number}", key))

    def _authority(self, issuer: str, issuer_key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
        """Return a certificate of this CA, by itself or by another root."""
        builder = self._builder(_name(_ROOT), issuer, self._key.public_key(), issuer_key, None)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        return builder.sign(issuer_key, hashes.SHA256())

    def _builder(
        self,
        subject: x509.Name,
        issuer: str,
        key: object,
        issuer_key: ec.EllipticCurvePrivateKey,
        not_after: dt.datetime | None,
    ) -> x509.CertificateBuilder:
        now = self._clock.now().replace(microsecond=0)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(_name(issuer))
            .public_key(key)  # type: ignore[arg-type]
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(not_after or now + LIFETIME)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)  # type: ignore[arg-type]
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
            )
        )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
