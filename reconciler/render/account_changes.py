"""What `account rotate-key` and `account deactivate` have done; the names are the seed system's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render.documents import Document, document
from reconciler.render.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.account import Account
    from reconciler.model.order import Order


def rotated_document(before: Account, after: Account) -> Document:
    """Return for programs which key has taken the place of which."""
    return document(
        "rotated_key",
        name=after.name,
        old_active_key_version=before.active_key_version,
        new_active_key_version=after.active_key_version,
        key_type=after.active_key.key_type,
        rotated_at=after.last_updated_date,
    )


def rotated_text(before: Account, after: Account, orders: Sequence[Order]) -> str:
    """Return for people which key has taken the place of which, and what that means for orders under way."""
    new, old = after.active_key_version, before.active_key_version
    return (
        f"account {clean(after.name)}: key version {new} ({after.active_key.key_type}) has taken the place "
        f"of version {old}.\n"
    ) + "".join(
        f"order {clean(each.order_id)}: what people have done for it has to be done again; `reconciler "
        "apply` says what\n"
        for each in orders
    )


def deactivated_document(account: Account) -> Document:
    """Return for programs which account is deactivated."""
    return document(
        "deactivated",
        name=account.name,
        directory_url=account.directory_url,
        account_url=account.account_url,
    )


def deactivated_text(account: Account, *, in_tree: bool) -> str:
    """Return for people which account is deactivated, and what may follow."""
    lines = [f"account {clean(account.name)} is deactivated; its records and keys are archived."]
    if in_tree:
        lines.append("The tree still has it: an apply that needs it registers another, with a new key.")
    return "\n".join(lines) + "\n"
