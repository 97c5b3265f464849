"""The steps of the order machine. Each does its one thing with the CA.

Each is safe to repeat: what was done and not saved, because the run was killed in between, is done again or
found done. A step returns the order as it is afterwards and the outcome; `CAError` and its relatives tell of
failures.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler import pki
from reconciler.engine.authorize import failed_identifiers, read_authorizations
from reconciler.engine.cleanup import automatic_instructions, clean_up
from reconciler.errors import ProblemError, ProtocolError
from reconciler.model.order import Status
from reconciler.orders.choice import choose_challenge
from reconciler.orders.machine import Outcome, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.ca.port import OrderAnswer
    from reconciler.engine.work import Work
    from reconciler.model.order import Authorization, Order

Result = tuple["Order", Outcome]

PRIVATE_KEY, CSR, CHAIN = "privkey.pem", "csr.pem", "chain.pem"


def submit_order(work: Work, order: Order) -> Result:
    """Make key and CSR, have them on disk, and only then order (RFC 8555 section 7.4)."""
    store = work.place.store
    if not store.has_order_file(order.order_id, CSR):
        key = pki.generate_key(order.key_type)
        store.save_order_file(order.order_id, PRIVATE_KEY, key)
        csr = pki.make_csr(key, order.identifiers, work.spec.role.csr_identifier_population)
        store.save_order_file(order.order_id, CSR, csr)
    answer = work.ca.new_order(order.identifiers)
    if set(answer.identifiers) != set(order.identifiers):
        names = ", ".join(str(each) for each in answer.identifiers)
        raise ProtocolError(f"the CA opened an order for other identifiers than were asked for: {names}")
    submitted = replace(
        _updated(order, answer), order_url=answer.url, authorization_urls=answer.authorizations
    )
    return submitted, Outcome.DONE


def await_fulfillment(work: Work, order: Order) -> Result:
    """See whether people have said of each challenge of theirs that it is fulfilled; no request.

    What the program can do itself by now (a webroot was configured since), or shall be done in another way,
    is chosen anew.
    """
    order = replace(order, authorizations=tuple(_chosen_anew(work, each) for each in order.authorizations))
    if any(each.by_hand and not each.fulfilled for each in _unanswered(order)):
        return order, Outcome.WAITING
    automatic = any(not each.fulfilled for each in _unanswered(order))
    return order, Outcome.AUTOMATIC if automatic else Outcome.DONE


def present_challenges(work: Work, order: Order) -> Result:
    """Fulfil what the program fulfils itself."""
    for instruction in automatic_instructions(work.place, order, work.thumbprint):
        work.place.fulfillers[instruction.challenge_type].present(instruction)
    fulfilled = (each if each.by_hand else replace(each, fulfilled=True) for each in order.authorizations)
    return replace(order, authorizations=tuple(fulfilled)), Outcome.DONE


def check_challenges(work: Work, order: Order) -> Result:
    """Wait until what was presented can be seen."""
    for instruction in automatic_instructions(work.place, order, work.thumbprint):
        if not work.place.fulfillers[instruction.challenge_type].is_visible(instruction):
            return order, Outcome.WAITING
    return order, Outcome.DONE


def answer_challenges(work: Work, order: Order) -> Result:
    """Tell the CA that the challenges are ready (RFC 8555 section 7.5.1)."""
    answered = tuple(
        _answer(work, each) if each in _unanswered(order) else each for each in order.authorizations
    )
    return replace(order, authorizations=answered), Outcome.DONE


def read_order(work: Work, order: Order) -> Result:
    """Ask how far the CA has come: the order, instead of each authorization (RFC 8555 section 7.1.6)."""
    answer = _read(work, order)
    order = _updated(order, answer)
    match answer.status:
        case Status.PENDING:
            return order, Outcome.WAITING
        case Status.READY | Status.PROCESSING | Status.VALID:
            clean_up(work.place, order, work.thumbprint)
            return order, Outcome.DONE
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
    csr = pki.csr_der(work.place.store.order_file(order.order_id, CSR))
    try:
        answer = work.ca.finalize_order(order.finalize_url, csr)
    except ProblemError as error:
        if error.problem.code != "orderNotReady":
            raise
        # Too early, or already done: only the order itself can tell.
        return replace(order, status=None), Outcome.AGAIN
    return _updated(order, answer), Outcome.AGAIN if answer.status is Status.VALID else Outcome.WAITING


def _download(work: Work, order: Order) -> Result:
    if order.certificate_url is None:
        raise ProtocolError("the CA says the certificate is issued, and names no URL to download it")
    chain = work.ca.download_certificate(order.certificate_url)
    key = work.place.store.order_file(order.order_id, PRIVATE_KEY)
    issued = pki.check_chain(chain, key, order.identifiers)
    work.place.store.save_order_file(order.order_id, CHAIN, issued.fullchain_pem.encode("ascii"))
    return replace(order, serial_number=issued.serial_number), Outcome.DONE


def _answer(work: Work, authorization: Authorization) -> Authorization:
    challenge = authorization.challenge
    if challenge is None:
        raise ProtocolError(
            f"the CA no longer offers {authorization.challenge_type} for {authorization.identifier}"
        )
    try:
        work.ca.answer_challenge(challenge.url)
    except ProblemError:
        # A challenge that was told of before, by a run that was killed then, is refused now. Everything else
        # is an error.
        current = work.ca.read_authorization(authorization.url)
        waiting = any(
            each.type == challenge.type and each.status is Status.PENDING for each in current.challenges
        )
        if current.status is Status.PENDING and waiting:
            raise
    return replace(authorization, answered=True)


def _read(work: Work, order: Order) -> OrderAnswer:
    if order.order_url is None:
        raise ProtocolError("the order has no URL")
    return work.ca.read_order(order.order_url)


def _ended(work: Work, order: Order, answer: OrderAnswer) -> Result:
    clean_up(work.place, order, work.thumbprint)
    if answer.status is Status.EXPIRED:
        return order, Outcome.EXPIRED
    return replace(order, last_error=failed_identifiers(work, order, answer.error)), Outcome.FAILED


def _updated(order: Order, answer: OrderAnswer) -> Order:
    return replace(
        order,
        status=answer.status,
        finalize_url=answer.finalize or order.finalize_url,
        certificate_url=answer.certificate or order.certificate_url,
        expires=answer.expires or order.expires,
        next_work_date=answer.retry_after,
        last_error=None,
    )


def _unanswered(order: Order) -> list[Authorization]:
    return [each for each in order.authorizations if each.status is Status.PENDING and not each.answered]


def _chosen_anew(work: Work, authorization: Authorization) -> Authorization:
    allowed = authorization.challenge_type in work.spec.challenge_types
    if authorization.answered or (authorization.fulfilled and allowed):
        return authorization
    return choose_challenge(
        replace(authorization, fulfilled=False), work.spec.challenge_types, work.place.fulfillers
    )
