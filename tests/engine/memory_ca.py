"""A CA in memory: the port, the rules of RFC 8555 that matter to a client, and a count of the requests."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.ca.port import AuthorizationAnswer, Directory, OrderAnswer
from reconciler.errors import CAUnavailableError, ProblemError
from reconciler.model.order import Challenge, Status
from reconciler.model.problem import ACME_ERROR, Problem
from tests.engine.memory_certificates import MemoryCertificateRequests
from tests.engine.memory_server import URL, MemoryAuthorization, MemoryOrder, MemoryServer, refused

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from reconciler.model.identifier import Identifier

__all__ = ["URL", "MemoryCA", "MemoryOrder", "MemoryServer", "unavailable"]


class MemoryCA(MemoryCertificateRequests):
    """One account's view of a `MemoryServer`."""

    def directory(self) -> Directory:
        server = self._server
        # The real clients of a run share what one has read; a test that counts anew begins another run.
        if not (server.directory_was_read and server.requests["directory"]):
            self._asked("directory")
            server.directory_was_read = True
        return Directory(
            server.terms,
            server.external_account_required,
            server.profiles,
            server.renewal_info,
            server.caa_identities,
        )

    def new_order(
        self,
        identifiers: Sequence[Identifier],
        profile: str | None = None,
        *,
        not_after: dt.datetime | None = None,
        replaces: str | None = None,
    ) -> OrderAnswer:
        server = self._server
        self._asked("new_order")
        with server.lock:
            account_url = self._account().url
            self._check_replaces(replaces)
            server.in_new_order += 1
            server.most_in_new_order = max(server.most_in_new_order, server.in_new_order)
            wanted = MemoryOrder(
                0,
                tuple(identifiers),
                [],
                profile=profile,
                account_url=account_url,
                not_after=not_after,
                replaces=replaces,
            )
            order = self._pending(wanted) if server.reuse_pending_orders else None
            if order is None:
                order = dataclasses.replace(wanted, number=server.number(), authorizations=[])
                for identifier in identifiers:
                    number = server.number()
                    status = Status.VALID if server.preauthorized else Status.PENDING
                    server.authorizations[number] = MemoryAuthorization(identifier, status)
                    order.authorizations.append(number)
                server.orders[order.number] = order
            self._update(order)
        try:
            server.after_request("new_order")
        finally:
            with server.lock:
                server.in_new_order -= 1
        return self._answer(order)

    def read_order(self, url: str) -> OrderAnswer:
        self._asked("read_order", url)
        self._account()
        with self._server.lock:
            order = self._order(url)
            if order.status is Status.PROCESSING:
                order.looks_until_valid -= 1
                if order.looks_until_valid < 0:
                    order.status = Status.VALID
            self._update(order)
        self._server.after_request("read_order")
        return self._answer(order)

    def read_authorization(self, url: str) -> AuthorizationAnswer:
        self._asked("read_authorization", url)
        self._account()
        authorization = self._authorization(url.rpartition("/")[2])
        self._server.after_request("read_authorization")
        challenges = tuple(
            Challenge(
                each,
                f"{url}/{each}",
                authorization.challenge_status.get(each, Status.PENDING),
                f"token-of-{url.rpartition('/')[2]}-for-{each}",
                authorization.error if authorization.challenge_status.get(each) is Status.INVALID else None,
            )
            for each in authorization.types
        )
        plain = replace(authorization.identifier, value=authorization.identifier.base)
        return AuthorizationAnswer(
            url,
            plain,
            authorization.identifier.is_wildcard,
            authorization.status,
            challenges,
            self._expires(),
        )

    def answer_challenge(self, url: str) -> Challenge:
        self._asked("answer_challenge", url)
        self._account()
        number, challenge_type = url.split("/")[-2:]
        with self._server.lock:
            authorization = self._authorization(number)
            if authorization.challenge_status.get(challenge_type, Status.PENDING) is not Status.PENDING:
                raise ProblemError(Problem(f"{ACME_ERROR}malformed", "the challenge is not pending"))
            token = f"token-of-{number}-for-{challenge_type}"
            seen = self._server.sees(authorization.identifier, challenge_type, token)
            status = Status.VALID if seen else Status.INVALID
            authorization.challenge_status[challenge_type] = authorization.status = status
            if not seen:
                authorization.error = Problem(f"{ACME_ERROR}unauthorized", "nothing was seen")
        self._server.after_request("answer_challenge")
        return Challenge(challenge_type, url, status, token)

    def finalize_order(self, url: str, csr: bytes) -> OrderAnswer:
        self._asked("finalize_order", url)
        self._account()
        with self._server.lock:
            order = self._order(url.removesuffix("/finalize"))
            self._update(order)
            if order.status is not Status.READY:
                raise ProblemError(Problem(f"{ACME_ERROR}orderNotReady", f"the order is {order.status}"))
            order.certificate = self._server.issue(order, csr)
            order.status = Status.PROCESSING
            order.looks_until_valid = self._server.processing_looks
            self._server.issued.append(order.number)
        self._server.after_request("finalize_order")
        return replace(self._answer(order), url="")

    def deactivate_authorization(self, url: str) -> None:
        self._asked("deactivate_authorization", url)
        self._account()
        with self._server.lock:
            self._authorization(url.rpartition("/")[2]).status = Status.DEACTIVATED
        self._server.after_request("deactivate_authorization")

    def _check_replaces(self, replaces: str | None) -> None:
        others = (each for each in self._server.orders.values() if each.status is not Status.INVALID)
        if replaces is not None and any(each.replaces == replaces for each in others):
            raise refused("alreadyReplaced", "another order replaces this certificate", 409)

    def _pending(self, wanted: MemoryOrder) -> MemoryOrder | None:
        for each in self._server.orders.values():
            self._update(each)
        open_ones = (
            each for each in self._server.orders.values() if each.status in (Status.PENDING, Status.READY)
        )
        return next((each for each in open_ones if _asked_for(each) == _asked_for(wanted)), None)

    def _authorization(self, number: str) -> MemoryAuthorization:
        authorization = self._server.authorizations.get(int(number))
        if authorization is None:
            raise refused("malformed", "there is no such authorization", 404)
        return authorization

    def _update(self, order: MemoryOrder) -> None:
        statuses = {self._server.authorizations[each].status for each in order.authorizations}
        if order.status is Status.PENDING and statuses == {Status.VALID}:
            order.status = Status.READY
        if order.status is Status.PENDING and statuses & {Status.INVALID, Status.DEACTIVATED}:
            order.status = Status.INVALID

    def _answer(self, order: MemoryOrder) -> OrderAnswer:
        url = f"{URL}/order/{order.number}"
        now = self._server.clock.now()
        return OrderAnswer(
            url=url,
            status=order.status,
            identifiers=tuple(reversed(order.identifiers)),
            authorizations=tuple(f"{URL}/authorization/{each}" for each in order.authorizations),
            finalize=f"{url}/finalize",
            certificate=f"{url}/certificate" if order.status is Status.VALID else None,
            expires=self._expires(),
            error=order.error,
            retry_after=now + self._server.retry_after if self._server.retry_after else None,
            profile=self._server.answers_profile or order.profile,
            not_after=order.not_after,
        )

    def _expires(self) -> dt.datetime:
        return self._server.clock.now() + self._server.lifetime


def _asked_for(order: MemoryOrder) -> tuple[object, ...]:
    return frozenset(order.identifiers), order.account_url, order.profile, order.not_after, order.replaces


def unavailable(
    message: str = "no route to host", retry_after: dt.datetime | None = None
) -> CAUnavailableError:
    return CAUnavailableError(message, retry_after)
