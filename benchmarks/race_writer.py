"""One writer of a race: a process that shares a state again and again, without a CA.

    python -m benchmarks.race_writer TREE NAME ROUNDS own|same START

Each round it claims a certificate, its own or one that all want, makes an order for it if it has the claim,
and pushes that. It begins at START (seconds since the epoch), and prints what it has come to as JSON.
"""

from __future__ import annotations

import json
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reconciler.model.account import KeyType
from reconciler.model.claim import ClaimKind
from reconciler.model.identifier import parse_identifier
from reconciler.model.order import Order, Stage, new_order_id
from reconciler.model.settings import Settings
from reconciler.plan.claimed import Subject
from reconciler.sharing.place import find_place
from reconciler.sharing.run import Run, Waiting, clone_id
from reconciler.sharing.shared import SharedState
from reconciler.store import Store

_SECONDS = 120.0


def main(tree: str, name: str, rounds: str, what: str, start: str) -> None:
    """Take part."""
    place = find_place(Path(tree), Settings(), "origin/main", None)
    store = Store(Path(tree) / "state")
    waiting = Waiting(_now, time.monotonic, time.sleep, random.random)
    pushes = tries = made = 0
    time.sleep(max(float(start) - time.time(), 0.0))
    for number in range(int(rounds)):
        certificate = f"{name}-{number}" if what == "own" else f"certificate-{number}"
        run = Run(new_order_id(_now()), clone_id(place.git), "race", name, timedelta(minutes=5))
        with store.lock("race", _now()):
            shared = SharedState(place, run, waiting)
            shared.sync()
            if _claimed(shared, store, certificate):
                store.save_order(_order(certificate))
                made += 1
            published = shared.publish(_SECONDS)
        pushes += published.pushes
        tries += published.tries
    json.dump({"pushes": pushes, "tries": tries, "made": made}, sys.stdout)


def _claimed(shared: SharedState, store: Store, certificate: str) -> bool:
    """Claim a certificate, unless there is an order for it, or another writer has it."""
    attempt = 0
    while not any(each.name == certificate for each in shared.other_claims()):
        if any(each.certificate_name == certificate for each in store.orders().values()):
            return False
        if shared.claim([Subject(ClaimKind.CERTIFICATE, certificate)], attempt):
            return True
        attempt += 1
    return False


def _order(certificate: str) -> Order:
    now = _now()
    identifiers = (parse_identifier("www.example.com"),)
    order_id = new_order_id(now)
    return Order(order_id, certificate, "web", "ca", identifiers, KeyType.EC_256, now, now, Stage.SUBMITTED)


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    main(*sys.argv[1:])
