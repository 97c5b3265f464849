"""The fields of a certificate that say how it is wanted, beside which names by which role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.model.account import KeyType
from reconciler.model.revocation import NOT_POSSIBLE, RevocationReason
from reconciler.tree.build import converted, parsed
from reconciler.tree.renewal import parse_requested_end

if TYPE_CHECKING:
    from reconciler.tree.build import Converters
    from reconciler.tree.document import Document

_FIELDS: Converters = {"profile": str, "reuse_key": bool, "must_staple": bool, "preferred_chain": str}
_OF_KEYS_MADE_HERE = ("key_type", "reuse_key", "must_staple")


def own_fields(document: Document) -> dict[str, Any]:
    """Return these fields as `CertificateSpec` takes them; what is missing or wrong has its default."""
    _check_csr(document)
    key_type = document.value.get("key_type")
    return {
        "wanted_key_type": KeyType(key_type) if key_type else None,
        "not_after": parsed(document, parse_requested_end, "not_after"),
        "revoke": _revoke(document),
        **converted(document.value, _FIELDS),
    }


def _check_csr(document: Document) -> None:
    if not document.raw.keys() & {"csr", "csr_file"}:
        return
    for name in _OF_KEYS_MADE_HERE:
        if document.value.get(name):
            message = f"`{name}` has no meaning for a CSR: it was made with its key, and says what it says"
            document.source.error(
                "not-with-csr", message, document.node(name), f"remove `{name}`, or make another CSR"
            )


def _revoke(document: Document) -> RevocationReason | None:
    text = document.value.get("revoke", {}).get("reason")
    if text is None:
        return None
    reason = RevocationReason(text)
    if reason.is_possible:
        return reason
    document.source.error(
        "bad-value", f"`{reason}` {NOT_POSSIBLE}", document.node("revoke", "reason"), "give another reason"
    )
    return None
