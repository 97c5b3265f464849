"""Accounts as text and as JSON; the names of the fields are the seed system's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.model.problem import OWN_ERROR, Problem
from reconciler.render.documents import Document, document, value
from reconciler.render.flaws import flaw_documents
from reconciler.render.text import Paint, clean, fields, names, table, time_text
from reconciler.render.wording.orders import advice_for, problem_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.account import Account, AccountKey, AccountSpec
    from reconciler.model.flaw import FlawedRecord


_GONE = Problem(f"{OWN_ERROR}accountGone")


class AccountView(Struct, frozen=True):
    """An account as the tree wants it and as the state knows it; at least one of the two is there."""

    name: str
    wanted: AccountSpec | None
    known: Account | None

    @property
    def directory_url(self) -> str:
        """The CA's directory."""
        return (self.known or self.wanted).directory_url  # type: ignore[union-attr]

    @property
    def email_contacts(self) -> tuple[str, ...]:
        """The addresses that the CA may write to."""
        return (self.known or self.wanted).email_contacts  # type: ignore[union-attr]

    @property
    def trusted_ca(self) -> str | None:
        """What the TLS of a private CA is trusted by."""
        return self.wanted.trusted_ca if self.wanted else self.known.trusted_ca if self.known else None

    @property
    def additional_hosts(self) -> tuple[str, ...]:
        """The hosts to which its requests may go besides."""
        if self.wanted is not None:
            return self.wanted.additional_hosts
        return self.known.additional_hosts if self.known else ()

    @property
    def account_url(self) -> str | None:
        """The CA's name for it; None until it is registered."""
        return self.known.account_url if self.known else None


def accounts_document(views: Sequence[AccountView], flawed: Sequence[FlawedRecord] = ()) -> Document:
    """Return a list of accounts for programs, and what cannot be read."""
    return document("accounts", accounts=[_account(view) for view in views], flawed=flaw_documents(flawed))


def account_document(view: AccountView) -> Document:
    """Return all about one account for programs."""
    return document("account", **_account(view))


def render_accounts(views: Sequence[AccountView], *, color: bool = False) -> str:
    """Return a list of accounts for people."""
    if not views:
        return "No accounts.\n"
    rows = [(clean(view.name), _state(view), clean(view.directory_url)) for view in views]
    return "\n".join(table(("ACCOUNT", "STATE", "DIRECTORY"), rows, Paint(color))) + "\n"


def render_account(view: AccountView, *, color: bool = False) -> str:
    """Return all about one account for people."""
    paint = Paint(color)
    known = view.known
    described = fields(
        [
            ("directory", clean(view.directory_url)),
            ("account URL", clean(view.account_url) if view.account_url else "none: not registered yet"),
            ("contacts", names(view.email_contacts) or None),
            ("trusted CA", _trusted_ca(view)),
            ("other hosts", names(view.additional_hosts) or None),
            ("in the tree", None if view.wanted else "no: the next apply deactivates it"),
            ("last error", problem_text(known.last_error) if known and known.last_error else None),
            (
                "what to do",
                advice_for(_GONE) if known and known.last_error else None,
            ),
            ("keys", [_key(key, known) for key in known.account_keys] if known else None),
            ("created", time_text(known.creation_date) if known else None),
            ("last updated", time_text(known.last_updated_date) if known else None),
        ],
        2,
        paint,
    )
    return "\n".join([paint.strong(f"account {clean(view.name)}"), *described]) + "\n"


def _state(view: AccountView) -> str:
    if view.known is not None and view.known.last_error is not None:
        return "not accepted by the CA"
    return "registered" if view.account_url else "not registered"


def _trusted_ca(view: AccountView) -> str | None:
    return "one of its own, for the TLS of this server" if view.trusted_ca else None


def _key(key: AccountKey, account: Account) -> str:
    active = ", active" if key.key_version == account.active_key_version else ""
    active += ", begun" if key.key_version == account.pending_key_version else ""
    return f"version {key.key_version}: {key.key_type}, made {time_text(key.key_creation_date)}{active}"


def _account(view: AccountView) -> Document:
    known = view.known
    keys = {key.key_version: value(key) for key in known.account_keys} if known else {}
    return {
        "name": view.name,
        "directory_url": view.directory_url,
        "account_url": view.account_url,
        "email_contacts": value(view.email_contacts),
        "trusted_ca": view.trusted_ca,
        "additional_hosts": value(view.additional_hosts),
        "active_key_version": known.active_key_version if known else None,
        "pending_key_version": known.pending_key_version if known else None,
        "account_keys": value(keys),
        "creation_date": value(known.creation_date) if known else None,
        "last_updated_date": value(known.last_updated_date) if known else None,
        "last_error": value(known.last_error) if known else None,
    }
