"""From documents to settings, accounts and roles: what the schema cannot say is checked here."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from reconciler.errors import InvalidIdentifierError
from reconciler.model.account import AccountSpec, KeyType, SecretReference
from reconciler.model.identifier import parse_identifier
from reconciler.model.role import ChallengeType, DomainOption, IdentifierPopulation, Role
from reconciler.model.settings import Settings
from reconciler.tree.discover import FOLDERS
from reconciler.tree.references import check_reference
from reconciler.tree.renewal import parse_renewal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from reconciler.model.renewal import RenewalRule
    from reconciler.tree.document import Document

    Converters = Mapping[str, Callable[[Any], Any]]

_ACCOUNT_FIELDS: Converters = {
    "email_contacts": tuple,
    "key_type": KeyType,
    "terms_of_service_agreed": bool,
    "eab_kid": str,
    "eab_key": lambda fields: SecretReference(**fields),
    "trusted_ca": str,
    "max_concurrent_new_orders": int,
}
_ROLE_FIELDS: Converters = {
    "allowed_domains": tuple,
    "allowed_domain_options": lambda names: frozenset(map(DomainOption, names)),
    # dict: each of them once, in the order in which they were written.
    "allowed_challenge_types": lambda names: tuple(map(ChallengeType, dict.fromkeys(names))),
    "csr_generate_key_type": KeyType,
    "csr_identifier_population": IdentifierPopulation,
}
_UNSUPPORTED_OPTIONS = frozenset({DomainOption.SUBDOMAINS, DomainOption.WILDCARDS, DomainOption.GLOBS})


def build_settings(document: Document) -> Settings:
    """Return the settings; those that are missing or wrong have their defaults."""
    value = document.value
    settings = Settings(
        **_converted(value, {"state": str, "output": str}),
        http_01_webroot=value.get("challenges", {}).get("http-01", {}).get("webroot"),
        renew=build_renewal(document),
    )
    _check_folders(document, settings)
    return settings


def build_account(document: Document) -> AccountSpec:
    """Return an account; what is missing or wrong has its default."""
    return AccountSpec(
        name=document.name,
        directory_url=document.value.get("directory_url", ""),
        location=document.location,
        **_converted(document.value, _ACCOUNT_FIELDS),
    )


def build_role(document: Document, accounts: Collection[str]) -> Role:
    """Return a role; what is missing or wrong has its default.

    Args:
        document: the role's file.
        accounts: the names of all accounts there are.
    """
    _warn_of_what_grants_nothing(document)
    return Role(
        name=document.name,
        acme_account_name=check_reference(document, "acme_account_name", "account", accounts),
        location=document.location,
        acme_account_name_location=document.source.location(document.node("acme_account_name")),
        **_converted(document.value, _ROLE_FIELDS),
    )


def build_renewal(document: Document) -> RenewalRule | None:
    """Return the rule in the field `renew`; None if there is none, or a wrong one."""
    text = document.value.get("renew", {}).get("before")
    if text is None:
        return None
    try:
        return parse_renewal(text)
    except ValueError as error:
        document.source.error("bad-value", f"`renew.before`: {error}", document.node("renew", "before"))
        return None


def _converted(value: Mapping[str, Any], converters: Converters) -> dict[str, Any]:
    """Return the fields that are there, so that the model's own defaults hold for the others."""
    return {name: convert(value[name]) for name, convert in converters.items() if name in value}


def _check_folders(document: Document, settings: Settings) -> None:
    """See to it that what the program writes never lies among what people write."""
    folders = {"state": settings.state, "output": settings.output}
    for field, folder in folders.items():
        path = posixpath.normpath(folder)
        if path == "." or path.split("/")[0] in FOLDERS:
            hint = "give it a folder of its own"
            document.source.error(
                "bad-folder", f"`{field}` must not be a folder of the tree", document.node(field), hint
            )
    if posixpath.normpath(settings.state) == posixpath.normpath(settings.output):
        place = document.node("output" if "output" in document.root.entries else "state")
        document.source.error("bad-folder", "`state` and `output` must be two folders", place)


def _warn_of_what_grants_nothing(document: Document) -> None:
    source = document.source
    for node, option in document.items("allowed_domain_options"):
        if option in _UNSUPPORTED_OPTIONS:
            message = f"the option `{option}` is not supported yet and grants nothing"
            source.warning("not-supported-yet", message, node, "list the names one by one")
    for node, entry in document.items("allowed_domains"):
        if "{{" in entry:
            source.warning("not-supported-yet", "templates are not supported yet and grant nothing", node)
        elif "*" not in entry:
            try:
                parse_identifier(entry)
            except InvalidIdentifierError as error:
                source.warning("unusable-entry", f"this grants nothing: {error}", node)
