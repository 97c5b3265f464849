"""A certificate that is handed out, as JSON; the names of the fields are the seed system's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.model.certificate import Certificate
from reconciler.render.documents import Document, document

if TYPE_CHECKING:
    from reconciler.model.order import Order
    from reconciler.pki import IssuedChain

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?", re.DOTALL)


def fetched_document(made: Certificate | Order, issued: IssuedChain, private_key: str) -> Document:
    """Return a certificate for programs; `private_key` is PEM, empty where it is not to be shown."""
    name = made.name if isinstance(made, Certificate) else made.certificate_name
    return document(
        "fetched_certificate",
        name=name,
        order_id=made.order_id,
        role_name=made.role_name,
        identifiers=made.identifiers,
        certificate=issued.cert_pem,
        ca_chain=_CERTIFICATE.findall(issued.chain_pem),
        private_key=private_key or None,
        private_key_type=made.key_type,
        serial_number=issued.serial_number,
        authority_key_id=issued.authority_key_id,
        not_before=issued.not_before,
        not_after=issued.not_after,
    )
