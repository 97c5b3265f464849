"""The decision about one identifier. What no rule allows is denied."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.model.role import DomainOption
from reconciler.policy.decision import Decision, Denial
from reconciler.policy.index import index_of
from reconciler.policy.suffixes import is_public_suffix

if TYPE_CHECKING:
    from reconciler.model.identifier import Identifier
    from reconciler.model.identity import Entity
    from reconciler.model.role import Role

__all__ = ["Decision", "Denial", "could_allow", "decide", "depends_on_requester"]

_CANONICAL = re.compile(r"(?:\*\.)?(?:[a-z0-9-]{1,63}\.)+(?![0-9]+\Z)[a-z0-9-]{1,63}")

_ADDRESS = Decision(allowed=False, denial=Denial.ADDRESS)
_MALFORMED = Decision(allowed=False, denial=Denial.MALFORMED)
_NOT_LISTED = Decision(allowed=False, denial=Denial.NOT_LISTED)
_PUBLIC_SUFFIX = Decision(allowed=False, denial=Denial.PUBLIC_SUFFIX)
_WILDCARD = Decision(allowed=False, denial=Denial.WILDCARD)


def decide(role: Role, identifier: Identifier, entity: Entity | None = None) -> Decision:
    """Decide whether a role allows an identifier.

    Asked in this order: `denied_domains`; public suffixes, over which no wildcard is allowed; the entries of
    `allowed_domains`; those among them that are templates. Addresses are allowed by `allowed_ip_ranges` only,
    and no other rule touches them. An identifier that is not in canonical form is denied.

    Args:
        role: whose rules count.
        identifier: what is asked for.
        entity: who is proved to ask; None: nobody, and templates allow nothing.
    """
    index = index_of(role)
    value = identifier.value
    if identifier.type == "ip":
        return index.addresses.find(value) or _ADDRESS
    if index.denied is not None and (found := index.denied.find(value)) is not None:
        return found
    if value.startswith("*.") and is_public_suffix(value[2:]):
        return _PUBLIC_SUFFIX
    allowed = index.names.find(value)
    if allowed is None and entity is not None and index.templates is not None:
        allowed = index.templates.find(value, entity)
    if allowed is not None:
        # Two spellings of one name could be denied in the one and allowed in the other.
        return allowed if _CANONICAL.fullmatch(value) else _MALFORMED
    if identifier.is_wildcard and DomainOption.WILDCARDS not in role.allowed_domain_options:
        return _WILDCARD
    return _NOT_LISTED


def could_allow(role: Role, identifier: Identifier) -> bool:
    """Whether a role allows an identifier, or could if the right one asks; says yes in doubt.

    For what is said before it is known who asks; no certificate is ordered on it.
    """
    decision = decide(role, identifier)
    return decision.allowed or _could_allow(role, identifier, decision)


def depends_on_requester(role: Role, identifier: Identifier) -> bool:
    """Whether a role does not allow an identifier to everybody, and could to the right one."""
    # Most roles have no templates, and then there is nothing to decide about.
    return index_of(role).templates is not None and _could_allow(role, identifier, decide(role, identifier))


def _could_allow(role: Role, identifier: Identifier, decision: Decision) -> bool:
    templates = index_of(role).templates
    return (
        templates is not None and decision.denial is Denial.NOT_LISTED and templates.could_allow(identifier)
    )
