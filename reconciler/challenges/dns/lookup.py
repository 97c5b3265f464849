"""Questions to a resolver: the system's, or the servers that are named in its place."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, NoReturn

from msgspec import Struct

from reconciler.challenges.dns.shared import Tally
from reconciler.errors import ChallengeError, NoAnswerError
from reconciler.model.addresses import Address, nameserver_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dns.message import QueryMessage
    from dns.name import Name
    from dns.resolver import Resolver

PAYLOAD = 1232
"""Bytes of a UDP answer (EDNS, RFC 6891): what passes nearly every network in one piece."""

SPLIT_HORIZON = (
    "if the name is known to your own name servers only, give their addresses as `nameservers` in the DNS"
    " provider's file, or in `dns` of the settings"
)


class Answer(Struct, frozen=True):
    """What the resolver said.

    Attributes:
        exists: whether the name exists, with records of whatever type.
        owner: the name whose records they are: the one asked for, or the last of a chain of CNAMEs.
        records: those of the type asked for, in the library's class for it.
        zone: the owner's zone, where the answer tells it: a negative one does (RFC 2308), mostly.
    """

    exists: bool
    owner: str
    records: tuple[Any, ...]
    zone: str | None


class Lookup:
    """Asks, within bounded time. Safe for threads.

    Args:
        nameservers: `IP`, `IP:port` or `[IPv6]:port`; none means the system's resolver.
        seconds: for one query.
        lifetime: in seconds, for one question: all servers and repetitions.
    """

    def __init__(
        self, nameservers: Sequence[str] = (), *, seconds: float = 2.0, lifetime: float = 6.0
    ) -> None:
        self.nameservers = tuple(nameserver_address(text) for text in nameservers)
        self._seconds = seconds
        self._lifetime = lifetime
        self._lock = Lock()
        self._resolver: Resolver | None = None
        self._tally = Tally()

    @property
    def queries(self) -> int:
        """How many questions have been asked."""
        return self._tally.count

    def ask(self, name: str, kind: str) -> Answer:
        """Ask for the records of one type, following CNAMEs as far as the resolver does.

        Args:
            name: absolute, without the dot at its end.
            kind: the type: `SOA`.

        Raises:
            NoAnswerError: nobody gave an answer.
            ChallengeError: the name cannot be asked for.
        """
        import dns.exception
        import dns.resolver

        question = absolute(name)
        self._tally.add()
        try:
            answer = self._get_resolver().resolve(question, kind, raise_on_no_answer=False, search=False)
        except dns.resolver.NXDOMAIN as error:
            return _read(error.responses()[question], exists=False)  # type: ignore[no-untyped-call]
        except (dns.resolver.NoNameservers, dns.resolver.LifetimeTimeout) as error:
            self._complain(name, kind, "; ".join(_complaints(error)))
        except (dns.exception.DNSException, OSError) as error:
            self._complain(name, kind, str(error))
        return _read(answer.response, exists=True)

    def whom(self) -> str:
        """Return who is asked, in words."""
        if self.nameservers:
            servers = ", ".join(map(str, self.nameservers))
            return f"the name server{'s' if len(self.nameservers) > 1 else ''} {servers}"
        return "the system's resolver"

    def _get_resolver(self) -> Resolver:
        from dns.nameserver import Do53Nameserver
        from dns.resolver import Resolver

        with self._lock:
            if self._resolver is None:
                resolver = Resolver(configure=not self.nameservers)
                if self.nameservers:
                    resolver.nameservers = [Do53Nameserver(each.ip, each.port) for each in self.nameservers]
                resolver.timeout = self._seconds
                resolver.lifetime = self._lifetime
                resolver.use_edns(0, 0, PAYLOAD)
                self._resolver = resolver
            return self._resolver

    def _complain(self, name: str, kind: str, why: str) -> NoReturn:
        them = "they" if len(self.nameservers) > 1 else "it"
        fault = (
            f"{self.whom()} did not tell ({why or 'no answer'}); can {them} be reached from here?"
            f" And {SPLIT_HORIZON}"
        )
        raise NoAnswerError(f"the {kind} records of {name} cannot be looked up: {fault}", fault) from None


def absolute(name: str) -> Name:
    """Return the name as the library has it.

    Raises:
        ChallengeError: it is too long, for example once `_acme-challenge.` stands before it.
    """
    import dns.exception
    import dns.name

    try:
        return dns.name.from_text(name, dns.name.root)
    except (dns.exception.DNSException, UnicodeError) as error:
        raise ChallengeError(f"{name} is no name that can stand in the DNS: {error}") from error


def text(name: Name) -> str:
    """Return the name in lower case, without the dot at its end; the root's is empty."""
    return name.canonicalize().to_text(omit_final_dot=True).rstrip(".")


def _read(response: QueryMessage, *, exists: bool) -> Answer:
    import dns.name
    import dns.rdatatype

    chain = response.resolve_chaining()
    owner = chain.canonical_name
    zones = (
        each.name
        for each in response.authority
        if each.rdtype == dns.rdatatype.SOA and owner.is_subdomain(each.name) and each.name != dns.name.root
    )
    zone = None if chain.answer else next(zones, None)
    return Answer(exists, text(owner), tuple(chain.answer or ()), text(zone) if zone is not None else None)


def _complaints(error: Exception) -> list[str]:
    """Say of each server what it answered: the library's own text has what it calls its classes."""
    import dns.exception
    import dns.message

    said: dict[str, None] = {}
    for server, _, _, what, _ in getattr(error, "kwargs", {}).get("errors", ()):
        ip, _, port = str(server).removeprefix("Do53:").rpartition("@")
        if isinstance(what, str):
            words = f"answers {what}"
        elif isinstance(what, dns.exception.Timeout | dns.message.Truncated):
            words = "does not answer"
        elif isinstance(what, OSError):
            words = f"cannot be reached: {what.strerror or what}"
        else:
            words = "does not answer as a name server does"
        said[f"{Address(ip, int(port))} {words}"] = None
    return list(said)
