"""What the steps of an order work with."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from msgspec import Struct, field

from reconciler.deliver.rules import DEFAULT_RULES, Rules

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from reconciler.ca.port import CertificateAuthority
    from reconciler.challenges.fulfillers import Fulfillers
    from reconciler.engine.account_health import AccountHealth
    from reconciler.engine.clock import Clock
    from reconciler.engine.open_orders import OpenOrders
    from reconciler.engine.task import Gate
    from reconciler.model.account import AccountSpec, Responder
    from reconciler.model.certificate import CertificateSpec
    from reconciler.model.instruction import Instruction
    from reconciler.model.origin import Origin
    from reconciler.model.problem import Problem
    from reconciler.pki import IssuedChain
    from reconciler.store import Store

    Connect = Callable[[AccountSpec, bytes, str | None], CertificateAuthority]


class Workplace(Struct, frozen=True):
    """What a whole run shares.

    Attributes:
        output: the folder that certificates are delivered to.
        root: of the tree; secrets named by a relative path are looked for there.
        fulfillers: the ways in which the program fulfils challenges; the others are for people.
        connect: makes the CA of an account from its specification, its private key (PEM) and its URL where it
            has one.
        draw: returns a random number from 0 to 1.
        holders: the orders of this run that present something: orders may share an authorization, and what is
            presented for it.
        not_taken_away: what could not be taken away in this run, and why.
        origins: what the orders that this run makes come from, by the names of their certificates.
        rules: who may read what is delivered, and where no link may be.
        is_shared: whether other machines work with the same state: one that was lost may have left an open
            order.
    """

    store: Store
    output: Path
    root: Path
    clock: Clock
    fulfillers: Fulfillers
    connect: Connect
    draw: Callable[[], float] = random.SystemRandom().random
    holders: dict[Instruction, set[str]] = field(default_factory=dict)
    not_taken_away: dict[Instruction, Problem] = field(default_factory=dict)
    origins: Mapping[str, Origin] = field(default_factory=dict)
    rules: Rules = DEFAULT_RULES
    is_shared: bool = False


class Work(Struct, frozen=True):
    """What the steps of one order need.

    Attributes:
        responder: the account, as challenges know it.
        new_orders: what the newOrders of the account pass.
        health: whether the CA still accepts the account.
        open_orders: those that the CA has for the account and the state does not know.
        issued: what this run has downloaded for the order and checked, with its key (PEM) or the CSR.
        unseen: what could not be seen yet of the order's challenges when it was last looked for, in words.
    """

    place: Workplace
    spec: CertificateSpec
    ca: CertificateAuthority
    responder: Responder
    new_orders: Gate
    health: AccountHealth
    open_orders: OpenOrders
    issued: list[tuple[bytes, IssuedChain]] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        """Hide the key in `issued`."""
        return f"Work({self.spec.name})"
