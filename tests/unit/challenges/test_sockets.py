"""Addresses to listen at: which can be had, and what is said of the others."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import pytest

from reconciler.challenges.sockets import open_sockets, why_not
from reconciler.errors import ChallengeError

FIRST_FREE_FOR_ALL = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
NOBODY = 65534


def test_both_families_at_one_port() -> None:
    (four,) = open_sockets(["0.0.0.0:0"])
    with four:
        port = four.getsockname()[1]
        (six,) = open_sockets([f"[::]:{port}"])
        with six:
            assert six.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
            assert not four.get_inheritable()
            for host in ("127.0.0.1", "::1"):
                socket.create_connection((host, port), timeout=5).close()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "80",
        ":80",
        "127.0.0.1",
        "127.1:80",
        "localhost:80",
        "::1:80",
        "[127.0.0.1]:80",
        "[::g]:80",
        "[]:80",
        "127.0.0.1:65536",
        "127.0.0.1:-1",
        "127.0.0.1:80 ",
        "127.0.0.256:80",
        "x" * 100_000,
    ],
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(ChallengeError, match="is no address to listen at; write") as caught:
        open_sockets([address])
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_a_port_in_use(host: str) -> None:
    (first,) = open_sockets([f"{host}:0"])
    with first:
        address = f"{host}:{first.getsockname()[1]}"
        with pytest.raises(ChallengeError) as caught:
            open_sockets([f"{host}:0", address])
    assert str(caught.value).startswith(f"cannot listen at {address}: another program listens there: stop it")
    # The first of the two was closed, and with it gone the port is free.
    for each in open_sockets([address]):
        each.close()


def test_an_address_of_another_machine() -> None:
    with pytest.raises(
        ChallengeError, match=r"cannot listen at 192\.0\.2\.1:0: this machine has no such addr"
    ):
        open_sockets(["192.0.2.1:0"])


def test_a_port_for_which_a_capability_is_needed() -> None:
    # Where everybody may have every port, and on other systems, the words are what can be seen.
    first = int(FIRST_FREE_FOR_ALL.read_text()) if FIRST_FREE_FOR_ALL.exists() else 0
    if first <= 1:
        message = why_not("127.0.0.1:1", OSError(errno.EACCES, "Permission denied"))
    else:
        user = os.geteuid()
        try:
            if user == 0:
                os.seteuid(NOBODY)
            with pytest.raises(ChallengeError) as caught:
                open_sockets(["127.0.0.1:1"])
        finally:
            os.seteuid(user)
        message = str(caught.value)
    assert message.startswith(
        "cannot listen at 127.0.0.1:1: this process may not use that port: those below 1024"
    )
    assert "CAP_NET_BIND_SERVICE" in message
    assert "behind a proxy" in message


def test_other_errors_in_the_words_of_the_system() -> None:
    assert why_not("[::]:80", OSError(errno.EAFNOSUPPORT, "x")).endswith("leave it out")
    assert why_not("[::]:80", OSError(errno.ENOBUFS, "No buffer space")) == (
        "cannot listen at [::]:80: No buffer space"
    )
