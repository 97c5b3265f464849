from __future__ import annotations

import socket
from collections import deque

import pytest

from tools import ports


def test_the_ports_differ_and_can_be_used() -> None:
    found = ports.free_ports(20)

    assert len(set(found)) == 20
    for port in found:
        with socket.create_server((ports.LOOPBACK, port)):
            pass


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_used_port_is_not_offered(kind: socket.SocketKind, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET, kind) as user:
        user.bind((ports.LOOPBACK, 0))
        if kind == socket.SOCK_STREAM:
            user.listen()
        used = user.getsockname()[1]
        monkeypatch.setattr(ports, "_next", deque([used]))

        with pytest.raises(OSError, match="no 1 free ports"):
            ports.free_ports(1)


def test_a_port_is_not_given_out_again_before_all_others_were() -> None:
    found = [port for _ in range(30) for port in ports.free_ports(5)]
    assert len(set(found)) == 150
