"""Where an order comes from, and who asked for it, as parts of texts and of JSON documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.origin import CommitAuthor
from reconciler.render.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.certificate import Certificate
    from reconciler.model.evidence import Requester
    from reconciler.model.order import Order
    from reconciler.render.documents import Document

NOT_PROVED = "as the commit says; not proved"
WITH_CHANGES = "with changes that are in no commit"


def who_asked(record: Order | Certificate | None) -> Requester | CommitAuthor | None:
    """Return who asked for what a record is about: as its evidence says, or else as Git does."""
    if record is None:
        return None
    if record.evidence is not None and record.evidence.requester is not None:
        return record.evidence.requester
    return record.origin.requester if record.origin else None


def requester_document(who: Requester | CommitAuthor | None) -> Document | None:
    """Return who asked for programs; None where that is not known."""
    if who is None:
        return None
    claim = who if isinstance(who, CommitAuthor) else None
    proved = None if isinstance(who, CommitAuthor) else who
    return {
        "proved": proved is not None,
        "commit": who.commit,
        "fingerprint": proved.fingerprint if proved else None,
        "entity_id": proved.entity_id if proved else None,
        "entity_name": proved.entity_name if proved else None,
        "author_name": claim.author_name if claim else None,
        "author_email": claim.author_email if claim else None,
    }


def origin_document(record: Order | Certificate) -> Document | None:
    """Return what a record was made from for programs; None in records from before that was kept."""
    origin = record.origin
    if origin is None:
        return None
    return {"commit": origin.commit, "is_modified": origin.is_modified, "run_url": origin.run_url}


def origin_fields(record: Order | Certificate) -> list[tuple[str, str | Sequence[str] | None]]:
    """Return who asked, and what a record was made from, as labels and values."""
    return [*_who_fields(who_asked(record)), *_made_from(record)]


def _who_fields(who: Requester | CommitAuthor | None) -> list[tuple[str, str | Sequence[str] | None]]:
    if who is None:
        return []
    if isinstance(who, CommitAuthor):
        author = f"{clean(who.author_name)} <{clean(who.author_email)}>"
        return [("requested by", f"{author} ({NOT_PROVED})"), ("commit", clean(who.commit))]
    return [
        ("requested by", f"{clean(who.entity_name)} (entity {clean(who.entity_id)})"),
        ("commit", clean(who.commit)),
        ("signed with key", clean(who.fingerprint)),
    ]


def _made_from(record: Order | Certificate) -> list[tuple[str, str | Sequence[str] | None]]:
    origin = record.origin
    if origin is None:
        return []
    changes = f" ({WITH_CHANGES})" if origin.is_modified else ""
    return [
        ("tree at commit", f"{clean(origin.commit)}{changes}" if origin.commit else None),
        ("made by run", clean(origin.run_url) if origin.run_url else None),
    ]
