"""The observed state: what earlier runs have written down, and what lies in the output folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from reconciler.model.encryption import KeyEncryption

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.account import Account
    from reconciler.model.certificate import Certificate
    from reconciler.model.claim import Claim
    from reconciler.model.flaw import FlawedRecord
    from reconciler.model.instruction import Leftovers
    from reconciler.model.order import Order
    from reconciler.model.permissions import WrongPermission


class FileChanges(Struct, frozen=True):
    """How the delivered files of a certificate differ from what was issued.

    Attributes:
        superseded: files of a certificate before it that are still there, and that it does not have.
        permissions: what they have otherwise than the settings say.
    """

    missing: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()
    superseded: tuple[str, ...] = ()
    permissions: tuple[WrongPermission, ...] = ()


NO_CHANGES = FileChanges()


class Observed(Struct, frozen=True):
    """All that is known when a plan is made.

    Attributes:
        accounts, certificates: by name.
        orders: the last order of each certificate's name that is not the one its certificate came from.
        file_changes: by certificate name; only those with any.
        leftovers: what was presented for orders and is still to be taken away, by their ids.
        surplus: orders beside the last of a certificate that nothing follows: two runs have each made one.
        claims: what other runs work on, or have worked on.
        keys: how the private keys in the state are kept.
        flawed: the records that cannot be read; nothing of them is in the rest.
        output_links: by certificate name, the link that is in the way of its files.
    """

    accounts: Mapping[str, Account] = field(default_factory=dict)
    certificates: Mapping[str, Certificate] = field(default_factory=dict)
    orders: Mapping[str, Order] = field(default_factory=dict)
    file_changes: Mapping[str, FileChanges] = field(default_factory=dict)
    leftovers: Mapping[str, Leftovers] = field(default_factory=dict)
    surplus: tuple[Order, ...] = ()
    claims: tuple[Claim, ...] = ()
    keys: KeyEncryption = field(default_factory=KeyEncryption)
    flawed: tuple[FlawedRecord, ...] = ()
    output_links: Mapping[str, str] = field(default_factory=dict)
