"""Pebble itself asks the listeners, and what a program has presented; over IPv4 and IPv6."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from reconciler.challenges.command import Command
from reconciler.challenges.http_listener import HttpListener
from reconciler.challenges.tls_alpn_listener import TlsAlpnListener
from reconciler.model.fulfillment import ExecMethod
from reconciler.model.identifier import Identifier
from reconciler.model.instruction import Instruction
from reconciler.model.role import ChallengeType
from tests.pebble.test_transport import issue, registered, serve
from tools.pebble import PebbleOptions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pebble.conftest import StartPebble, StartWebroot
    from tools.pebble import Pebble

AnyListener = HttpListener | TlsAlpnListener
ALL_OF_IPV4, ALL_OF_IPV6 = "0.0.0.0", "[::]"  # noqa: S104 - as a user would write it
THREADS = 4
BOTH_TYPES = pytest.mark.parametrize("challenge_type", [ChallengeType.HTTP_01, ChallengeType.TLS_ALPN_01])


def listener_for(challenge_type: ChallengeType, running: Pebble, *hosts: str) -> AnyListener:
    """Return the listener for a type of challenge, at the port that Pebble asks."""
    if challenge_type is ChallengeType.HTTP_01:
        return HttpListener([f"{host}:{running.http_port}" for host in hosts])
    return TlsAlpnListener([f"{host}:{running.tls_port}" for host in hosts])


def validate(running: Pebble, listener: AnyListener, challenge_type: ChallengeType, *names: str) -> None:
    """Take an order to its certificate by what the listener answers."""
    presented: list[Instruction] = []

    def present(identifier: Identifier, token: str, key_authorization: str) -> None:
        presented.append(Instruction("order", "www", identifier, challenge_type, token, key_authorization))
        listener.present(presented[-1])
        assert listener.missing(presented[-1]) is None

    identifiers = [Identifier("ip" if name[-1].isdigit() else "dns", name) for name in names]
    with closing(listener), serve(running) as server:
        issue(registered(server), identifiers, challenge_type, present)
        assert len(listener.ports) >= 1
        listener.clean_up(presented)
        assert listener.ports == ()
    assert {each.identifier for each in presented} == set(identifiers)


@BOTH_TYPES
@pytest.mark.parametrize("host", ["127.0.0.1", ALL_OF_IPV4])
def test_names_over_ipv4(pebble: StartPebble, challenge_type: ChallengeType, host: str) -> None:
    running = pebble(PebbleOptions(strict=True))
    listener = listener_for(challenge_type, running, host)
    validate(running, listener, challenge_type, "www.example.org", "api.example.org")


@BOTH_TYPES
@pytest.mark.parametrize("hosts", [("[::1]",), (ALL_OF_IPV4, ALL_OF_IPV6)])
def test_names_over_ipv6(pebble: StartPebble, challenge_type: ChallengeType, hosts: tuple[str, ...]) -> None:
    running = pebble(PebbleOptions(strict=True))
    running.challtestsrv.set_addresses("six.example.org", "::1")
    listener = listener_for(challenge_type, running, *hosts)
    validate(running, listener, challenge_type, "six.example.org")


@BOTH_TYPES
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_addresses(pebble: StartPebble, challenge_type: ChallengeType, address: str) -> None:
    running = pebble(PebbleOptions(strict=True))
    host = f"[{address}]" if ":" in address else address
    validate(running, listener_for(challenge_type, running, host), challenge_type, address)


@BOTH_TYPES
def test_orders_at_once_share_a_listener(pebble: StartPebble, challenge_type: ChallengeType) -> None:
    running = pebble(PebbleOptions(strict=True))
    listener = listener_for(challenge_type, running, "127.0.0.1")
    gate = threading.Lock()  # Pebble can lock itself up when newOrders cross
    failures: list[BaseException] = []

    def work(number: int) -> None:
        def present(identifier: Identifier, token: str, key_authorization: str) -> None:
            made = Instruction(str(number), "www", identifier, challenge_type, token, key_authorization)
            presented.append(made)
            listener.present(made)

        try:
            for turn in range(3):
                presented: list[Instruction] = []
                issue(
                    ca, [Identifier("dns", f"n{turn}.t{number}.example.org")], challenge_type, present, gate
                )
                listener.clean_up(presented)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test must see it
            failures.append(error)

    with closing(listener), serve(running) as server:
        ca = registered(server)
        threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures
        assert listener.ports == ()


HOOK = """#!/bin/sh -eu
case "$RECONCILER_ACTION" in
    present) printf %s "$RECONCILER_KEY_AUTHORIZATION" > "$1/$RECONCILER_TOKEN" ;;
    cleanup) rm -f "$1/$RECONCILER_TOKEN" ;;
esac
"""


def test_what_a_program_presents(pebble: StartPebble, webroot: StartWebroot, tmp_path: Path) -> None:
    running = pebble(PebbleOptions(strict=True))
    served = webroot(running).folder / ".well-known/acme-challenge"
    served.mkdir(parents=True)
    (tmp_path / "hook").write_text(HOOK)
    (tmp_path / "hook").chmod(0o755)
    command = Command(ExecMethod(("./hook", str(served)), timedelta(seconds=20)), tmp_path)
    presented: list[Instruction] = []

    def present(identifier: Identifier, token: str, key_authorization: str) -> None:
        presented.append(
            Instruction("order", "www", identifier, ChallengeType.HTTP_01, token, key_authorization)
        )
        command.present(presented[-1])

    with serve(running) as server:
        issue(registered(server), [Identifier("dns", "www.example.org")], ChallengeType.HTTP_01, present)
    assert len(list(served.iterdir())) == 1
    command.clean_up(presented)
    assert list(served.iterdir()) == []
