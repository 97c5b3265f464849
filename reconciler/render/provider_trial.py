"""What the test of a DNS provider has shown; the names are the seed system's, where it has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render.documents import Document, document
from reconciler.render.text import Paint, clean, fields

if TYPE_CHECKING:
    from reconciler.model.provider_trial import TrialResult


def trial_document(result: TrialResult) -> Document:
    """Return the result for programs."""
    trial = result.trial
    return document(
        "dns_test",
        success=result.success,
        message=result.message,
        record_name=trial.record_name,
        zone=trial.zone,
        value=trial.value,
        identifier=trial.identifier,
        provider_name=trial.provider.name,
        provider_type=trial.provider.type,
        omit_cleanup=result.omit_cleanup,
    )


def trial_text(result: TrialResult, *, color: bool = False) -> str:
    """Return the result for people."""
    paint, trial = Paint(color), result.trial
    word = paint.good("works") if result.success else paint.bad("does not work")
    rows = [
        ("record", f'{clean(trial.record_name)}. TXT "{clean(trial.value)}"'),
        ("zone", clean(trial.zone)),
        ("result", clean(result.message)),
    ]
    heading = f"DNS provider {clean(trial.provider.name)} ({trial.provider.type}) {word}"
    return "\n".join([heading, *fields(rows, 2, paint)]) + "\n"
