"""From documents to settings and accounts: what the schema cannot say is checked here."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeVar

from reconciler.model.account import AccountSpec, KeyType, SecretReference
from reconciler.model.dns_provider import Propagation
from reconciler.model.permissions import OutputPermissions
from reconciler.model.settings import Settings
from reconciler.tree.challenges import build_challenges
from reconciler.tree.discover import FOLDERS
from reconciler.tree.dns_settings import build_propagation
from reconciler.tree.encryption import build_encryption
from reconciler.tree.renewal import parse_duration, parse_renewal
from reconciler.tree.safety import build_safety
from reconciler.tree.trusted_ref import check_trusted_ref

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.model.renewal import RenewalRule
    from reconciler.tree.document import Document

    Converters = Mapping[str, Callable[[Any], Any]]

T = TypeVar("T")

_ACCOUNT_FIELDS: Converters = {
    "email_contacts": tuple,
    "key_type": KeyType,
    "terms_of_service_agreed": bool,
    "eab_kid": str,
    "eab_key": lambda fields: SecretReference(**fields),
    "trusted_ca": str,
    "max_concurrent_new_orders": int,
    "additional_hosts": tuple,
}

_PERMISSIONS: Converters = {
    "owner": str,
    "group": str,
    "private_key_mode": lambda text: int(text, 8),
    "certificate_mode": lambda text: int(text, 8),
    "folder_mode": lambda text: int(text, 8),
}


def build_settings(document: Document, root: str) -> Settings:
    """Return the settings of the tree at `root`; those that are missing or wrong have their defaults."""
    value = document.value
    settings = Settings(
        **converted(value, {"state": str, "output": str}),
        challenges=build_challenges(document),
        propagation=build_propagation(document, value.get("dns", {}), "dns") or Propagation(),
        renew=build_renewal(document),
        trusted_ref=check_trusted_ref(document),
        encryption=build_encryption(document),
        safety=build_safety(value.get("safety", {})),
        output_permissions=OutputPermissions(**converted(value.get("output_permissions", {}), _PERMISSIONS)),
    )
    _check_folders(document, settings, root)
    return settings


def build_account(document: Document) -> AccountSpec:
    """Return an account; what is missing or wrong has its default."""
    return AccountSpec(
        name=document.name,
        directory_url=document.value.get("directory_url", ""),
        location=document.location,
        key_max_age=parsed(document, parse_duration, "key_rotation", "max_age"),
        **converted(document.value, _ACCOUNT_FIELDS),
    )


def build_renewal(document: Document) -> RenewalRule | None:
    """Return the rule in the field `renew`; None if there is none, or a wrong one."""
    return parsed(document, parse_renewal, "renew", "before")


def parsed(document: Document, parse: Callable[[str], T], *path: str) -> T | None:
    """Return what a field, or a field in a field, says; None if it is not there, or wrong."""
    text: Any = document.value
    for name in path:
        text = text.get(name, {})
    if not isinstance(text, str):
        return None
    try:
        return parse(text)
    except ValueError as error:
        document.source.error("bad-value", f"`{'.'.join(path)}`: {error}", document.node(*path))
        return None


def converted(value: Mapping[str, Any], converters: Converters) -> dict[str, Any]:
    """Return the fields that are there, so that the model's own defaults hold for the others."""
    return {name: convert(value[name]) for name, convert in converters.items() if name in value}


def _check_folders(document: Document, settings: Settings, root: str) -> None:
    """See to it that what the program writes never lies among what people write, nor in each other."""
    state, output = (_real_path(each, root) for each in (settings.state, settings.output))
    for field, folder in (("state", state), ("output", output)):
        if folder == root or any(_is_in(folder, f"{root}/{each}") for each in FOLDERS):
            hint = "give it a folder of its own"
            document.source.error(
                "bad-folder", f"`{field}` must not be a folder of the tree", document.node(field), hint
            )
    if root not in (state, output) and (_is_in(state, output) or _is_in(output, state)):
        place = document.node("output" if "output" in document.root.entries else "state")
        document.source.error(
            "bad-folder", "`state` and `output` must be two folders, and none of them in the other", place
        )


def _real_path(folder: str, root: str) -> str:
    """Return where a folder of the settings is, whatever links lead to it."""
    return os.path.realpath(os.path.join(root, folder))  # noqa: PTH118 - a setting, and no path yet


def _is_in(folder: str, other: str) -> bool:
    return folder == other or folder.startswith(f"{other}/")
