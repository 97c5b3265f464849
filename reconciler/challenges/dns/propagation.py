"""Whether a record can be seen: asked of every name server of its zone, never guessed by waiting."""

from __future__ import annotations

import time
from enum import Enum, auto
from typing import TYPE_CHECKING

from reconciler.challenges.dns.authorities import Authorities
from reconciler.challenges.dns.exchange import NoRouteError, SilenceError, exchange
from reconciler.challenges.dns.lookup import PAYLOAD, absolute
from reconciler.challenges.dns.shared import Tally
from reconciler.model.addresses import DNS_PORT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dns.message import Message

    from reconciler.challenges.dns.authorities import NameServer
    from reconciler.challenges.dns.lookup import Lookup
    from reconciler.challenges.dns.port import TxtRecord
    from reconciler.model.addresses import Address

    Fault = Callable[[Message], str | None]

_CALL_SECONDS = 10.0
# Longer than the steps in which an order is looked at again: a dead server holds up few threads, and once.
_REST_SECONDS = 15.0
_MAX_NAMED = 4


class _Mute(Enum):
    SILENT = auto()
    NO_ROUTE = auto()


class Watcher:
    """Sees whether records are in their place. Safe for threads; one for a run.

    Args:
        lookup: whom to ask for the name servers of a zone.
        nameservers: `IP`, `IP:port` or `[IPv6]:port` of servers to ask in place of the zone's own, if any.
        port: of the zone's own servers.
        seconds: for one query over UDP, and again over TCP.
        clock: in seconds, from anywhere, never back.
    """

    def __init__(
        self,
        lookup: Lookup,
        nameservers: Sequence[str] = (),
        *,
        port: int = DNS_PORT,
        seconds: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._authorities = Authorities(lookup, nameservers, port=port)
        # A resolver that is named there must ask on; a zone's own server must not.
        self._recursive = bool(nameservers)
        self._seconds = seconds
        self._clock = clock
        self._rests_until: dict[Address, float] = {}
        self._tally = Tally()

    @property
    def queries(self) -> int:
        """How many times a server was asked for a record."""
        return self._tally.count

    def missing(self, zone: str, record: TxtRecord) -> str | None:
        """Ask every name server of `zone` for the record; other values beside it do not matter.

        A server has it if one of its addresses answers and all that answer have it. Servers to whose
        addresses this machine has no way are left out, as long as there are others.

        Returns:
            None if all have it; else who has not, or does not answer, in one sentence.

        Raises:
            ChallengeError: the zone's servers cannot be found.
        """
        return self._look(zone, record.name, "TXT", lambda answer: _fault(answer, record))

    def unanswered(self, zone: str) -> str | None:
        """Ask every name server of `zone` whether it knows the zone at all.

        Returns:
            None if all answer for it; else who does not, in one sentence.

        Raises:
            ChallengeError: the zone's servers cannot be found.
        """
        return self._look(zone, zone, "SOA", self._refusal)

    def _refusal(self, answer: Message) -> str | None:
        import dns.flags

        lame = not self._recursive and not answer.flags & dns.flags.AA
        return _bad_code(answer) or ("does not know that it is to answer for it" if lame else None)

    def _look(self, zone: str, name: str, kind: str, fault: Fault) -> str | None:
        servers = self._authorities.of(zone)
        deadline = self._clock() + _CALL_SECONDS
        complaints: list[str] = []
        unreachable = 0
        for server in servers:
            complaint = self._complaint(server, name, kind, fault, deadline)
            if complaint is _Mute.NO_ROUTE:
                unreachable += 1
            elif isinstance(complaint, str):
                complaints.append(complaint)
        if unreachable == len(servers):
            return f"this machine has no route to any name server of {zone}"
        more = len(complaints) - _MAX_NAMED
        named = complaints[:_MAX_NAMED] + ([f"and {more} more"] if more > 0 else [])
        return "; ".join(named) or None

    def _complaint(
        self, server: NameServer, name: str, kind: str, fault: Fault, deadline: float
    ) -> str | _Mute | None:
        if not server.addresses:
            return f"{server.name} has no address"
        mute: dict[Address, _Mute] = {}
        for address in server.addresses:
            answer = self._ask(address, name, kind, deadline)
            if isinstance(answer, _Mute):
                mute[address] = answer
            elif what := fault(answer):
                return f"{_describe(server, address)} {what}"
        if len(mute) < len(server.addresses):
            return None
        silent = [address for address, why in mute.items() if why is _Mute.SILENT]
        return f"{_describe(server, *silent)} does not answer" if silent else _Mute.NO_ROUTE

    def _ask(self, address: Address, name: str, kind: str, deadline: float) -> Message | _Mute:
        import dns.flags
        import dns.message

        now = self._clock()
        if now < self._rests_until.get(address, now) or now >= deadline:
            return _Mute.SILENT
        question = dns.message.make_query(absolute(name), kind, use_edns=0, payload=PAYLOAD)
        question.flags = dns.flags.Flag(dns.flags.RD if self._recursive else 0)
        self._tally.add()
        try:
            return exchange(question, address, min(self._seconds, deadline - now))
        except NoRouteError:
            return _Mute.NO_ROUTE
        except SilenceError:
            self._rests_until[address] = self._clock() + _REST_SECONDS
            return _Mute.SILENT


def _fault(answer: Message, record: TxtRecord) -> str | None:
    """Return what is wrong with an answer; None if the record is in it."""
    import dns.rdataclass
    import dns.rdatatype

    if bad := _bad_code(answer):
        return bad
    found = answer.get_rrset(answer.answer, absolute(record.name), dns.rdataclass.IN, dns.rdatatype.TXT)
    if any(b"".join(each.strings) == record.value.encode() for each in found or ()):
        return None
    return "does not have it yet"


def _bad_code(answer: Message) -> str | None:
    import dns.rcode

    code = answer.rcode()
    known = code in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)
    return None if known else f"answers {dns.rcode.to_text(code)}"


def _describe(server: NameServer, *addresses: Address) -> str:
    listed = ", ".join(map(str, addresses))
    return f"{server.name} ({listed})" if server.name else listed
