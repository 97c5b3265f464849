"""The words for what was looked at before an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from reconciler.model import preflight as seen
from reconciler.model.caa import Obstacle
from reconciler.model.preflight import Reach
from reconciler.render.text import clean, names

if TYPE_CHECKING:
    from reconciler.model.caa import CaaObjection
    from reconciler.model.preflight import Fact

_OBSTACLES = {
    Obstacle.UNKNOWN_CRITICAL: "critical, and not known to CAs: none may issue",
    Obstacle.NOBODY: "nobody may issue",
    Obstacle.MALFORMED: "malformed, which lets nobody issue (RFC 8659 section 4.2)",
    Obstacle.OTHER_CA: "for another CA",
    Obstacle.OTHER_ACCOUNT: "for another account of the CA",
    Obstacle.NO_ACCOUNT_YET: "for one account, and this one is not registered yet",
    Obstacle.OTHER_CHALLENGE: "for other challenges than the one that is planned",
}
_REACHES = {
    Reach.OPEN: "answers at",
    Reach.REFUSED: "is refused at",
    Reach.SILENT: "does not answer at",
    Reach.NO_ROUTE: "could not be tried from here at",
}


def fact_lines(fact: Fact) -> list[str]:  # noqa: C901 - one case for each fact
    """Return what came of a check: a sentence, and below it what it is made of."""
    match fact:
        case seen.CaaAllows(record_name=name):
            return [
                f"the CAA records at {clean(name)} let the CA issue" if name else "there is no CAA record"
            ]
        case seen.CaaForbids():
            return _forbidden(fact)
        case seen.CaaUndecided(record_name=name, why=why):
            reason = (
                f"cannot be asked what it calls itself: {clean(why)}" if why else "does not say who it is"
            )
            return [f"there are CAA records at {clean(name)}, and the CA {reason}"]
        case seen.NoAddress():
            return ["the name has no address: the CA will find nobody"]
        case seen.NotPublic(addresses=addresses):
            return [f"a CA on the Internet does not reach {names(addresses)}"]
        case seen.PortTried():
            return [_port(fact)]
        case seen.RecordPlace(record_name=name, zone=zone):
            return [f"the record {clean(name)} belongs into the zone {clean(zone)}"]
        case seen.NotCovered():
            return [_not_covered(fact)]
        case seen.ServersAnswer(zone=zone):
            return [f"all name servers of {clean(zone)} answer"]
        case seen.ServersFail(zone=zone, what=what):
            return [f"name servers of {clean(zone)}: {clean(what)}"]
        case seen.AccessGranted(provider=provider, zone=zone):
            return [f"the DNS provider {clean(provider)} may change the zone {clean(zone)}"]
        case seen.AccessDenied(provider=provider, zone=zone, what=what):
            where = f" for the zone {clean(zone)}" if zone else ""
            return [f"the DNS provider {clean(provider)} cannot be used{where}: {clean(what)}"]
        case seen.RecordStands(record_name=name):
            return [f"the record {clean(name)} stands"]
        case seen.NoRecordStands(record_name=name, value=value):
            wanted = (
                f'TXT "{clean(value)}"'
                if value
                else "its value cannot be told: the CA does not say who it is"
            )
            return [f"the standing record at {clean(name)} is not there", wanted]
        case seen.NoAccountYet():
            return ["this depends on the account, which is not registered yet"]
        case seen.Failed(what=what):
            return [clean(what)]
        case seen.OutOfTime():
            return ["the time for all checks was over before this one ended"]
        case _:
            assert_never(fact)


def _forbidden(fact: seen.CaaForbids) -> list[str]:
    ca = f"the CA ({names(fact.issuers)})" if fact.issuers else "the CA"
    lines = [f"the CAA records at {clean(fact.record_name)} do not let {ca} issue"]
    lines += [_objection(each) for each in fact.objections]
    return [*lines, f"and {fact.more} more"] if fact.more else lines


def _objection(objection: CaaObjection) -> str:
    record = objection.record
    shown = f'CAA {record.flags} {clean(record.tag)} "{clean(record.value)}"'
    return f"{shown}: {_OBSTACLES[objection.obstacle]}"


def _port(fact: seen.PortTried) -> str:
    parts = []
    for reach, words in _REACHES.items():
        addresses = [each.address for each in fact.tries if each.reach is reach]
        if addresses:
            parts.append(f"{words} {names(addresses)}")
    said = f"port {fact.port} {', '.join(parts)}"
    taken = fact.is_ours and any(each.reach is Reach.OPEN for each in fact.tries)
    return f"{said}: somebody else is there, where our listener is to be" if taken else said


def _not_covered(fact: seen.NotCovered) -> str:
    name, target = clean(fact.record_name), clean(fact.target)
    place = name if name == target else f"{name} is an alias (CNAME) of {target}, which"
    by = (
        f"the DNS provider {clean(fact.provider)} does not cover"
        if fact.provider
        else "no DNS provider covers"
    )
    return f"{by} {name}" if name == target else f"{place} {by}"
