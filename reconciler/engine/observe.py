"""What is there: the state directory and the output folder, read without a lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.deliver.certificates import file_changes, find_links
from reconciler.deliver.rules import DEFAULT_RULES, Rules
from reconciler.forked import Forked, processors
from reconciler.model.observed import NO_CHANGES, Observed
from reconciler.model.order import Stage

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from reconciler.model.certificate import Certificate
    from reconciler.model.flaw import FlawedRecord
    from reconciler.model.observed import FileChanges
    from reconciler.model.order import Order
    from reconciler.store import Store

_WORTH_A_PROCESS = 1_000  # certificates
_DONE = "done"


def observe(
    store: Store, output: Path, names: Collection[str] = (), rules: Rules = DEFAULT_RULES
) -> Observed:
    """Return all that a plan has to know of the present.

    Records that cannot be read are told of, and left out.

    Args:
        store: the state.
        output: the folder for certificates.
        names: of the certificates that are wanted.
        rules: who may read what is there, and where no link may be.

    Raises:
        StateError: a folder of records cannot be read.
    """
    flawed: list[FlawedRecord] = []
    certificates = store.certificates(flawed)
    # The orders that certificates came from are settled; in a large state they are nearly all.
    settled = {certificate.order_id for certificate in certificates.values()}
    orders = store.orders(flawed, without=settled)
    changes = _file_changes(certificates, output, rules)
    links = find_links(output, names, rules, read=certificates.keys() - changes.keys())
    last, surplus = _last_of_each_certificate(orders, certificates)
    if store.keys.are_encrypted:
        changes = {name: rest for name, each in changes.items() if (rest := _without_key(each)) != NO_CHANGES}
    return Observed(
        accounts=store.accounts(flawed),
        certificates=certificates,
        orders=last,
        leftovers=store.leftovers(flawed),
        keys=store.keys.look(flawed),
        file_changes=changes,
        surplus=surplus,
        claims=store.claims(flawed),
        output_links=links,
        flawed=tuple(flawed),
    )


def _file_changes(
    certificates: Mapping[str, Certificate], output: Path, rules: Rules
) -> dict[str, FileChanges]:
    """Return how delivered files differ, where they do; of many, a process beside looks at every second."""

    def changes_of(names: Iterable[str]) -> dict[str, FileChanges]:
        each = ((name, certificates[name]) for name in names)
        looked_at = {
            name: file_changes(f"{output}/{name}", one.files, one.superseded_files, rules)
            for name, one in each
        }
        return {name: change for name, change in looked_at.items() if change != NO_CHANGES}

    names = list(certificates)
    if len(names) < _WORTH_A_PROCESS or processors() == 1:
        return changes_of(names)
    # It says which ones are to be looked at again here: all is well with nearly all of them.
    with Forked(
        lambda: "\0".join((_DONE, *changes_of(names[1::2]))).encode("utf-8", "surrogateescape")
    ) as beside:
        changes = changes_of(names[::2])
        done, *others = beside.result().decode("utf-8", "surrogateescape").split("\0")
    changes |= changes_of(others if done == _DONE else names[1::2])
    return {name: changes[name] for name in names if name in changes}


def _last_of_each_certificate(
    orders: dict[str, Order], certificates: Mapping[str, Certificate]
) -> tuple[dict[str, Order], tuple[Order, ...]]:
    """Of several orders for one certificate take the one that replaces others; and return what is left over.

    Killed runs leave orders and those that replace them. Two runs of which one has lost its claim have each
    made an order that replaces nothing; a certificate that is in force is not replaced by an older one.
    """
    replaced = {order.previous_order_id for order in orders.values()}
    last: dict[str, Order] = {}
    surplus: list[Order] = []
    for order in sorted(orders.values(), key=lambda each: (each.is_open, each.order_id)):
        if order.order_id in replaced:
            continue
        current = certificates.get(order.certificate_name)
        if order.stage is Stage.COMPLETED and current is not None and order.order_id < current.order_id:
            surplus.append(order)
            continue
        if order.certificate_name in last:
            surplus.append(last[order.certificate_name])
        last[order.certificate_name] = order
    return last, tuple(surplus)


def _without_key(change: FileChanges) -> FileChanges:
    """Leave out that the key alone is not there: so it is in each clone of a state that lives in Git."""
    return replace(change, missing=()) if change.missing == ("privkey.pem",) else change
