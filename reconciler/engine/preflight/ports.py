"""Before an order: will the CA find somebody at the port of http-01 or tls-alpn-01?"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from reconciler.engine.preflight.failures import failed
from reconciler.errors import ReconcilerError
from reconciler.model.fulfillment import Way
from reconciler.model.preflight import Check, Outcome
from reconciler.model.preflight_facts import NoAddress, NotPublic, PortTried, Reach, Try

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.engine.preflight.asking import Asking
    from reconciler.engine.preflight.subjects import Subject
    from reconciler.model.preflight import PreflightFinding

# What these present is served for the time of the challenge only: before it, nobody needs to be there.
_LATER = frozenset({Way.LISTEN, Way.EXEC})


def port_findings(asking: Asking, subject: Subject) -> Iterator[PreflightFinding]:
    """Yield what came of connections to the addresses of a name, from here: the CA may see other ones."""
    if subject.challenge_type is None:
        return
    port = asking.options.ports[subject.challenge_type]
    try:
        addresses = _addresses(asking, subject)
    except ReconcilerError as error:
        yield failed(subject, Check.PORT, error)
        return
    if not addresses:
        yield subject.finding(Check.PORT, Outcome.WARNING, NoAddress())
        return
    inner = tuple(each for each in addresses if not ip_address(each).is_global)
    # A CA whose TLS has to be trusted by hand is one's own, and is where such addresses are.
    if inner and subject.account is not None and subject.account.trusted_ca is None:
        yield subject.finding(Check.PORT, Outcome.WARNING, NotPublic(inner))
    tries = tuple(Try(each, asking.reach(each, port)) for each in addresses)
    is_ours = _is_ours(subject, port)
    fact = PortTried(port, tries, is_ours)
    yield subject.finding(Check.PORT, _outcome(subject, [each.reach for each in tries], is_ours), fact)


def _addresses(asking: Asking, subject: Subject) -> tuple[str, ...]:
    identifier = subject.identifier
    found = (identifier.value,) if identifier.type == "ip" else asking.addresses(identifier.value)
    # Some of both kinds, however many there are of one.
    most = asking.options.addresses // 2
    kinds = ([each for each in found if (":" in each) is v6][:most] for v6 in (False, True))
    return tuple(each for kind in kinds for each in kind)


def _is_ours(subject: Subject, port: int) -> bool:
    """Say whether a listener of ours is to have the very port; behind a proxy, it has another one."""
    method = subject.method
    if method is None or method.way is not Way.LISTEN:
        return False
    return any(each.rpartition(":")[2] == str(port) for each in method.target.split(", "))


def _outcome(subject: Subject, reached: Sequence[Reach], is_ours: bool) -> Outcome:
    if all(each is Reach.NO_ROUTE for each in reached):
        return Outcome.UNKNOWN
    later = subject.method is not None and subject.method.way in _LATER
    bad = {Reach.SILENT} if later else {Reach.SILENT, Reach.REFUSED}
    if is_ours:
        bad.add(Reach.OPEN)
    return Outcome.WARNING if bad & set(reached) else Outcome.OK
