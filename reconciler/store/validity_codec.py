"""What bears on how long a certificate is used, as a part of records: renewal information, revocation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.model.renewal import RenewalInfo, RenewalWindow
from reconciler.model.revocation import Revocation, RevocationReason
from reconciler.store.fields import format_time
from reconciler.store.parts import present, time_text

if TYPE_CHECKING:
    from reconciler.store.fields import Fields


def encode_renewal_info(info: RenewalInfo | None) -> dict[str, Any] | None:
    """Return renewal information as records have it; None where there is none."""
    if info is None:
        return None
    window = info.window
    return present(
        next_check=format_time(info.next_check),
        selected_time=time_text(info.selected_time),
        window_start=time_text(window.start) if window else None,
        window_end=time_text(window.end) if window else None,
        explanation_url=window.explanation_url if window else None,
    )


def decode_renewal_info(fields: Fields | None) -> RenewalInfo | None:
    """Return the renewal information of a record; None where it has none."""
    if fields is None:
        return None
    window = None
    if fields.has("window_start"):
        window = RenewalWindow(
            fields.time("window_start"), fields.time("window_end"), fields.optional_text("explanation_url")
        )
    return RenewalInfo(fields.time("next_check"), window, fields.optional_time("selected_time"))


def encode_revocation(revocation: Revocation | None) -> dict[str, Any] | None:
    """Return a revocation as records have it; None where there is none."""
    if revocation is None:
        return None
    return present(
        date=format_time(revocation.date), reason=str(revocation.reason), request=revocation.request
    )


def decode_revocation(fields: Fields | None) -> Revocation | None:
    """Return the revocation of a record; None where it has none."""
    if fields is None:
        return None
    return Revocation(
        fields.time("date"), fields.enum("reason", RevocationReason), fields.optional_digest("request")
    )
