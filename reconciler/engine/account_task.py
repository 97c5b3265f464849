"""One account as a task: registered if it must be, given another key if it is time, then its orders begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reconciler import errors
from reconciler.engine import accounts
from reconciler.engine.account_health import AccountHealth
from reconciler.engine.key_change import change_key, settle
from reconciler.engine.open_orders import OpenOrders
from reconciler.engine.pace import Pace
from reconciler.engine.problems import CA_UNAVAILABLE, NO_TIME, problem_of
from reconciler.engine.task import Task, Verdict
from reconciler.model import events
from reconciler.model.problem import OWN_ERROR, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from reconciler.ca.port import CertificateAuthority
    from reconciler.engine.work import Workplace
    from reconciler.model.account import Account, AccountSpec, Responder

    Begin = Callable[["Ready"], tuple[Task, ...]]


class Ready(Struct, frozen=True):
    """An account that can be used.

    Attributes:
        responder: it, as challenges know it.
    """

    ca: CertificateAuthority
    responder: Responder
    health: AccountHealth
    open_orders: OpenOrders


class Wishes(Struct, frozen=True):
    """What is to be done with an account beside using it.

    Attributes:
        rotates: whether another key takes the place of the one it has.
        updates: whether the CA, or the record, does not have what the tree has.
        looks_for_orders: whether the CA is asked which orders it has open, before others are submitted.
    """

    rotates: bool = False
    updates: bool = False
    looks_for_orders: bool = False


class AccountTask(Task):
    """Makes sure that the CA knows an account as the tree has it, then lets its orders begin."""

    def __init__(
        self,
        place: Workplace,
        spec: AccountSpec,
        wishes: Wishes,
        certificates: Sequence[str],
        begin: Begin,
    ) -> None:
        """Take on an account and what is to follow.

        Args:
            place: what the run shares.
            spec: the account as the tree wants it.
            wishes: what is to be done with it besides.
            certificates: the names of what is ordered through it.
            begin: makes the tasks of these orders once the account can be used.
        """
        self._place = place
        self._spec = spec
        self._wishes = wishes
        self._certificates = certificates
        self._begin = begin
        self._pace = Pace()
        self._problem: Problem | None = None
        self._reported: list[events.Event] = []

    def run(self) -> Verdict:
        """Do what is to be done with the account; what was done before a failure is not done again."""
        self._reported = []
        try:
            followers = self._run()
        except errors.CAUnavailableError as error:
            return self._unavailable(error)
        except Exception as error:  # noqa: BLE001 - one account's bug must not hold up the others
            return Verdict((*self._reported, *self._failed(problem_of(error))))
        return Verdict(tuple(self._reported), followers=followers)

    def postponed(self, until: datetime) -> tuple[events.Event, ...]:
        """Return that everything that needs the account waits with it."""
        if self._problem is not None and self._problem.code == CA_UNAVAILABLE:
            return self._failed(self._problem)
        if not self._certificates:
            problem = self._problem or NO_TIME
            return (events.ActionFailed(self._spec.name, problem, retry_at=until, kind="account"),)
        return tuple(
            events.OrderPostponed(name, None, until, self._needing(self._problem) if self._problem else None)
            for name in self._certificates
        )

    def _run(self) -> tuple[Task, ...]:
        place, spec = self._place, self._spec
        account = self._registered()
        account = self._settled(account)
        ca = accounts.connected(place, account, spec)
        health = AccountHealth(place.store, account.name, ca)
        if account.last_error is not None:
            # What the CA said in an earlier run may be over; otherwise one request tells.
            health.examine()
            health.check()
            account = replace(account, last_error=None)
        if self._wishes.rotates or account.pending_key_version is not None:
            account = self._rotated(account, health)
            ca = accounts.connected(place, account, spec)
            health = AccountHealth(place.store, account.name, ca)
        if self._wishes.updates:
            account = self._updated(account, ca, health)
        open_orders = OpenOrders(ca, place.store, account.orders_url)
        if self._wishes.looks_for_orders:
            open_orders.look()
        return self._begin(Ready(ca, account.responder, health, open_orders))

    def _registered(self) -> Account:
        place, spec = self._place, self._spec
        account = place.store.account(spec.name)
        if account is not None and account.directory_url != spec.directory_url:
            if account.account_url is not None:
                raise errors.AccountError(
                    f"the account {spec.name} is registered at {account.directory_url}; it cannot move to "
                    f"{spec.directory_url}: give the account there a name of its own"
                )
            # Whether the other CA has got its key nobody knows: this one gets another.
            place.store.archive_account(account)
            account = None
        account = account or accounts.new_account(place, spec)
        if account.account_url is not None:
            return account
        account = accounts.register(place, spec, account, accounts.connected(place, account, spec))
        self._reported.append(events.AccountRegistered(account.name, str(account.account_url)))
        return account

    def _settled(self, account: Account) -> Account:
        """Find out which key holds, where a change of it was begun."""
        settled = settle(self._place, self._spec, account)
        if settled.active_key_version != account.active_key_version:
            self._tell_of_rotation(account, settled)
        return settled

    def _rotated(self, account: Account, health: AccountHealth) -> Account:
        """Change the key. Where that fails, and the old one holds, the orders go on with that."""
        try:
            rotated = change_key(self._place, self._spec, account, self._spec.key_type)
        except errors.CAError as error:
            if isinstance(error, errors.ProblemError):
                health.suspect(error.problem)
            before = self._place.store.account(account.name) or account
            settled = settle(self._place, self._spec, before)
            if settled.active_key_version == account.active_key_version:
                self._reported.append(self._refused(error))
                self._wishes = replace(self._wishes, rotates=False)
                return settled
            rotated = settled
        self._tell_of_rotation(account, rotated)
        return rotated

    def _tell_of_rotation(self, before: Account, after: Account) -> None:
        self._wishes = replace(self._wishes, rotates=False)
        self._reported.append(
            events.KeyRotated(
                after.name,
                before.active_key_version,
                after.active_key_version,
                after.active_key.key_type,
                after.last_updated_date,
            )
        )

    def _updated(self, account: Account, ca: CertificateAuthority, health: AccountHealth) -> Account:
        """Update the account. What the CA does not like of that is no reason to hold up the orders."""
        try:
            account = accounts.update(self._place, self._spec, account, ca)
        except errors.ProblemError as error:
            health.suspect(error.problem)
            self._reported.append(self._refused(error))
        else:
            self._reported.append(events.AccountUpdated(account.name))
        self._wishes = replace(self._wishes, updates=False)
        return account

    def _refused(self, error: errors.CAError) -> events.Event:
        return events.ActionFailed(self._spec.name, problem_of(error), kind="account")

    def _unavailable(self, error: errors.CAUnavailableError) -> Verdict:
        self._problem = problem_of(error)
        again_at = self._pace.next_try(self._place.clock.now(), error)
        failed = () if again_at else self._failed(self._problem)
        return Verdict((*self._reported, *failed), again_at)

    def _failed(self, problem: Problem) -> tuple[events.Event, ...]:
        """The account's failure, and that of everything that needs it."""
        needing = self._needing(problem)
        return (
            events.ActionFailed(self._spec.name, problem, kind="account"),
            *(events.ActionFailed(name, needing) for name in self._certificates),
        )

    def _needing(self, problem: Problem) -> Problem:
        detail = f"the account {self._spec.name} cannot be used: {problem.detail or problem.code}"
        return Problem(f"{OWN_ERROR}accountUnusable", detail, help_url=problem.help_url)
