"""Where an order comes from, as a part of the records of orders and certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.model.origin import CommitAuthor, Origin
from reconciler.store.evidence_codec import decode_requester, encode_requester
from reconciler.store.parts import present

if TYPE_CHECKING:
    from reconciler.model.evidence import Requester
    from reconciler.store.fields import Fields


def encode_origin(origin: Origin | None) -> dict[str, Any] | None:
    """Return an origin as records have it; None where there is none, or nothing is known of it."""
    if origin is None:
        return None
    return (
        present(
            commit=origin.commit,
            is_modified=origin.is_modified,
            run_url=origin.run_url,
            requester=_encode_who(origin.requester),
        )
        or None
    )


def decode_origin(fields: Fields | None) -> Origin | None:
    """Return the origin of a record; None in records that have none, as those of older versions."""
    if fields is None:
        return None
    return Origin(
        commit=fields.optional_text("commit"),
        is_modified=fields.flag("is_modified"),
        run_url=fields.optional_text("run_url"),
        requester=_decode_who(fields.inner("requester")),
    )


def _encode_who(who: Requester | CommitAuthor | None) -> dict[str, Any] | None:
    if isinstance(who, CommitAuthor):
        return {"commit": who.commit, "author_name": who.author_name, "author_email": who.author_email}
    return encode_requester(who)


def _decode_who(fields: Fields | None) -> Requester | CommitAuthor | None:
    if fields is None or fields.has("fingerprint"):
        return decode_requester(fields)
    return CommitAuthor(
        commit=fields.text("commit"),
        author_name=fields.text("author_name"),
        author_email=fields.text("author_email"),
    )
