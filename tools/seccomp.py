"""Linux's seccomp filters with user notification (seccomp_unotify(2)), by ctypes: no root, no ptrace.

A process installs a filter on itself, and hands its listener to another one; each call that the filter names
then waits until that one has said what becomes of it. Filters hold for threads and children, and over exec.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import platform
import struct
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# linux/audit.h, and the number of seccomp(2) itself.
_MACHINES = {"x86_64": (0xC000003E, 317), "aarch64": (0xC00000B7, 277)}

# linux/prctl.h, linux/seccomp.h
_NO_NEW_PRIVILEGES = 38
_SET_FILTER = 1
_NEW_LISTENER = 1 << 3
_ALLOW = 0x7FFF0000
_NOTIFY = 0x7FC00000
_CONTINUE = 1
_RECEIVE = 0xC0502100
_SEND = 0xC0182101

# linux/bpf_common.h: load a word of struct seccomp_data, jump where it is equal, return.
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_NUMBER_AT, _MACHINE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16

# struct seccomp_notif with its seccomp_data; struct seccomp_notif_resp.
_NOTIFICATION = struct.Struct("=QIIiIQ6Q")
_ANSWER = struct.Struct("=QqiI")


@dataclass(frozen=True, slots=True)
class Notification:
    """A system call that waits for an answer.

    Attributes:
        cookie: what the answer names it by.
        thread: the id of the thread that calls.
        number: of the system call.
        arguments: as the kernel got them.
    """

    cookie: int
    thread: int
    number: int
    arguments: tuple[int, ...]


def unavailable() -> str:
    """Say why there are no filters here; an empty text if there are."""
    if sys.platform != "linux":
        return "seccomp is a part of Linux"
    if platform.machine() not in _MACHINES:
        return f"the numbers of the system calls of {platform.machine()} are not known here"
    pid = os.fork()
    if pid == 0:
        try:
            install([], -1)
        except BaseException:  # noqa: BLE001 - a child of a fork must end here, however it ends
            os._exit(1)
        os._exit(0)
    if os.waitpid(pid, 0)[1]:
        return (
            "seccomp user notification is not allowed here (in containers, ask for a seccomp profile with it)"
        )
    return ""


def install(numbers: Iterable[int], exempt_descriptor: int) -> int:
    """Let these system calls of this process wait for a listener; return the listener, closed on exec.

    Args:
        numbers: of the system calls.
        exempt_descriptor: calls whose first argument it is go through: for handing over the listener.

    Raises:
        OSError: the kernel does not do it.
    """
    machine, seccomp = _MACHINES[platform.machine()]
    wanted = sorted(set(numbers))
    lines = [
        (_LOAD, 0, 0, _MACHINE_AT),
        (_JUMP_IF_EQUAL, 1, 0, machine),
        (_RETURN, 0, 0, _ALLOW),
        (_LOAD, 0, 0, _FIRST_ARGUMENT_AT),
        (_JUMP_IF_EQUAL, 0, 1, exempt_descriptor & 0xFFFFFFFF),
        (_RETURN, 0, 0, _ALLOW),
        (_LOAD, 0, 0, _NUMBER_AT),
        *((_JUMP_IF_EQUAL, len(wanted) - place, 0, number) for place, number in enumerate(wanted)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _NOTIFY),
    ]
    program = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in lines))
    # struct sock_fprog: the count is padded to the pointer.
    pointer = ctypes.create_string_buffer(struct.pack("@HP", len(lines), ctypes.addressof(program)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no_new_privs")
    listener: int = libc.syscall(seccomp, _SET_FILTER, _NEW_LISTENER, pointer)
    if listener < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    return listener


def receive(listener: int) -> Notification | None:
    """Return the next call that waits; None where its process has gone meanwhile. Waits for one.

    Raises:
        OSError: nobody who has this filter is left.
    """
    buffer = bytearray(_NOTIFICATION.size)
    try:
        fcntl.ioctl(listener, _RECEIVE, buffer)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.EINTR):
            return None
        raise
    cookie, thread, _, number, _, _, *arguments = _NOTIFICATION.unpack(buffer)
    return Notification(cookie, thread, number, tuple(arguments))


def answer(listener: int, notification: Notification, error: int = 0) -> None:
    """Let a call go on, or fail with `error`; without effect where its process has gone."""
    values = (0, -error, 0) if error else (0, 0, _CONTINUE)
    try:
        fcntl.ioctl(listener, _SEND, bytearray(_ANSWER.pack(notification.cookie, *values)))
    except OSError as gone:
        if gone.errno != errno.ENOENT:
            raise
