"""Asking CAs for renewal times before a plan is made."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.engine.renewal_times import RenewalTimes, is_to_be_asked

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.cli.workspace import Workspace
    from reconciler.engine.options import ApplyOptions
    from reconciler.engine.work import Workplace
    from reconciler.model.certificate import Certificate
    from reconciler.model.observed import Observed


def refresh_renewal_times(
    workspace: Workspace, place: Workplace, observed: Observed, options: ApplyOptions, *, save: bool
) -> Observed:
    """Return what is there, with the renewal times that the CAs suggest now (RFC 9773).

    Args:
        workspace: the tree; only certificates that it still asks for are asked about.
        place: store, clock and CA.
        observed: what is there.
        options: how many requests at once, and how long.
        save: whether this is for `apply`: then only those are asked about whose time has come, and what comes
            of it is written. Otherwise all are, and nothing is.
    """
    now = place.clock.now()
    asked = [each for each in observed.certificates.values() if _is_asked(workspace, each, now, save=save)]
    if not asked:
        return observed
    found: dict[str, Certificate] = {}

    def keep(certificate: Certificate) -> None:
        found[certificate.name] = certificate
        if save:
            place.store.save_certificate(certificate)

    RenewalTimes(place, workspace.desired.accounts, keep).refresh(asked, options, threading.Event())
    return replace(observed, certificates={**observed.certificates, **found})


def _is_asked(workspace: Workspace, certificate: Certificate, now: datetime, *, save: bool) -> bool:
    spec = workspace.desired.certificates.get(certificate.name)
    if spec is None or spec.revoke is not None:
        return False
    return is_to_be_asked(certificate if save else replace(certificate, renewal_info=None), now)
