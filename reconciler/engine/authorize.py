"""Reading the authorizations of an order: to choose challenges, and to learn what failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.engine.methods import choose
from reconciler.errors import ProblemError, ProtocolError
from reconciler.model.identifier import Identifier
from reconciler.model.order import Authorization, Status
from reconciler.model.problem import ACME_ERROR, OWN_ERROR, Problem
from reconciler.orders.choice import no_challenge_fits
from reconciler.orders.machine import Outcome

if TYPE_CHECKING:
    from reconciler.ca.port import AuthorizationAnswer
    from reconciler.engine.work import Work
    from reconciler.model.order import Order


def read_authorizations(work: Work, order: Order) -> tuple[Order, Outcome]:
    """Learn which challenges there are, and choose one for each pending identifier (RFC 8555 section 7.5)."""
    if order.status is Status.READY:
        return order, Outcome.AUTHORIZED
    read = (_authorization(order, work.ca.read_authorization(url)) for url in order.authorization_urls)
    authorizations = tuple(choose(work, order, each) for each in read)
    order = replace(order, authorizations=authorizations)
    failed = [_failure(each) for each in authorizations if each.status not in (Status.PENDING, Status.VALID)]
    failed += [
        no_challenge_fits(each, work.spec.challenge_types)
        for each in authorizations
        if each.status is Status.PENDING and each.challenge_type is None
    ]
    if failed:
        return replace(order, last_error=together(failed)), Outcome.FAILED
    return order, _next(authorizations)


def failed_identifiers(work: Work, order: Order, error: Problem | None) -> Problem:
    """Return why the CA has given an order up: its own problem, and that of each identifier that failed.

    The order names what went wrong at finalization; what went wrong in a challenge stands in its
    authorization.
    """
    failed: list[Problem] = []
    for url in order.authorization_urls:
        try:
            authorization = _authorization(order, work.ca.read_authorization(url))
        except (ProblemError, ProtocolError):
            continue  # an authorization that is gone tells nothing; the order's own problem is kept
        if authorization.status not in (Status.PENDING, Status.VALID):
            failed.append(_failure(authorization))
    if error is not None:
        return replace(error, subproblems=(*error.subproblems, *failed))
    if failed:
        return together(failed)
    return Problem(f"{OWN_ERROR}orderInvalid", "the CA has given the order up without a reason")


def _next(authorizations: tuple[Authorization, ...]) -> Outcome:
    pending = [each for each in authorizations if each.status is Status.PENDING]
    if not pending:
        return Outcome.AUTHORIZED
    unanswered = [each for each in pending if not each.answered]
    if not unanswered:
        return Outcome.DONE
    return Outcome.BY_HAND if any(each.by_hand for each in unanswered) else Outcome.AUTOMATIC


def _authorization(order: Order, answer: AuthorizationAnswer) -> Authorization:
    plain, wildcard = answer.identifier, Identifier(answer.identifier.type, f"*.{answer.identifier.value}")
    # Not every CA says `wildcard`; where only the wildcard was ordered there is no doubt.
    identifier = wildcard if answer.wildcard or plain not in order.identifiers else plain
    if identifier not in order.identifiers:
        raise ProtocolError(f"the CA wants an authorization for {plain}, which was not ordered")
    return Authorization(answer.url, identifier, answer.status, answer.challenges, answer.expires)


def _failure(authorization: Authorization) -> Problem:
    problem = next((each.error for each in authorization.challenges if each.error), None)
    if problem is None:
        detail = f"the CA says that the authorization is {authorization.status}"
        problem = Problem(f"{OWN_ERROR}authorizationFailed", detail)
    return replace(problem, identifier=authorization.identifier.value)


def together(problems: list[Problem]) -> Problem:
    """Return several problems as one (RFC 8555 section 6.7.1)."""
    if len(problems) == 1:
        return problems[0]
    return Problem(
        f"{ACME_ERROR}compound", f"{len(problems)} identifiers failed", subproblems=tuple(problems)
    )
