"""The environment variables that a tree names as secrets: for this program, and for none that it starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.account import SecretReference
from reconciler.model.dns_provider import Lexicon

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.model.desired import Desired
    from reconciler.model.dns_provider import DnsService


def secret_variables(desired: Desired) -> frozenset[str]:
    """Return the names of the variables that `{env: NAME}` stands for anywhere in a tree."""
    encryption = desired.settings.encryption
    found: list[object] = [encryption.identity if encryption else None]
    found += [each.eab_key for each in desired.accounts.values()]
    for provider in desired.dns_providers.values():
        found += _values(provider.service)
    return frozenset(each.env for each in found if isinstance(each, SecretReference) and each.env)


def _values(service: DnsService) -> Iterator[object]:
    if isinstance(service, Lexicon):
        yield from service.options.values()
    else:
        yield from (getattr(service, each) for each in service.__struct_fields__)
