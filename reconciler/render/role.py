"""Roles as text and as JSON; the names of the fields are the seed system's, where it has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.model.role import DomainOption, IdentifierPopulation
from reconciler.render.documents import Document, document, value
from reconciler.render.text import Paint, clean, columns, fields, names, table, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.model.role import Role

_INDENT = 21
_MOST_COLUMNS = 20
_MOST_CERTIFICATES = 20
_POPULATIONS = {
    IdentifierPopulation.CN_FIRST: "the first identifier",
    IdentifierPopulation.SANS_ONLY: "none",
}


class RoleView(Struct, frozen=True):
    """A role, and the names of the certificates that ask for it."""

    role: Role
    certificates: tuple[str, ...]


def roles_document(views: Sequence[RoleView]) -> Document:
    """Return a list of roles for programs."""
    return document("roles", roles=[_role(view) for view in views])


def role_document(view: RoleView) -> Document:
    """Return all about one role for programs."""
    return document("role", **_role(view))


def render_roles(views: Sequence[RoleView], *, color: bool = False) -> str:
    """Return a list of roles for people."""
    if not views:
        return "No roles.\n"
    rows = [
        (
            clean(view.role.name),
            clean(view.role.acme_account_name),
            _short([*view.role.allowed_domains, *view.role.allowed_ip_ranges]),
            _options(view.role) or "-",
            str(len(view.certificates)),
        )
        for view in views
    ]
    headers = ("ROLE", "ACCOUNT", "ALLOWS", "OPTIONS", "CERTIFICATES")
    return "\n".join(table(headers, rows, Paint(color))) + "\n"


def render_role(view: RoleView, *, color: bool = False) -> str:
    """Return all about one role for people."""
    paint = Paint(color)
    role = view.role
    most = role.max_identifiers
    described = fields(
        [
            ("file", clean(role.location.path)),
            ("account", clean(role.acme_account_name)),
            ("allowed domains", _list(role.allowed_domains) or "none"),
            ("options", _options(role) or "none"),
            ("denied domains", _list(role.denied_domains)),
            ("allowed IP ranges", _list(role.allowed_ip_ranges)),
            ("challenge types", names(role.allowed_challenge_types)),
            ("previous account", _optional(role.previous_acme_account_name)),
            ("key type", str(role.csr_generate_key_type)),
            ("allowed key types", names(role.allowed_key_types)),
            ("preferred chain", _optional(role.preferred_chain)),
            ("common name", _POPULATIONS[role.csr_identifier_population]),
            ("profiles", _list(role.allowed_profiles)),
            ("identifiers", f"at most {most}" if most is not None else None),
            ("certificates", _certificates(view)),
        ],
        2,
        paint,
    )
    return "\n".join([paint.strong(f"role {clean(role.name)}"), *described]) + "\n"


def _optional(text: str | None) -> str | None:
    return clean(text) if text else None


def _certificates(view: RoleView) -> list[str]:
    if not view.certificates:
        return ["none"]
    return wrap(_few(view.certificates, _MOST_CERTIFICATES), _INDENT)


def _options(role: Role) -> str:
    return names(each for each in DomainOption if each in role.allowed_domain_options)


def _list(items: Iterable[object]) -> list[str]:
    return wrap(names(items), _INDENT)


def _short(entries: Sequence[object]) -> str:
    """Return as many entries as have room in a column, the first in any case."""
    most = 1
    while most < len(entries) and columns(names(entries[: most + 1])) <= _MOST_COLUMNS:
        most += 1
    return _few(entries, most) if entries else "-"


def _few(items: Sequence[object], most: int) -> str:
    """Return the first of a list, and how many more there are."""
    shown, more = names(items[:most]), len(items) - most
    return f"{shown} and {more} more" if more > 0 else shown


def _role(view: RoleView) -> Document:
    role = view.role
    return {
        "name": role.name,
        "path": clean(role.location.path),
        "acme_account_name": role.acme_account_name,
        "allowed_domains": value(role.allowed_domains),
        "allowed_domain_options": [str(each) for each in DomainOption if each in role.allowed_domain_options],
        "denied_domains": value(role.denied_domains),
        "allowed_ip_ranges": [str(each) for each in role.allowed_ip_ranges],
        "allowed_challenge_types": value(role.allowed_challenge_types),
        "previous_acme_account_name": role.previous_acme_account_name,
        "csr_generate_key_type": str(role.csr_generate_key_type),
        "allowed_key_types": value(role.allowed_key_types),
        "preferred_chain": role.preferred_chain,
        "csr_identifier_population": str(role.csr_identifier_population),
        "allowed_profiles": value(role.allowed_profiles),
        "max_identifiers": role.max_identifiers,
        "certificates": list(view.certificates),
    }
