"""Keys, certificate signing requests and chains: bytes in, values out. No clock, no files.

`cryptography` is imported when something needs it, not with this package.
"""

from reconciler.pki.account_keys import LARGEST_ACCOUNT_KEY, read_account_key
from reconciler.pki.bundles import to_der, to_pkcs12
from reconciler.pki.certificate_id import serial_text
from reconciler.pki.certificates import is_certificate_of
from reconciler.pki.chains import IssuedChain, chain_has_issuer, check_chain, check_chain_for, read_chain
from reconciler.pki.csr import CertificateRequest, read_csr
from reconciler.pki.keys import generate_key, key_type_of, load_key, same_key
from reconciler.pki.proofs import tls_alpn_certificate
from reconciler.pki.public_jwk import thumbprint, thumbprint_of
from reconciler.pki.public_keys import public_key
from reconciler.pki.requests import csr_der, make_csr

__all__ = [
    "LARGEST_ACCOUNT_KEY",
    "CertificateRequest",
    "IssuedChain",
    "chain_has_issuer",
    "check_chain",
    "check_chain_for",
    "csr_der",
    "generate_key",
    "is_certificate_of",
    "key_type_of",
    "load_key",
    "make_csr",
    "public_key",
    "read_account_key",
    "read_chain",
    "read_csr",
    "same_key",
    "serial_text",
    "thumbprint",
    "thumbprint_of",
    "tls_alpn_certificate",
    "to_der",
    "to_pkcs12",
]
