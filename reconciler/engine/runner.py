"""Running a plan: actions become tasks; accounts let their orders begin; nothing holds up the others."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, assert_never

from reconciler.deliver.certificates import deliver
from reconciler.engine.account_task import AccountTask
from reconciler.engine.cleanup import abandon
from reconciler.engine.finish import read_contents
from reconciler.engine.local_task import LocalTask
from reconciler.engine.order_task import OrderTask
from reconciler.engine.outcome import Outcomes
from reconciler.engine.scheduler import Scheduler
from reconciler.engine.start import order_to_start
from reconciler.engine.work import Work
from reconciler.model import events
from reconciler.plan import actions

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping

    from reconciler.ca.port import CertificateAuthority
    from reconciler.engine.options import ApplyOptions
    from reconciler.engine.scheduler import Task
    from reconciler.engine.work import Workplace
    from reconciler.model.account import AccountSpec


def run_plan(
    plan: actions.Plan,
    place: Workplace,
    accounts: Mapping[str, AccountSpec],
    options: ApplyOptions,
    report: Callable[[events.Event], None],
    stop: threading.Event,
) -> events.ApplyResult:
    """Carry out `plan`, as far as it goes without people.

    Args:
        plan: made while the lock was held that is still held.
        place: store, output, clock, CA and fulfillers.
        accounts: as the tree wants them.
        options: parallelism and how long to wait.
        report: takes each event as it comes, on the calling thread.
        stop: when set, no step is begun any more; returns once those under way have ended.
    """
    outcomes = Outcomes(report)
    tasks = _Tasks(place, stop).of(plan, accounts)
    finished = Scheduler(options, place.clock, outcomes.take, stop).run(tasks)
    return outcomes.result(stopped=not finished)


class _Tasks:
    """Turns the actions of a plan into tasks."""

    def __init__(self, place: Workplace, stop: threading.Event) -> None:
        self._place = place
        self._stop = stop

    def of(self, plan: actions.Plan, accounts: Mapping[str, AccountSpec]) -> list[Task]:
        local: list[Task] = []
        orders: defaultdict[str, list[actions.CreateOrder | actions.ResumeOrder]] = defaultdict(list)
        for action in plan.actions:
            match action:
                case actions.RegisterAccount():
                    orders[action.account.name] += []
                case actions.CreateOrder() | actions.ResumeOrder():
                    orders[action.spec.role.acme_account_name].append(action)
                case actions.AbandonOrder():
                    local.append(LocalTask(action.subject, partial(self._abandon, action)))
                case actions.DeliverCertificate():
                    local.append(LocalTask(action.subject, partial(self._deliver, action)))
                case actions.ForgetCertificate():
                    local.append(LocalTask(action.subject, partial(self._forget, action)))
                case _:
                    assert_never(action)
        return [*local, *(self._account_task(accounts[name], orders[name]) for name in orders)]

    def _account_task(
        self, account: AccountSpec, requests: list[actions.CreateOrder | actions.ResumeOrder]
    ) -> Task:
        return AccountTask(
            self._place, account, [(each.subject, partial(self._order_task, each)) for each in requests]
        )

    def _order_task(
        self, action: actions.CreateOrder | actions.ResumeOrder, ca: CertificateAuthority, thumbprint: str
    ) -> Task:
        work = Work(self._place, action.spec, ca, thumbprint)
        order, instead_of = order_to_start(action, self._place.clock.now())
        return OrderTask(work, order, self._stop, instead_of)

    def _abandon(self, action: actions.AbandonOrder) -> events.Event:
        abandon(self._place, action.order, self._thumbprint(action.order.account_name))
        return events.OrderAbandoned(action.spec.name, action.order.order_id)

    def _deliver(self, action: actions.DeliverCertificate) -> events.Event:
        certificate = action.certificate
        contents, _ = read_contents(self._place.store, certificate.order_id, certificate.identifiers)
        folder = self._place.output / certificate.name
        deliver(folder, contents)
        return events.CertificateDelivered(certificate.name, str(folder))

    def _forget(self, action: actions.ForgetCertificate) -> events.Event:
        if action.order is not None:
            abandon(self._place, action.order, self._thumbprint(action.order.account_name))
        if action.certificate is not None:
            self._place.store.archive_order(action.certificate.order_id)
            self._place.store.archive_certificate(action.certificate)
        return events.CertificateForgotten(action.name)

    def _thumbprint(self, account_name: str) -> str:
        account = self._place.store.account(account_name)
        return account.active_key.thumbprint if account else ""
