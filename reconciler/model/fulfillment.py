"""How a challenge is fulfilled without a person."""

from __future__ import annotations

import shlex
from datetime import timedelta
from enum import StrEnum
from typing import assert_never

from msgspec import Struct

MANUAL = "manual"
"""Where a way is chosen: leave it to people."""


class Way(StrEnum):
    """The ways there are, in the words of the settings."""

    WEBROOT = "webroot"
    LISTEN = "listen"
    EXEC = "exec"
    DNS_PROVIDER = "dns_provider"
    STANDING_RECORD = "standing_record"


class Method(Struct, frozen=True, order=True):
    """One way, and by what: as orders remember it, and as it is shown.

    Attributes:
        target: a folder, addresses, a program with its arguments, or the name of a DNS provider.
        at: the name at which a DNS provider publishes: what the CA asks for, or what that is an alias (CNAME)
            of; None as long as nobody has looked.
    """

    way: Way
    target: str = ""
    at: str | None = None

    @property
    def words(self) -> str:
        """By whom, or by what, in words for people."""
        match self.way:
            case Way.WEBROOT:
                return f"the webroot {self.target}"
            case Way.LISTEN:
                return f"a listener at {self.target}"
            case Way.EXEC:
                return f"the program {self.target}"
            case Way.DNS_PROVIDER:
                return f"the DNS provider {self.target}"
            case Way.STANDING_RECORD:
                return "the record that stands"
            case _:
                assert_never(self.way)


class WebrootMethod(Struct, frozen=True):
    """A folder that a web server serves; relative to the tree's root, or absolute."""

    folder: str
    identifiers: tuple[str, ...] = ()

    @property
    def method(self) -> Method:
        """The short form."""
        return Method(Way.WEBROOT, self.folder)


class ListenMethod(Struct, frozen=True):
    """A server for the time of the challenge, at each of `addresses` (`IP:port`, `[IPv6]:port`)."""

    addresses: tuple[str, ...]
    identifiers: tuple[str, ...] = ()

    @property
    def method(self) -> Method:
        """The short form."""
        return Method(Way.LISTEN, ", ".join(self.addresses))


class ExecMethod(Struct, frozen=True):
    """A program that presents and cleans up; `command` is its path and first arguments."""

    command: tuple[str, ...]
    timeout: timedelta = timedelta(minutes=1)
    identifiers: tuple[str, ...] = ()

    @property
    def method(self) -> Method:
        """The short form."""
        return Method(Way.EXEC, shlex.join(self.command))


ConfiguredMethod = WebrootMethod | ListenMethod | ExecMethod
"""What the settings name for a type of challenge; `identifiers` are those it is for, empty means all."""
