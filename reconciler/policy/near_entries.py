"""Which entry of a role came nearest to allowing a name; of many, the likely ones are looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import InvalidEntryError
from reconciler.policy.entries import is_template, parse_entry
from reconciler.policy.index import index_of
from reconciler.policy.likely_entries import likely_entries
from reconciler.policy.nearest import Near, Rank, near, nearest, shared_labels

if TYPE_CHECKING:
    from reconciler.model.evidence import Unproved
    from reconciler.model.identifier import Identifier
    from reconciler.model.identity import Entity
    from reconciler.model.role import Role
    from reconciler.policy.possible import OpenTemplate

_WHO = "only who the entry is filled with may request this name"


def nearest_entry(
    role: Role, identifier: Identifier, entity: Entity | None, unproved: Unproved | None
) -> Near | None:
    """Return the entry of `allowed_domains` that came nearest to allowing a name; None if none did.

    Args:
        role: whose entries are looked at; none of them allows the identifier.
        identifier: what is asked for; a name.
        entity: who asks; None where that is not known.
        unproved: why it is not known.
    """
    entries = likely_entries(role, identifier)
    return nearest(_near(entry, role, identifier, entity, unproved) for entry in entries)


def _near(
    text: str, role: Role, identifier: Identifier, entity: Entity | None, unproved: Unproved | None
) -> Near | None:
    try:
        if not is_template(text):
            return near(text, parse_entry(text), role.allowed_domain_options, identifier)
        templates = index_of(role).templates
        opened = templates.get(text) if templates else None
        return _near_template(opened, role, identifier, entity, unproved) if opened else None
    except InvalidEntryError:
        return None


def _near_template(
    opened: OpenTemplate,
    role: Role,
    identifier: Identifier,
    entity: Entity | None,
    unproved: Unproved | None,
) -> Near | None:
    text, options = opened.template.text, role.allowed_domain_options
    labels = shared_labels(text, identifier.value)
    possible = opened.could_match(options, identifier)
    filled = opened.template.fill(entity) if entity is not None else None
    if isinstance(filled, str):
        found = near(text, parse_entry(filled), options, identifier, filled)
        if possible and (found is None or found.rank < Rank.DEPENDS_ON_WHO_ASKS):
            reason = f"`{text}` would allow it to another, and is `{filled}` here"
            return Near(Rank.DEPENDS_ON_WHO_ASKS, labels, reason, text, hint=_WHO)
        return found
    if not possible:
        reason = f"it does not match `{text}`, the nearest entry, whoever asks"
        return Near(Rank.SHARES_LABELS, labels, reason, text) if labels else None
    if filled is not None:
        why, hint = filled.reason, _WHO
    elif unproved is not None:
        why, hint = unproved.reason, unproved.hint
    else:
        why, hint = "it is not known who asks", _WHO
    reason = f"`{text}` could allow it, but {why}"
    return Near(Rank.DEPENDS_ON_WHO_ASKS, labels, reason, text, hint=hint)
