"""Asking CAs for renewal times before a plan is made."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.engine.renewal_times import RenewalTimes, is_to_be_asked

if TYPE_CHECKING:
    from collections.abc import Collection
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


def refresh_for_renewal(
    workspace: Workspace, place: Workplace, options: ApplyOptions, observed: Observed, names: Collection[str]
) -> Observed:
    """Return what is there, with the beginnings of the windows in which CAs want some certificates renewed.

    Somebody has decided that they are renewed: whether the CA still wants that is the question, not which
    moment of the window was drawn (RFC 9773 section 4.2). Nothing is written.
    """
    found: dict[str, Certificate] = {}

    def keep(certificate: Certificate) -> None:
        found[certificate.name] = certificate

    asked = [replace(observed.certificates[name], renewal_info=None) for name in names]
    asked = [each for each in asked if is_to_be_asked(each, place.clock.now())]
    times = RenewalTimes(replace(place, draw=lambda: 0.0), workspace.desired.accounts, keep)
    times.refresh(asked, options, threading.Event())
    return replace(observed, certificates={**observed.certificates, **found})


def _is_asked(workspace: Workspace, certificate: Certificate, now: datetime, *, save: bool) -> bool:
    spec = workspace.desired.certificates.get(certificate.name)
    if spec is None or spec.revoke is not None:
        return False
    return is_to_be_asked(certificate if save else replace(certificate, renewal_info=None), now)
