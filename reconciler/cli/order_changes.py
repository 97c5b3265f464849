"""`reconciler order retry | cancel | revoke`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.claims import refuse_claimed_order
from reconciler.cli.exit_codes import ExitCode
from reconciler.cli.locking import locked
from reconciler.cli.options import format_option, lock_timeout_option, pass_session, trusted_ref_option
from reconciler.model.log import LogEvent
from reconciler.model.revocation import NOT_POSSIBLE, RevocationReason

if TYPE_CHECKING:
    from datetime import timedelta

    from reconciler.cli.session import Session
    from reconciler.cli.workspace import Workspace
    from reconciler.engine.work import Workplace
    from reconciler.model.order import Order


@click.command()
@click.argument("order_id", metavar="ORDER")
@click.option("--continue", "goes_on", is_flag=True, help="Go on with it, or with another order, at once.")
@lock_timeout_option
@trusted_ref_option
@format_option
@pass_session
def retry(
    session: Session,
    order_id: str,
    *,
    goes_on: bool,
    lock_timeout: timedelta,
    trusted_ref: str | None,
) -> int:
    """Let the next apply try again at once, though an order failed, waits or was cancelled.

    Of a certificate that was revoked, let another be ordered.
    """
    from reconciler.cli.go_on import go_on, workspace_to_go_on
    from reconciler.cli.workspace import open_workspace
    from reconciler.render.order_changes import retried_document, retried_text

    workspace = workspace_to_go_on(session.folder, trusted_ref) if goes_on else open_workspace(session.folder)
    with locked(session, workspace, "reconciler order retry", lock_timeout) as log:
        order = _marked(session, workspace, order_id)
        log.note(LogEvent.ORDER_RETRIED, certificate=order.certificate_name, order_id=order.order_id)
        if goes_on:
            return go_on(session, workspace, {order.certificate_name}, log, anew=True)
    _show(session, retried_document(order), retried_text(order))
    return ExitCode.DONE


def _marked(session: Session, workspace: Workspace, order_id: str) -> Order:
    from reconciler.cli.order_lookup import find_order
    from reconciler.engine.retry import mark_order_anew, mark_retry
    from reconciler.errors import ReconcilerError

    store = workspace.store
    order = find_order(store, order_id)
    refuse_claimed_order(session, workspace, order)
    spec = workspace.desired.certificates.get(order.certificate_name)
    if spec is not None and spec.revoke is not None:
        raise ReconcilerError(f"the file of {spec.name} says `revoke`: nothing is ordered before it does not")
    certificate = store.certificate(order.certificate_name)
    if (
        certificate is not None
        and certificate.order_id == order.order_id
        and certificate.revocation is not None
    ):
        store.save_certificate(mark_order_anew(certificate))
        return order
    last = workspace.observe().orders.get(order.certificate_name)
    order = mark_retry(order, last, session.clock.now())
    store.save_order(order)
    return order


@click.command()
@click.argument("order_id", metavar="ORDER")
@lock_timeout_option
@format_option
@pass_session
def cancel(session: Session, order_id: str, *, lock_timeout: timedelta) -> None:
    """Give an order up: its authorizations are deactivated, and no other is made by itself.

    Another is made once the certificate's file asks for something else, or `order retry` says so.
    """
    from reconciler.cli.once import with_retries
    from reconciler.cli.order_lookup import find_order
    from reconciler.cli.workspace import open_workspace
    from reconciler.engine.leftovers import CLEAN_UP_SECONDS, remove_leftovers
    from reconciler.errors import ReconcilerError
    from reconciler.model.events import CleanUpFailed
    from reconciler.render.order_changes import cancelled_document, cancelled_text
    from reconciler.render.wording.events import event_line

    workspace = open_workspace(session.folder)
    with (
        locked(session, workspace, "reconciler order cancel", lock_timeout) as log,
        workspace.workplace(session.clock) as place,
    ):
        order = find_order(workspace.store, order_id)
        refuse_claimed_order(session, workspace, order)
        if not order.is_open:
            raise ReconcilerError(
                f"the stage of the order {order.order_id} is {order.stage}: there is nothing to cancel"
            )
        order = with_retries(session, lambda: _cancelled(workspace, place, order))
        log.note(LogEvent.ORDER_CANCELLED, certificate=order.certificate_name, order_id=order.order_id)
        for event in remove_leftovers(place, CLEAN_UP_SECONDS):
            log.take([event])
            if isinstance(event, CleanUpFailed):
                session.say(f"{event_line(event)}\n")
    _show(session, cancelled_document(order), cancelled_text(order))


def _cancelled(workspace: Workspace, place: Workplace, order: Order) -> Order:
    from contextlib import suppress

    from reconciler.engine.accounts import reached
    from reconciler.engine.cleanup import cancel as give_up
    from reconciler.errors import AccountGoneError
    from reconciler.model.account import NOBODY

    account = place.store.account(order.account_name)
    ca = None
    if account is not None and account.account_url is not None and order.order_url is not None:
        # An account that the CA does not accept has no authorizations to give up.
        with suppress(AccountGoneError):
            account, ca = reached(place, account, workspace.desired.accounts)
    return give_up(place, order, ca, account.responder if account else NOBODY)


def _reason(_context: click.Context, _parameter: click.Parameter, text: str) -> RevocationReason:
    reason = RevocationReason(text)
    if not reason.is_possible:
        raise click.BadParameter(f"{text} {NOT_POSSIBLE}")
    return reason


@click.command()
@click.argument("order_id", metavar="ORDER")
@click.option(
    "--reason",
    type=click.Choice([each.value for each in RevocationReason]),
    default=RevocationReason.UNSPECIFIED.value,
    show_default=True,
    callback=_reason,
    help="Why (RFC 5280 section 5.3.1).",
)
@click.option(
    "--by-certificate-key",
    is_flag=True,
    help="Sign with the certificate's own key, not the account's: some CAs then block a compromised key.",
)
@lock_timeout_option
@format_option
@pass_session
def revoke(
    session: Session,
    order_id: str,
    *,
    reason: RevocationReason,
    by_certificate_key: bool,
    lock_timeout: timedelta,
) -> None:
    """Revoke the certificate of an order; also of one that another has taken the place of.

    No other is ordered before its file asks for something else, or `order retry` says so. A tree with errors
    is no obstacle.
    """
    from reconciler.cli.once import with_retries
    from reconciler.cli.order_lookup import find_order
    from reconciler.cli.workspace import open_records
    from reconciler.engine import revoke as engine
    from reconciler.errors import ReconcilerError
    from reconciler.model.revocation import UNKNOWN_REQUEST
    from reconciler.render.order_changes import revoked_document, revoked_text

    workspace = open_records(session.folder)
    with (
        locked(session, workspace, "reconciler order revoke", lock_timeout) as log,
        workspace.workplace(session.clock) as place,
    ):
        order = find_order(workspace.store, order_id)
        refuse_claimed_order(session, workspace, order)
        if order.serial_number is None:
            raise ReconcilerError(
                f"the order {order.order_id} is {order.stage}: it has no certificate to revoke"
            )
        spec = workspace.desired.certificates.get(order.certificate_name)
        known = spec.digest if spec else None
        revoked = with_retries(
            session,
            lambda: engine.revoke(
                place,
                order,
                reason,
                workspace.desired.accounts,
                request=UNKNOWN_REQUEST if workspace.is_partial else known,
                by_certificate_key=by_certificate_key,
            ),
        )
        log.take([revoked])
    _show(session, revoked_document(revoked), revoked_text(revoked))


def _show(session: Session, document: dict[str, object], text: str) -> None:
    from reconciler.render.documents import dump

    session.write(dump(document) if session.is_json else text)
