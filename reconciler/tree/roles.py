"""From documents to roles: each of its entries is checked, for a policy must mean what its author meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import InvalidEntryError
from reconciler.model.account import KeyType
from reconciler.model.finding import Severity
from reconciler.model.role import ChallengeType, DomainOption, IdentifierPopulation, Role
from reconciler.policy import (
    allowed_domain_problem,
    denied_domain_problem,
    entry_rules,
    ip_range_problem,
    parse_ip_range,
)
from reconciler.tree.build import converted
from reconciler.tree.fulfillment import build_fulfillment
from reconciler.tree.places import FieldPlace
from reconciler.tree.references import check_reference
from reconciler.tree.scripts import warn_of_mixed_scripts

if TYPE_CHECKING:
    from collections.abc import Collection
    from ipaddress import IPv4Network, IPv6Network

    from reconciler.policy import EntryProblem
    from reconciler.tree.build import Converters
    from reconciler.tree.document import Document, Path

_FIELDS: Converters = {
    "allowed_domains": tuple,
    "allowed_domain_options": lambda names: frozenset(map(DomainOption, names)),
    # dict: each of them once, in the order in which they were written.
    "allowed_challenge_types": lambda names: tuple(map(ChallengeType, dict.fromkeys(names))),
    "csr_generate_key_type": KeyType,
    "csr_identifier_population": IdentifierPopulation,
    "denied_domains": tuple,
    "allowed_profiles": lambda names: tuple(dict.fromkeys(names)),
    "max_identifiers": int,
    "allowed_key_types": lambda names: tuple(map(KeyType, dict.fromkeys(names))),
    "preferred_chain": str,
    "previous_acme_account_name": str,
}


def build_role(document: Document, accounts: Collection[str], providers: Collection[str] = ()) -> Role:
    """Return a role; what is missing or wrong has its default.

    Args:
        document: the role's file.
        accounts: the names of all accounts there are.
        providers: the names of all DNS providers there are.
    """
    role = Role(
        name=document.name,
        acme_account_name=check_reference(document, "acme_account_name", "account", accounts),
        location=document.location,
        account_place=FieldPlace(document.source.path, document.source.text, "acme_account_name"),
        allowed_ip_ranges=_ip_ranges(document),
        fulfillment=build_fulfillment(document, providers),
        **converted(document.value, _FIELDS),
    )
    _check_domains(document, role)
    return role


def _check_domains(document: Document, role: Role) -> None:
    rules = entry_rules(role.allowed_domain_options, role.denied_domains, role.allowed_challenge_types)
    # What an entry is worth depends on the options; where these are wrong, that is said already.
    options_are_wrong = "allowed_domain_options" in document.raw.keys() - document.value.keys()
    for path, entry in document.items("allowed_domains"):
        warn_of_mixed_scripts(document, path, entry)
        if not options_are_wrong:
            _note(document, path, allowed_domain_problem(entry, rules))
    for path, entry in document.items("denied_domains"):
        warn_of_mixed_scripts(document, path, entry)
        _note(document, path, denied_domain_problem(entry))


def _ip_ranges(document: Document) -> tuple[IPv4Network | IPv6Network, ...]:
    networks: dict[IPv4Network | IPv6Network, None] = {}
    for path, text in document.items("allowed_ip_ranges"):
        try:
            network = parse_ip_range(text)
        except InvalidEntryError as error:
            document.source.error("invalid-ip-range", str(error), document.node(*path), error.hint)
            continue
        networks[network] = None
        _note(document, path, ip_range_problem(network))
    return tuple(networks)


def _note(document: Document, path: Path, problem: EntryProblem | None) -> None:
    if problem is not None:
        note = document.source.error if problem.severity is Severity.ERROR else document.source.warning
        note(problem.code, problem.message, document.node(*path), problem.hint)
