"""How a challenge is fulfilled without a person."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

MANUAL = "manual"
"""Where a way is chosen: leave it to people."""


class Way(StrEnum):
    """The ways there are, in the words of the settings."""

    WEBROOT = "webroot"
    LISTEN = "listen"
    EXEC = "exec"
    DNS_PROVIDER = "dns_provider"
    STANDING_RECORD = "standing_record"


@dataclass(frozen=True, slots=True, order=True)
class Method:
    """One way, and by what: as orders remember it, and as it is shown.

    Attributes:
        target: a folder, addresses, a program with its arguments as a shell has them, or the name of a DNS
            provider.
        alias: what the name of a provider's record was an alias (CNAME) of when this was chosen, if it was:
            it is published there, and has to be removed there, wherever the alias leads by then.
    """

    way: Way
    target: str = ""
    alias: str = ""

    @property
    def bare(self) -> Method:
        """What fulfils, wherever that is."""
        return Method(self.way, self.target)


@dataclass(frozen=True, slots=True)
class WebrootMethod:
    """A folder that a web server serves; relative to the tree's root, or absolute."""

    folder: str
    identifiers: tuple[str, ...] = ()

    @property
    def method(self) -> Method:
        """The short form."""
        return Method(Way.WEBROOT, self.folder)


@dataclass(frozen=True, slots=True)
class ListenMethod:
    """A server for the time of the challenge, at each of `addresses` (`IP:port`, `[IPv6]:port`)."""

    addresses: tuple[str, ...]
    identifiers: tuple[str, ...] = ()

    @property
    def method(self) -> Method:
        """The short form."""
        return Method(Way.LISTEN, ", ".join(self.addresses))


@dataclass(frozen=True, slots=True)
class ExecMethod:
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
