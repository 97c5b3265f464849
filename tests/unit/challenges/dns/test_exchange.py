"""What a machine without a route, and a server that is silent, are taken for."""

from __future__ import annotations

import errno

import dns.exception
import dns.message
import dns.query
import pytest

from reconciler.challenges.dns.exchange import NoRouteError, SilenceError, exchange
from reconciler.model.addresses import Address

QUESTION = dns.message.make_query("example.test", "SOA")


# Which addresses a machine has no way to differs from machine to machine.
@pytest.mark.parametrize(
    "number", [errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EAFNOSUPPORT, errno.EACCES, errno.EPERM]
)
def test_a_machine_without_a_route_says_nothing_of_the_server(
    monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def fail(*_: object, **__: object) -> dns.message.Message:
        raise OSError(number, "no way")

    monkeypatch.setattr(dns.query, "udp", fail)
    with pytest.raises(NoRouteError):
        exchange(QUESTION, Address("192.0.2.53"), 1)


def test_a_host_that_is_not_there_any_more_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    def silence(*_: object, **__: object) -> dns.message.Message:
        raise dns.exception.Timeout

    def unreachable(*_: object, **__: object) -> dns.message.Message:
        raise OSError(errno.EHOSTUNREACH, "No route to host")

    monkeypatch.setattr(dns.query, "udp", silence)
    monkeypatch.setattr(dns.query, "tcp", unreachable)
    with pytest.raises(SilenceError):
        exchange(QUESTION, Address("192.0.2.53"), 1)
