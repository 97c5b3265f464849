"""Whether a certificate is what was asked for: a client that cuts corners is not worth measuring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import verification

from benchmarks.measure import MeasurementError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def check_issued(chain: Path, key: Path, names: Sequence[str], root_pem: str) -> None:
    """Check a certificate with its chain (leaf first) and its private key, both PEM.

    Raises:
        MeasurementError: they are not there, do not fit together, are not for exactly `names`, or do not lead
            to the root.
    """
    try:
        leaf, *others = x509.load_pem_x509_certificates(chain.read_bytes())
        private_key = load_pem_private_key(key.read_bytes(), None)
        stated = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        found = stated.get_values_for_type(x509.DNSName)
        store = verification.Store(x509.load_pem_x509_certificates(root_pem.encode()))
        policy = verification.PolicyBuilder().store(store)
        policy.build_server_verifier(x509.DNSName(names[0])).verify(leaf, others)
    except (OSError, ValueError, x509.ExtensionNotFound, verification.VerificationError) as error:
        raise MeasurementError(f"{chain}: {error}") from error
    if sorted(found) != sorted(names):
        raise MeasurementError(f"{chain}: is for {found}, not for {list(names)}")
    if private_key.public_key() != leaf.public_key():
        raise MeasurementError(f"{chain}: is not for the key in {key}")
