"""The same decision with its reason, for people: by which entry, or what the nearest entry lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reconciler.model.role import DomainOption
from reconciler.policy.addresses import nearest_range
from reconciler.policy.deciding import decide
from reconciler.policy.decision import Decision, Denial
from reconciler.policy.near_entries import nearest_entry
from reconciler.policy.reasons import why_allowed, why_denied_domain

if TYPE_CHECKING:
    from reconciler.model.evidence import Unproved
    from reconciler.model.identifier import Identifier
    from reconciler.model.identity import Entity
    from reconciler.model.role import Role


class Explanation(Struct, frozen=True):
    """A decision, and why.

    Attributes:
        reason: one sentence, without a full stop; what is asked for is `it`.
        nearest: for a denial, the entry that came nearest, as it is written.
        hint: what to do about a denial.
    """

    decision: Decision
    reason: str
    nearest: str | None = None
    hint: str | None = None


def explain(
    role: Role, identifier: Identifier, entity: Entity | None = None, unproved: Unproved | None = None
) -> Explanation:
    """Decide, and say why; for a denial all entries are looked at.

    Args:
        role: whose rules count.
        identifier: what is asked for.
        entity: who is proved to ask; None: nobody.
        unproved: why nobody is, to be told where it matters.
    """
    decision = decide(role, identifier, entity)
    path = role.location.path
    match decision.denial:
        case None:
            return Explanation(decision, why_allowed(decision, identifier))
        case Denial.DENIED_DOMAIN:
            reason = why_denied_domain(decision.entry or "", identifier)
            hint = f"what `denied_domains` in {path} has is denied whatever else allows it"
            return Explanation(decision, reason, hint=hint)
        case Denial.PUBLIC_SUFFIX:
            name = replace(identifier, value=identifier.base).text
            reason = f"`{name}` is a public suffix, and no wildcard over one is allowed"
            return Explanation(decision, reason, hint="list the names that are needed one by one")
        case Denial.MALFORMED:
            return Explanation(decision, "it is not in canonical form", hint="write it in letters of ASCII")
        case Denial.ADDRESS:
            return _address(decision, role, identifier)
        case Denial.WILDCARD | Denial.NOT_LISTED:
            return _not_listed(decision, role, identifier, entity, unproved)


def _address(decision: Decision, role: Role, identifier: Identifier) -> Explanation:
    hint = f"have `{identifier}` added to `allowed_ip_ranges` in {role.location.path}"
    near = nearest_range(role.allowed_ip_ranges, identifier.value)
    if near is not None:
        return Explanation(decision, f"no range contains it; the nearest is `{near}`", str(near), hint)
    if role.allowed_ip_ranges:
        reason = "the ranges of the role are all of the other version of IP"
    else:
        reason = "the role has no `allowed_ip_ranges`, and nothing else allows addresses"
    return Explanation(decision, reason, hint=hint)


def _not_listed(
    decision: Decision, role: Role, identifier: Identifier, entity: Entity | None, unproved: Unproved | None
) -> Explanation:
    near = nearest_entry(role, identifier, entity, unproved)
    if near is None:
        what = "wildcard" if identifier.is_wildcard else "name"
        reason = f"no entry of the role `{role.name}` is this {what}"
        return Explanation(decision, reason, hint=_to_be_added(role, identifier))
    hint = _to_be_changed(role, identifier, near.missing) if near.missing else near.hint
    return Explanation(decision, near.reason, near.entry, hint or _to_be_added(role, identifier))


def _to_be_changed(role: Role, identifier: Identifier, missing: tuple[DomainOption, ...]) -> str:
    """Say which options to add; before that, if it helps, what allows no more than what is asked for."""
    options, path = _options_to_add(role, *missing), role.location.path
    if DomainOption.BARE_DOMAINS in missing or _lacking(role, identifier):
        return f"have {options} added to `allowed_domain_options` in {path}"
    return (
        f"have `{identifier.text}` added to `allowed_domains`, "
        f"or {options} to `allowed_domain_options`, in {path}"
    )


def _to_be_added(role: Role, identifier: Identifier) -> str:
    option = _lacking(role, identifier)
    more = f" (with {_options_to_add(role, option)} in `allowed_domain_options`)" if option else ""
    path = role.location.path
    return f"have `{identifier.text}` added to `allowed_domains`{more} in {path}, or use another role"


def _lacking(role: Role, identifier: Identifier) -> DomainOption | None:
    """Return the option that an entry of this very name would lack."""
    options = role.allowed_domain_options
    if identifier.is_wildcard:
        return None if DomainOption.WILDCARDS in options else DomainOption.WILDCARDS
    return DomainOption.BARE_DOMAINS if options and DomainOption.BARE_DOMAINS not in options else None


def _options_to_add(role: Role, *missing: DomainOption) -> str:
    # With any other option, entries go on allowing themselves only with this one.
    kept = () if role.allowed_domain_options else (DomainOption.BARE_DOMAINS,)
    return " and ".join(f"`{option}`" for option in DomainOption if option in (*missing, *kept))
