"""What a CA answers about certificates, as values of the port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.ca.failures import GarbledAnswerError
from reconciler.ca.fields import fields_of
from reconciler.ca.links import alternates
from reconciler.ca.port import ChainAnswer, RenewalAnswer
from reconciler.ca.retry_after import retry_after
from reconciler.ca.texts import url_for_people
from reconciler.model.renewal import RenewalWindow

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.ca.transport import Answer


def chain(answer: Answer) -> ChainAnswer:
    """Return a certificate chain as it was sent (RFC 8555 section 9.1); `pki` judges what it holds."""
    try:
        text = answer.body.decode("ascii")
    except UnicodeDecodeError:
        text = ""
    if "-----BEGIN CERTIFICATE-----" not in text:
        raise GarbledAnswerError(f"{answer.url}: the answer is no certificate chain in PEM")
    return ChainAnswer(text, alternates(answer))


def renewal_info(answer: Answer, now: datetime) -> RenewalAnswer:
    """Return when a certificate is to be renewed (RFC 9773 section 4.2).

    An end that is not after its start makes the window one that must be ignored; anything else that is no
    window is no renewal information at all.
    """
    fields = fields_of(answer)
    suggested = fields.child("suggestedWindow")
    if suggested is None:
        raise fields.error("suggestedWindow", "is missing")
    start, end = suggested.needed_date("start"), suggested.needed_date("end")
    explanation = url_for_people(fields.members.get("explanationURL"))
    return RenewalAnswer(
        window=RenewalWindow(start, end, explanation) if start < end else None,
        retry_after=retry_after(answer.headers.get("Retry-After"), now),
    )
