"""One account as a task: registered if it must be, and then its orders begin."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler import errors, pki
from reconciler.ca.port import ExternalAccountBinding
from reconciler.engine.pace import Pace
from reconciler.engine.problems import CA_UNAVAILABLE, problem_of
from reconciler.engine.scheduler import Verdict
from reconciler.engine.secrets import decode_mac_key, read_secret
from reconciler.model import events
from reconciler.model.account import Account, AccountKey
from reconciler.model.order import Status
from reconciler.model.problem import OWN_ERROR, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from reconciler.ca.port import CertificateAuthority, Directory
    from reconciler.engine.scheduler import Task
    from reconciler.engine.work import Workplace
    from reconciler.model.account import AccountSpec

    Begin = Callable[[CertificateAuthority, str], tuple[Task, ...]]


class AccountTask:
    """Makes sure that the CA knows an account, then lets its orders begin."""

    gate = None

    def __init__(
        self, place: Workplace, spec: AccountSpec, certificates: Sequence[str], begin: Begin
    ) -> None:
        """Take on an account and what is to follow.

        Args:
            place: what the run shares.
            spec: the account as the tree wants it.
            certificates: the names of what is ordered through it.
            begin: makes the tasks of these orders from the CA and the thumbprint of the account's key.
        """
        self._place = place
        self._spec = spec
        self._certificates = certificates
        self._begin = begin
        self._pace = Pace()
        self._problem: Problem | None = None
        self._ca: CertificateAuthority | None = None

    def run(self) -> Verdict:
        """Register the account where that has not been done."""
        try:
            return self._run()
        except errors.CAUnavailableError as error:
            return self._unavailable(error)
        except Exception as error:  # noqa: BLE001 - one account's bug must not hold up the others
            return Verdict(self._failed(problem_of(error)))

    def postponed(self, until: datetime) -> tuple[events.Event, ...]:
        """Return that everything that needs the account waits with it."""
        if self._problem is not None and self._problem.code == CA_UNAVAILABLE:
            return self._failed(self._problem)
        return tuple(
            events.OrderPostponed(name, None, until, self._needing(self._problem) if self._problem else None)
            for name in self._certificates
        )

    def _run(self) -> Verdict:
        account = self._place.store.account(self._spec.name)
        if account is None:
            account = self._new_account()
        elif account.directory_url != self._spec.directory_url:
            raise errors.AccountError(
                f"the account {self._spec.name} is registered at {account.directory_url}; it cannot move to "
                f"{self._spec.directory_url}: give the account there a name of its own"
            )
        ca = self._connected(account)
        reported: tuple[events.Event, ...] = ()
        if account.account_url is None:
            account = self._register(account, ca)
            reported = (events.AccountRegistered(account.name, str(account.account_url)),)
        thumbprint = account.active_key.thumbprint
        return Verdict(reported, followers=self._begin(ca, thumbprint))

    def _new_account(self) -> Account:
        """Have a key on disk, then the record, before the CA hears of either.

        A key that is there without a record is used: the CA may know it, and then answers with its account.
        """
        now, store, name = self._place.clock.now(), self._place.store, self._spec.name
        if not store.has_account_key(name, 0):
            store.save_account_key(name, 0, pki.generate_key(self._spec.key_type))
        key = store.account_key(name, 0)
        self._ca = self._place.connect(self._spec, key, None)
        account = Account(
            name=name,
            directory_url=self._spec.directory_url,
            account_keys=(AccountKey(0, pki.key_type_of(key), now, self._ca.thumbprint),),
            active_key_version=0,
            creation_date=now,
            last_updated_date=now,
        )
        store.save_account(account)
        return account

    def _connected(self, account: Account) -> CertificateAuthority:
        if self._ca is None:
            key = self._place.store.account_key(account.name, account.active_key_version)
            try:
                self._ca = self._place.connect(self._spec, key, account.account_url)
            except errors.StateError as error:
                raise errors.StateError(f"the key of the account {account.name}: {error}") from None
        return self._ca

    def _register(self, account: Account, ca: CertificateAuthority) -> Account:
        """Register (RFC 8555 section 7.3); for a key that it knows the CA answers with its account."""
        directory = ca.directory()
        self._check_terms(directory)
        answer = ca.new_account(
            self._spec.email_contacts,
            terms_of_service_agreed=self._spec.terms_of_service_agreed,
            external_account_binding=self._binding(directory),
        )
        if answer.status is not Status.VALID:
            raise errors.AccountError(f"the CA says that the account {account.name} is {answer.status}")
        registered = replace(
            account,
            account_url=answer.url,
            email_contacts=self._spec.email_contacts,
            last_updated_date=self._place.clock.now(),
        )
        self._place.store.save_account(registered)
        return registered

    def _check_terms(self, directory: Directory) -> None:
        if directory.terms_of_service and not self._spec.terms_of_service_agreed:
            raise errors.AccountError(
                f"the CA wants its terms of service agreed to: read {directory.terms_of_service}, then set "
                f"`terms_of_service_agreed: true` in {self._spec.location.path}"
            )

    def _binding(self, directory: Directory) -> ExternalAccountBinding | None:
        spec = self._spec
        if spec.eab_kid and spec.eab_key:
            key = decode_mac_key(read_secret(spec.eab_key, self._place.root), spec.eab_key)
            return ExternalAccountBinding(spec.eab_kid, key)
        if directory.external_account_required:
            raise errors.AccountError(
                "the CA wants an external account binding: set `eab_kid` and `eab_key` in "
                f"{spec.location.path} to what the CA has given you"
            )
        return None

    def _unavailable(self, error: errors.CAUnavailableError) -> Verdict:
        self._problem = problem_of(error)
        again_at = self._pace.next_try(self._place.clock.now(), error)
        return Verdict(again_at=again_at) if again_at else Verdict(self._failed(self._problem))

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
