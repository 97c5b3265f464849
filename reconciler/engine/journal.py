"""An order and its record: what is known, and how much of it is on disk."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.engine.pace import before_next_order
from reconciler.engine.presented import presents_alike
from reconciler.model.order import Stage
from reconciler.orders.machine import resumed

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.engine.clock import Clock
    from reconciler.model.order import Order
    from reconciler.store import Store

_SOON = timedelta(seconds=5)  # a wait that a new run hardly notices: it takes as long to begin

# Before it, all is told to the CA again, which may refuse that; it costs a killed run two requests more.
_PASSING = frozenset({Stage.PROCESSING_CHALLENGE})


class Journal:
    """Keeps an order, and writes it when a new run could not find out by itself what is new about it."""

    def __init__(self, store: Store, clock: Clock, order: Order) -> None:
        """Keep `order`; it is on disk as it is, or a new one."""
        self._store = store
        self._clock = clock
        self._saved = order
        self.order = order

    def begin(self) -> None:
        """Write a new order."""
        self._store.save_order(self.order)

    def keep(self, order: Order) -> None:
        """Take the order as it is now.

        Raises:
            StateError: it could not be written.
        """
        now = self._clock.now()
        if order.stage is Stage.ERROR and not order.is_held:
            order = replace(order, next_work_date=now + before_next_order(order.attempt))
        self.order = order
        if self._is_news(order, now):
            self._write(order, now)

    def stays(self, until: datetime | None = None) -> None:
        """Take note that the order stays where it is: until then, or for another run. Long stays are written.

        Raises:
            StateError: it could not be written.
        """
        now = self._clock.now()
        is_long = until is None or until > now + _SOON
        if is_long and self._saved.stage is not self.order.stage and self.order.stage in _PASSING:
            self._write(self.order, now)

    def _write(self, order: Order, now: datetime) -> None:
        self.order = self._saved = replace(order, last_update=now)
        self._store.save_order(self.order)

    def _is_news(self, order: Order, now: datetime) -> bool:
        saved = self._saved
        if order.last_error != saved.last_error:
            return True
        if resumed(order.stage) is not resumed(saved.stage) and order.stage not in _PASSING:
            return True
        if order.next_work_date is not None and order.next_work_date > now + _SOON:
            return order.next_work_date != saved.next_work_date
        # What people have done is nowhere else; what the program has done, it does again: but for the same
        # challenges, and in the same way.
        if order.stage is Stage.AWAITING_CHALLENGE_FULFILLMENT:
            return order.authorizations != saved.authorizations
        return order.stage is Stage.FULFILLING_CHALLENGES and not presents_alike(saved, order)
