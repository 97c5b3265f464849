"""Orders, accounts and each other: do their records fit together, and do they lie where they should?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.checkup.codes import Code
from reconciler.checkup.seen import APPLY
from reconciler.errors import CAError, ProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.ca.hosts import Hosts
    from reconciler.checkup.seen import Seen
    from reconciler.model.account import Account
    from reconciler.model.order import Order
    from reconciler.model.state_finding import StateFinding


def check_orders_together(seen: Seen) -> Iterator[StateFinding]:
    """Yield what is wrong between the records of orders, accounts and each other."""
    replaced = {order.previous_order_id: order for order in seen.orders.values()}
    open_of: dict[str, Order] = {}
    for order in seen.orders.values():
        if not order.is_open:
            continue
        yield from _about_account(seen, order)
        yield from _about_previous(seen, order)
        other = open_of.setdefault(order.certificate_name, order)
        if other is not order:
            yield _two_open(
                seen, other, order, follows=order.order_id in replaced or other.order_id in replaced
            )


def _two_open(seen: Seen, one: Order, other: Order, *, follows: bool) -> StateFinding:
    message = f"the order {one.order_id} of the same certificate, {one.certificate_name}, is under way too"
    path = f"orders/{other.order_id}.yaml"
    if follows:
        return seen.by_apply(Code.TWO_OPEN_ORDERS, path, message, "archives the one whose place is taken")
    advice = "the next `reconciler apply` goes on with one of them, and gives up the other"
    return seen.found(Code.TWO_OPEN_ORDERS, path, message, advice, APPLY, field="certificate_name")


def _about_account(seen: Seen, order: Order) -> Iterator[StateFinding]:
    path = f"orders/{order.order_id}.yaml"
    account = seen.accounts.get(order.account_name)
    if account is None:
        if order.order_url is not None and not seen.is_flawed(f"accounts/{order.account_name}.yaml"):
            message = f"this order was made through the account {order.account_name}, which has no record"
            advice = (
                "put the record of the account, and its keys, back from a backup; where there is none, move "
                "the order's record and its folder out of the state: it is ordered anew"
            )
            yield seen.found(Code.ORDER_WITHOUT_ACCOUNT, path, message, advice, field="account_name")
        return
    yield from _foreign_urls(seen, order, account)


def _foreign_urls(seen: Seen, order: Order, account: Account) -> Iterator[StateFinding]:
    from reconciler.ca.hosts import Hosts

    try:
        hosts = Hosts(account.directory_url, account.additional_hosts)
    except CAError:
        return  # nothing is asked then, and whoever uses the account says why
    urls = {
        "order_url": order.order_url,
        "finalize_url": order.finalize_url,
        "certificate_url": order.certificate_url,
        "authorization_urls": next(
            (each for each in order.authorization_urls if _is_foreign(each, hosts)), None
        ),
    }
    for field, url in urls.items():
        if url is not None and _is_foreign(url, hosts):
            message = f"{url} is not at the CA of the account {account.name}"
            advice = (
                "ask whoever runs the CA: a host of theirs is added to `additional_hosts` of the account; "
                "otherwise somebody has altered the record: put it back from a backup, or give the order "
                "up: `reconciler order cancel`"
            )
            yield seen.found(Code.FOREIGN_URL, f"orders/{order.order_id}.yaml", message, advice, field=field)


def _about_previous(seen: Seen, order: Order) -> Iterator[StateFinding]:
    previous = order.previous_order_id
    if previous is None or previous in seen.orders or previous in seen.archived:
        return
    path = f"orders/{previous}.yaml"
    if not (seen.has(path) or seen.has(f"archive/{path}")):
        message = f"the order {previous}, whose place this one takes, is nowhere in the state"
        advice = "nothing depends on it; put it back from a backup if its certificate is to be found again"
        record = f"orders/{order.order_id}.yaml"
        yield seen.found(Code.LOST_PREVIOUS_ORDER, record, message, advice, field="previous_order_id")


def check_places(seen: Seen) -> Iterator[StateFinding]:
    """Yield what is wrong with the places of orders: files without a record, and what is archived by half."""
    files = {each.folder for each in seen.entries.values() if not each.is_folder and not each.is_temporary}
    for folder in sorted(files):
        inner, _, order_id = folder.rpartition("/")
        if inner not in ("orders", "archive/orders"):
            continue
        archived, usual = f"archive/orders/{order_id}", f"orders/{order_id}"
        if {archived, usual} <= files:
            if folder == usual:
                message = f"files of this order lie here and in {seen.shown(archived)}"
                advice = "look which are the right ones, and move the others out of the state"
                yield seen.found(Code.HALF_ARCHIVED, usual, message, advice)
        elif seen.has(f"{usual}.yaml") and not seen.has(f"{archived}.yaml") and folder == archived:
            message = "the files of this order are archived, and its record is not"
            yield seen.by_apply(Code.HALF_ARCHIVED, f"{usual}.yaml", message, "archives it too")
        elif not seen.has(f"{folder}.yaml"):
            message = "these files belong to an order that has no record"
            advice = (
                "put the record back from a backup, or from Git; where there is none, move the folder out of "
                "the state, and keep it: the key of a certificate may be in it"
            )
            yield seen.found(Code.ORDER_WITHOUT_RECORD, folder, message, advice)
    for order_id in seen.orders.keys() & seen.archived.keys():
        message = f"this order has a second record, {seen.shown(f'archive/orders/{order_id}.yaml')}"
        advice = "look which is the right one (`last_update`), and move the other out of the state"
        yield seen.found(Code.HALF_ARCHIVED, f"orders/{order_id}.yaml", message, advice)


def _is_foreign(url: str, hosts: Hosts) -> bool:
    try:
        hosts.check(url)
    except ProtocolError:
        return True
    return False
