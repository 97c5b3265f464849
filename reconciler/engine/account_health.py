"""Whether the CA still accepts an account: found out once, so that its orders do not fail one by one."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.errors import AccountGoneError, ProblemError, ProtocolError
from reconciler.model.order import Status
from reconciler.model.problem import OWN_ERROR, Problem

if TYPE_CHECKING:
    from reconciler.ca.port import CertificateAuthority
    from reconciler.store import Store

# A wrong signature, as by a key that was changed elsewhere, has no word of its own.
_SUSPICIOUS = frozenset({"accountDoesNotExist", "unauthorized", "malformed", "badSignatureAlgorithm"})


class AccountHealth:
    """What is known of an account in this run. Safe for threads."""

    def __init__(self, store: Store, name: str, ca: CertificateAuthority) -> None:
        """Take the account for a good one."""
        self.renewal_failures = 0
        """How often in a row the CA gave no renewal information; roughly, as threads share it."""
        self._store = store
        self._name = name
        self._ca = ca
        self._asking = threading.Lock()
        self._is_known = False
        self._error: AccountGoneError | None = None

    def check(self) -> None:
        """Do nothing as long as the account is good.

        Raises:
            AccountGoneError: it is not.
        """
        if self._error is not None:
            raise self._error

    def suspect(self, problem: Problem) -> None:
        """Look at the account itself where a problem may be about it rather than about what was asked for.

        Raises:
            AccountGoneError: it is the account's problem.
            CAUnavailableError: the CA cannot be asked.
        """
        if problem.code in _SUSPICIOUS:
            with self._asking:
                if not self._is_known:
                    self.examine()
            self.check()

    def examine(self) -> None:
        """Ask the CA, and keep what it says in the account's record (RFC 8555 sections 7.3.2 and 7.3.6).

        A CA that makes a mess of this has not said that the account is bad.

        Raises:
            CAUnavailableError: the CA cannot be asked.
        """
        try:
            status = self._ca.read_account().status
            self._error = None if status is Status.VALID else gone(self._name, status)
        except ProblemError as error:
            bad = is_refusal_of_account(error.problem)
            self._error = gone(self._name, error.problem) if bad else None
        except ProtocolError:
            self._error = None
        self._is_known = True
        problem = self._error.problem if self._error else None
        account = self._store.account(self._name)
        if account is not None and account.last_error != problem:
            self._store.save_account(replace(account, last_error=problem))


def is_refusal_of_account(problem: Problem) -> bool:
    """Say whether the answer to a request for the account itself means that the CA does not accept it."""
    if problem.code == "malformed":
        return any(word in problem.detail.lower() for word in ("jws", "signature", "verif"))
    return problem.code in _SUSPICIOUS


def gone(name: str, why: Problem | Status) -> AccountGoneError:
    """Return the error for an account that the CA does not accept any more."""
    problem = Problem(f"{OWN_ERROR}account", f"it is {why}") if isinstance(why, Status) else why
    said = problem.detail or problem.code
    return AccountGoneError(f"the CA does not accept the account {name} any more: {said}", problem)
