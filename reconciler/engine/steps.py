"""The steps of the order machine. Each does its one thing with the CA.

Each is safe to repeat: what was done and not saved, because the run was killed in between, is done again or
found done. A step returns the order as it is afterwards and the outcome; `CAError` and its relatives tell of
failures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler import pki
from reconciler.engine.authorize import failed_identifiers, read_authorizations
from reconciler.engine.chains import download
from reconciler.engine.finish import key_file
from reconciler.engine.fulfil import (
    answer_challenges,
    await_fulfillment,
    check_challenges,
    present_challenges,
)
from reconciler.engine.prepare import prepare, unfit_to_submit
from reconciler.engine.submit import new_order
from reconciler.errors import InvalidCertificateError, OtherKeyError, ProblemError, ProtocolError
from reconciler.model.order import COMPLETED_ELSEWHERE, OrderFile, Status
from reconciler.model.problem import Problem
from reconciler.orders.machine import Outcome, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.ca.port import OrderAnswer
    from reconciler.engine.work import Work
    from reconciler.model.order import Order

Result = tuple["Order", Outcome]

# One for each identifier is usual, but the RFC lets a CA want more (section 7.1.3); each costs a request.
_MOST_AUTHORIZATIONS = 10
_MOST_SHOWN = 20


def submit_order(work: Work, order: Order) -> Result:
    """Order (RFC 8555 section 7.4); key and CSR are on disk."""
    failure = unfit_to_submit(work, order)
    if failure is not None:
        return replace(order, last_error=failure), Outcome.FAILED
    order, answer = new_order(work, order)
    if order.profile is not None and answer.profile not in (None, order.profile):
        raise ProtocolError(f"the CA opened an order by the profile {answer.profile}, not {order.profile}")
    if len(answer.authorizations) > _MOST_AUTHORIZATIONS * len(order.identifiers):
        raise ProtocolError(
            f"the CA wants {len(answer.authorizations)} authorizations "
            f"for {len(order.identifiers)} identifiers"
        )
    submitted = replace(
        _updated(order, answer),
        order_url=answer.url,
        authorization_urls=tuple(dict.fromkeys(answer.authorizations)),
    )
    return submitted, Outcome.DONE


def read_order(work: Work, order: Order) -> Result:
    """Ask how far the CA has come: the order, instead of each authorization (RFC 8555 section 7.1.6)."""
    answer = _read(work, order)
    order = _updated(order, answer)
    match answer.status:
        case Status.PENDING:
            return order, Outcome.WAITING
        case Status.READY | Status.PROCESSING | Status.VALID:
            return _authorized(order), Outcome.DONE
        case _:
            return _ended(work, order, answer)


def fetch_certificate(work: Work, order: Order) -> Result:
    """Finalize, read or download, as the CA's status says (RFC 8555 section 7.4).

    Where the status is not known for sure (a new run, an answer that was lost) the order is read first: a
    `valid` order must not be finalized.
    """
    match order.status:
        case Status.READY:
            return _finalize(work, order)
        case Status.VALID:
            return _download(work, order)
    answer = _read(work, order)
    order = _updated(order, answer)
    match answer.status:
        case Status.PENDING:
            return order, Outcome.NOT_READY
        case Status.PROCESSING:
            return order, Outcome.WAITING
        case Status.READY | Status.VALID:
            return order, Outcome.AGAIN
        case _:
            return _ended(work, order, answer)


STEPS: dict[Step, Callable[[Work, Order], Result]] = {
    Step.SUBMIT_ORDER: submit_order,
    Step.READ_AUTHORIZATIONS: read_authorizations,
    Step.AWAIT_FULFILLMENT: await_fulfillment,
    Step.PRESENT_CHALLENGES: present_challenges,
    Step.CHECK_CHALLENGES: check_challenges,
    Step.ANSWER_CHALLENGES: answer_challenges,
    Step.READ_ORDER: read_order,
    Step.FETCH_CERTIFICATE: fetch_certificate,
}


def _finalize(work: Work, order: Order) -> Result:
    if order.finalize_url is None:
        raise ProtocolError("the CA says the order is ready, and names no URL to finalize it")
    prepare(work.place.store, order, work.spec)
    csr = pki.csr_der(work.place.store.order_file(order.order_id, OrderFile.CSR))
    try:
        answer = work.ca.finalize_order(order.finalize_url, csr)
    except ProblemError as error:
        if error.problem.code != "orderNotReady":
            raise
        # Too early, or already done: only the order itself can tell.
        return replace(order, status=None), Outcome.AGAIN
    order = replace(_updated(order, answer), finalized=True)
    return order, Outcome.AGAIN if answer.status is Status.VALID else Outcome.WAITING


def _download(work: Work, order: Order) -> Result:
    if order.certificate_url is None:
        raise ProtocolError("the CA says the certificate is issued, and names no URL to download it")
    store = work.place.store
    if order.csr_digest is not None:
        prepare(store, order, work.spec)
    elif not store.has_order_file(order.order_id, OrderFile.PRIVATE_KEY):
        raise InvalidCertificateError("the CA has issued the certificate, but its private key is lost")
    key = store.order_file(order.order_id, key_file(order))
    try:
        issued = download(work, order, key)
    except OtherKeyError as error:
        if order.finalized:
            raise
        return replace(order, last_error=_completed_elsewhere(error)), Outcome.FAILED
    store.save_order_file(order.order_id, OrderFile.FULLCHAIN, issued.fullchain_pem.encode("ascii"))
    work.issued[:] = [(key, issued)]
    return replace(order, serial_number=issued.serial_number), Outcome.DONE


def _completed_elsewhere(error: OtherKeyError) -> Problem:
    """An order that two copies of a state share is finalized by one of them, with its key."""
    return Problem(
        COMPLETED_ELSEWHERE,
        f"another copy of this state has completed this order, with a key of its own: {error}",
    )


def _authorized(order: Order) -> Order:
    """A ready order has only valid authorizations (RFC 8555 section 7.1.6): no need to read them."""
    return replace(
        order, authorizations=tuple(replace(each, status=Status.VALID) for each in order.authorizations)
    )


def _read(work: Work, order: Order) -> OrderAnswer:
    if order.order_url is None:
        raise ProtocolError("the order has no URL")
    return work.ca.read_order(order.order_url)


def _ended(work: Work, order: Order, answer: OrderAnswer) -> Result:
    if answer.status is Status.EXPIRED:
        return order, Outcome.EXPIRED
    return replace(order, last_error=failed_identifiers(work, order, answer.error)), Outcome.FAILED


def _updated(order: Order, answer: OrderAnswer) -> Order:
    """Return the order as the CA has answered; it has to be the same one each time."""
    if set(answer.identifiers) != set(order.identifiers):
        named = [str(each) for each in answer.identifiers]
        more = f" and {len(named) - _MOST_SHOWN} more" if len(named) > _MOST_SHOWN else ""
        raise ProtocolError(
            "the CA's order is for other identifiers than were asked for: "
            f"{', '.join(named[:_MOST_SHOWN])}{more}"
        )
    return replace(
        order,
        status=answer.status,
        finalize_url=answer.finalize or order.finalize_url,
        certificate_url=answer.certificate or order.certificate_url,
        expires=answer.expires or order.expires,
        next_work_date=answer.retry_after,
        last_error=None,
    )
