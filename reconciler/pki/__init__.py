"""Keys, certificate signing requests and chains: bytes in, values out. No clock, no files.

`cryptography` is imported when something needs it, not with this package.
"""

from reconciler.pki.chains import IssuedChain, check_chain
from reconciler.pki.csr import CertificateRequest, read_csr
from reconciler.pki.keys import generate_key, key_type_of
from reconciler.pki.proofs import tls_alpn_certificate
from reconciler.pki.requests import csr_der, make_csr

__all__ = [
    "CertificateRequest",
    "IssuedChain",
    "check_chain",
    "csr_der",
    "generate_key",
    "key_type_of",
    "make_csr",
    "read_csr",
    "tls_alpn_certificate",
]
