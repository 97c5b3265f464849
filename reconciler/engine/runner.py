"""Running a plan: actions become tasks; accounts let their orders begin; nothing holds up the others."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, assert_never

from msgspec.structs import replace

from reconciler.deliver.certificates import deliver
from reconciler.engine.account_task import AccountTask, Wishes
from reconciler.engine.accounts import deactivate, spec_of
from reconciler.engine.action_task import ActionTask
from reconciler.engine.cleanup import abandon
from reconciler.engine.finish import read_contents
from reconciler.engine.leftovers import CLEAN_UP_SECONDS, remove_leftovers
from reconciler.engine.order_task import OrderTask
from reconciler.engine.outcome import Outcomes
from reconciler.engine.reencrypt import ReencryptTask
from reconciler.engine.revoke import revoke
from reconciler.engine.scheduler import Scheduler
from reconciler.engine.start import chains, has_url, may_be_open, order_to_start
from reconciler.engine.task import Gate
from reconciler.engine.work import Work
from reconciler.errors import StateError
from reconciler.model import events
from reconciler.model.account import NOBODY
from reconciler.plan import actions
from reconciler.plan.reasons import KeyTooOld

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from reconciler.engine.account_task import Ready
    from reconciler.engine.options import ApplyOptions
    from reconciler.engine.task import Task
    from reconciler.engine.work import Workplace
    from reconciler.model.account import AccountSpec, Responder


_LAST_SECONDS = 2.0


def run_plan(
    plan: actions.Plan,
    place: Workplace,
    accounts: Mapping[str, AccountSpec],
    options: ApplyOptions,
    report: Callable[[Sequence[events.Event]], None],
    stop: threading.Event,
) -> events.ApplyResult:
    """Carry out `plan`, as far as it goes without people.

    Args:
        plan: made while the lock was held that is still held.
        place: store, output, clock, CA and fulfillers.
        accounts: as the tree wants them.
        options: parallelism and how long to wait.
        report: takes the events as they come, on the calling thread.
        stop: when set, no step is begun any more; returns once those under way have ended.
    """
    outcomes = Outcomes(report)
    tasks = _Tasks(place, stop)
    scheduler = Scheduler(options, place.clock, outcomes.take, stop)
    # Keys first: whoever is a recipient no longer is not to read what comes next.
    # What lies in the output is mended first: orders may wait for days, and then write to the same files.
    # Revocations come before anything happens to an account's key, and an account goes last: what was ordered
    # through it is revoked by it.
    finished = (
        scheduler.run(tasks.keys(plan))
        and scheduler.run(tasks.local(plan))
        and scheduler.run(tasks.revocations(plan, accounts))
        and scheduler.run(tasks.remote(plan, accounts))
        and scheduler.run(tasks.farewells(plan, accounts, outcomes.unsettled()))
    )
    before = {each.leftovers.order_id for each in plan.actions if isinstance(each, actions.CleanUp)}
    # A run that is stopped has little time: what it cannot do is left to the next one.
    # Of certificates that the plan has nothing about, nothing is touched.
    certificates = {each.subject for each in plan.actions if not isinstance(each, actions.AccountAction)}
    seconds = CLEAN_UP_SECONDS if finished else _LAST_SECONDS
    for event in remove_leftovers(place, seconds, certificates):
        if isinstance(event, events.CleanUpFailed) or event.order_id in before:
            outcomes.take([event])
    return outcomes.result(stopped=not finished)


_Request = actions.CreateOrder | actions.ResumeOrder


def _fail(error: StateError) -> events.Event:
    raise error


class _Tasks:
    """Turns the actions of a plan into tasks."""

    def __init__(self, place: Workplace, stop: threading.Event) -> None:
        self._place = place
        self._stop = stop

    def keys(self, plan: actions.Plan) -> Iterator[Task]:
        """Yield what has to be done about the keys in the state."""
        for action in plan.actions:
            if isinstance(action, actions.ReencryptKeys):
                yield ReencryptTask(self._place.store.keys, action, self._place.clock)

    def local(self, plan: actions.Plan) -> Iterator[Task]:
        """Yield what needs no CA."""
        for action in plan.actions:
            match action:
                case actions.AbandonOrder():
                    yield self._task(action, partial(self._abandon, action))
                case actions.DeliverCertificate():
                    yield self._task(action, partial(self._deliver, action), "delivery")
                case actions.ForgetCertificate():
                    yield self._task(action, partial(self._forget, action))
                case (
                    actions.ReencryptKeys()
                    | actions.RegisterAccount()
                    | actions.UpdateAccount()
                    | actions.RotateKey()
                    | actions.DeactivateAccount()
                    | actions.CreateOrder()
                    | actions.ResumeOrder()
                    | actions.RevokeCertificate()
                    | actions.CleanUp()
                ):
                    pass
                case _:
                    assert_never(action)

    def revocations(self, plan: actions.Plan, accounts: Mapping[str, AccountSpec]) -> Iterator[Task]:
        """Yield a task for each certificate that is to be revoked."""
        for action in plan.actions:
            if isinstance(action, actions.RevokeCertificate):
                yield self._task(action, partial(self._revoke, action, accounts))

    def remote(self, plan: actions.Plan, accounts: Mapping[str, AccountSpec]) -> Iterator[Task]:
        """Yield a task for each account, which its orders follow."""
        requests: defaultdict[str, list[_Request]] = defaultdict(list)
        wishes: defaultdict[str, Wishes] = defaultdict(Wishes)
        for action in plan.actions:
            match action:
                case actions.RegisterAccount():
                    requests[action.subject] += []
                case actions.UpdateAccount():
                    wishes[action.subject] = replace(wishes[action.subject], updates=True)
                case actions.RotateKey():
                    # A change that was begun is in the record, and may have been ended by now.
                    is_due = any(isinstance(each, KeyTooOld) for each in action.reasons)
                    wishes[action.subject] = replace(wishes[action.subject], rotates=is_due)
                case actions.CreateOrder() | actions.ResumeOrder():
                    requests[action.account_name].append(action)
        for name in sorted(requests.keys() | wishes.keys()):
            orders = requests[name]
            try:
                spec = self._spec(name, accounts)
            except StateError as error:
                yield from (self._task(each, partial(_fail, error)) for each in orders)
                continue
            in_doubt = any(may_be_open(each, is_shared=self._place.is_shared) for each in orders)
            wished = replace(wishes[name], looks_for_orders=in_doubt)
            subjects = [each.subject for each in orders]
            yield AccountTask(self._place, spec, wished, subjects, partial(self._order_tasks, spec, orders))

    def _spec(self, name: str, accounts: Mapping[str, AccountSpec]) -> AccountSpec:
        known = None if name in accounts else self._place.store.account(name)
        return spec_of(known, accounts) if known else accounts[name]

    def farewells(
        self, plan: actions.Plan, accounts: Mapping[str, AccountSpec], unsettled: Collection[str]
    ) -> Iterator[Task]:
        """Yield a task for each account that is to be deactivated, unless something is left to do by it.

        Args:
            plan: what is to be done.
            accounts: as the tree has them.
            unsettled: the names of the certificates with which this run has not come to an end.
        """
        needed = {
            action.certificate.account_name
            for action in plan.actions
            if isinstance(action, actions.RevokeCertificate) and action.subject in unsettled
        }
        for action in plan.actions:
            if isinstance(action, actions.DeactivateAccount) and action.subject not in needed:
                yield self._task(action, partial(self._deactivate, action, accounts), "account")

    def _task(
        self,
        action: actions.Action,
        act: Callable[[], events.Event],
        kind: events.ActionKind = "certificate",
    ) -> ActionTask:
        return ActionTask(action.subject, act, self._place.clock, kind)

    def _order_tasks(self, account: AccountSpec, requests: list[_Request], ready: Ready) -> tuple[Task, ...]:
        gate = Gate(account.name, account.max_concurrent_new_orders)

        def chained(requests: Sequence[_Request]) -> OrderTask:
            first, *others = requests
            then = (chained(others),) if others else ()
            order = order_to_start(first, self._place.clock.now(), self._place.origins)
            work = Work(
                self._place, first.spec, ready.ca, ready.responder, gate, ready.health, ready.open_orders
            )
            if isinstance(first, actions.ResumeOrder) and not has_url(first):
                ready.open_orders.doubt(order, earlier=True)
            return OrderTask(work, order, self._stop, then)

        return tuple(chained(chain) for chain in chains(requests))

    def _revoke(self, action: actions.RevokeCertificate, accounts: Mapping[str, AccountSpec]) -> events.Event:
        order = self._place.store.order(action.certificate.order_id)
        return revoke(self._place, order, action.reason, accounts, request=action.spec.digest)

    def _deactivate(
        self, action: actions.DeactivateAccount, accounts: Mapping[str, AccountSpec]
    ) -> events.Event:
        deactivate(self._place, spec_of(action.account, accounts), action.account)
        return events.AccountDeactivated(action.account.name)

    def _abandon(self, action: actions.AbandonOrder) -> events.Event:
        abandon(self._place, action.order, self._responder(action.order.account_name))
        return events.OrderAbandoned(action.spec.name, action.order.order_id)

    def _deliver(self, action: actions.DeliverCertificate) -> events.Event:
        certificate = action.certificate
        contents, _ = read_contents(self._place.store, certificate)
        folder = self._place.output / certificate.name
        deliver(folder, contents, certificate.superseded_files, self._place.rules)
        return events.CertificateDelivered(certificate.name, str(folder))

    def _forget(self, action: actions.ForgetCertificate) -> events.Event:
        if action.order is not None:
            abandon(self._place, action.order, self._responder(action.order.account_name))
        if action.certificate is not None:
            self._place.store.archive_order(action.certificate.order_id)
            self._place.store.archive_certificate(action.certificate)
        return events.CertificateForgotten(action.name)

    def _responder(self, account_name: str) -> Responder:
        account = self._place.store.account(account_name)
        return account.responder if account else NOBODY
