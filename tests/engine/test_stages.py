"""Every stage of the machine, each on an order that comes to it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from reconciler.engine.fulfilled import mark_fulfilled
from reconciler.engine.options import ApplyOptions
from reconciler.engine.revoke import revoke
from reconciler.errors import CAUnavailableError
from reconciler.model.events import OrderAdvanced
from reconciler.model.order import Stage
from reconciler.model.revocation import RevocationReason

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.rig import Rig

NO_WAIT = ApplyOptions(wait=False)


def new(rig: Rig) -> None:
    """The CA is away when it is to be submitted."""
    rig.server.fail = lambda name, _url: CAUnavailableError("away") if name == "new_order" else None
    rig.apply(NO_WAIT)


def submitted(rig: Rig) -> None:
    """The CA is away when its authorizations are to be read."""
    rig.server.fail = lambda name, _url: CAUnavailableError("away") if name == "read_authorization" else None
    rig.apply(NO_WAIT)


def awaiting(rig: Rig) -> None:
    """Nothing is configured that fulfils its challenges."""
    rig.uses_webroot = False
    rig.apply()


def fulfilling(rig: Rig) -> None:
    """The webroot is gone."""
    rig.webroot.rmdir()
    rig.apply()


def notify(rig: Rig) -> None:
    """A person has said that all is fulfilled."""
    awaiting(rig)
    [order] = rig.store.orders().values()
    rig.store.save_order(mark_fulfilled(order, rig.clock.now()))


def processing(rig: Rig) -> None:
    """The CA is away when it was told."""
    rig.server.fail = lambda name, _url: CAUnavailableError("away") if name == "read_order" else None
    rig.apply(NO_WAIT)


def fetching(rig: Rig) -> None:
    """The CA takes long to issue."""

    def take_long(name: str) -> None:
        if name == "finalize_order":
            rig.server.retry_after = dt.timedelta(hours=1)

    rig.server.processing_looks = 1000
    rig.server.after_request = take_long
    rig.apply()


def fetching_at_once(rig: Rig) -> None:
    """Everything is authorized already."""
    rig.server.preauthorized = True
    fetching(rig)


def completed(rig: Rig) -> None:
    """The straight way."""
    rig.apply()


def error(rig: Rig) -> None:
    """The CA does not see the challenge fulfilled."""
    rig.server.sees = lambda _identifier, _type, _token: False
    rig.apply()


def expired(rig: Rig) -> None:
    """Nobody fulfils it in time, and the run that finds that out looks at the CA first."""
    rig.server.fail = lambda name, _url: CAUnavailableError("away") if name == "read_order" else None
    rig.server.lifetime = dt.timedelta(seconds=10)
    rig.apply()


def revoked(rig: Rig) -> None:
    """A person has it revoked."""
    rig.apply()
    [order] = rig.store.orders().values()
    revoke(rig.place(), order, RevocationReason.SUPERSEDED, rig.desired.accounts)


STAGES = [
    (Stage.NEW, new),
    (Stage.SUBMITTED, submitted),
    (Stage.AWAITING_CHALLENGE_FULFILLMENT, awaiting),
    (Stage.FULFILLING_CHALLENGES, fulfilling),
    (Stage.NOTIFY_ACME_SERVER_CHALLENGES_COMPLETED, notify),
    (Stage.PROCESSING_CHALLENGE, processing),
    (Stage.FETCHING_CERTIFICATE, fetching),
    (Stage.FETCHING_CERTIFICATE, fetching_at_once),
    (Stage.COMPLETED, completed),
    (Stage.ERROR, error),
    (Stage.EXPIRED, expired),
    (Stage.REVOKED, revoked),
]


@pytest.mark.parametrize(("stage", "come_to"), STAGES)
def test_an_order_comes_to_it_and_stays_there(rig: Rig, stage: Stage, come_to: Callable[[Rig], None]) -> None:
    rig.want("www", "www.example.com")
    come_to(rig)
    [order] = rig.store.orders().values()
    assert order.stage is stage


def test_what_was_presented_is_looked_at_before_the_ca_is_told(rig: Rig) -> None:
    """`propagating_challenges` is never on disk: a new run presents again."""
    rig.want("www", "www.example.com")
    rig.apply()
    told = [event.stage for event in rig.events if isinstance(event, OrderAdvanced)]
    after = told[told.index(Stage.PROPAGATING_CHALLENGES) + 1]
    assert after is Stage.NOTIFY_ACME_SERVER_CHALLENGES_COMPLETED


def test_there_is_no_other_stage() -> None:
    assert {stage for stage, _ in STAGES} | {Stage.PROPAGATING_CHALLENGES} == set(Stage)
