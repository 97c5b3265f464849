"""`encryption`: whom the private keys in the state are encrypted for, and where the key to read them is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.model.account import SecretReference
from reconciler.model.encryption import Encryption, recipient_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.tree.document import Document


def build_encryption(document: Document) -> Encryption | None:
    """Return whom keys are encrypted for; None where they are not, or where that is wrong."""
    value: dict[str, Any] | None = document.value.get("encryption")
    if not value:
        return None
    recipients = _recipients(document, value["recipients"])
    identity = SecretReference(**value["identity"]) if "identity" in value else None
    return Encryption(recipients, identity) if recipients else None


def _recipients(document: Document, texts: Sequence[str]) -> tuple[str, ...]:
    """Return recipients in their one form, each once; note a finding for each that is none."""
    from reconciler.tree.age_recipients import parse_recipient  # what they need is slow to import
    from reconciler.tree.ssh_blob import UnusableKeyError

    good: dict[str, int] = {}
    for number, text in enumerate(texts):
        place = document.node("encryption", "recipients", number)
        name = f"`encryption.recipients[{number + 1}]`"
        try:
            recipient = parse_recipient(text)
        except UnusableKeyError as error:
            document.source.error("bad-recipient", f"{name}: {error}", place, error.hint)
            continue
        first = good.setdefault(recipient, number)
        if first != number:
            said = f"{name} is the same as the one in place {first + 1}: {recipient_label(recipient)}"
            document.source.warning("duplicate-recipient", said, place, "remove one of the two")
    return tuple(good)
