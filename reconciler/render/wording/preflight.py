"""The words for what was looked at before an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from reconciler.model import caa
from reconciler.model import preflight_facts as seen
from reconciler.model.caa import Obstacle
from reconciler.model.preflight_facts import Reach
from reconciler.render.text import clean, names
from reconciler.render.wording.methods import method_text

if TYPE_CHECKING:
    from reconciler.model.preflight_facts import Fact

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


def fact_lines(fact: Fact) -> list[str]:
    """Return what came of a check: a sentence, and below it what it is made of."""
    match fact:
        case caa.CaaAllows() | caa.CaaForbids() | caa.CaaUndecided():
            return _caa_lines(fact)
        case seen.NoAddress() | seen.NotPublic() | seen.PortTried():
            return [_port(fact)]
        case seen.RecordPlace() | seen.NotCovered() | seen.ServersAnswer() | seen.ServersFail():
            return [_record(fact)]
        case seen.CredentialsAccepted() | seen.AccessDenied():
            return [_provider(fact)]
        case seen.RecordStands() | seen.NoRecordStands() | seen.NoAccountYet():
            return _standing_lines(fact)
        case seen.LocalReady(method=method):
            return [f"{method_text(method)} can be used"]
        case seen.LocalObstacle(method=method, what=what):
            return [f"{method_text(method)} cannot be used: {clean(what)}"]
        case seen.Failed(what=what):
            return [clean(what)]
        case seen.OutOfTime():
            return ["the time for all checks was over before this one ended"]
        case _:
            assert_never(fact)


def _caa_lines(fact: caa.CaaFact) -> list[str]:
    name = clean(fact.record_name)
    match fact:
        case caa.CaaAllows():
            return [f"the CAA records at {name} let the CA issue" if name else "there is no CAA record"]
        case caa.CaaUndecided(why=None):
            return [f"there are CAA records at {name}, and the CA does not say who it is"]
        case caa.CaaUndecided(why=why):
            return [f"there are CAA records at {name}, and the CA cannot be asked who it is: {clean(why)}"]
        case caa.CaaForbids(objections=objections, more=more, issuers=issuers):
            ca = f"the CA ({names(issuers)})" if issuers else "the CA"
            lines = [f"the CAA records at {name} do not let {ca} issue"]
            lines += [_objection(each) for each in objections]
            return [*lines, f"and {more} more"] if more else lines
        case _:
            assert_never(fact)


def _objection(objection: caa.CaaObjection) -> str:
    record = objection.record
    shown = f'CAA {record.flags} {clean(record.tag)} "{clean(record.value)}"'
    return f"{shown}: {_OBSTACLES[objection.obstacle]}"


def _port(fact: seen.PortFact) -> str:
    match fact:
        case seen.NoAddress():
            return "the name has no address: the CA will find nobody"
        case seen.NotPublic(addresses=addresses):
            return f"a CA on the Internet does not reach {names(addresses)}"
        case seen.PortTried():
            return _port_tried(fact)
        case _:
            assert_never(fact)


def _port_tried(fact: seen.PortTried) -> str:
    parts = []
    for reach, words in _REACHES.items():
        addresses = [each.address for each in fact.tries if each.reach is reach]
        if addresses:
            parts.append(f"{words} {names(addresses)}")
    said = f"port {fact.port} {', '.join(parts)}"
    taken = fact.is_ours and any(each.reach is Reach.OPEN for each in fact.tries)
    return f"{said}: somebody else is there, where our listener is to be" if taken else said


def _record(fact: seen.RecordFact) -> str:
    match fact:
        case seen.RecordPlace(record_name=name, zone=zone):
            return f"the record {clean(name)} belongs in the zone {clean(zone)}"
        case seen.NotCovered(record_name=name, target=target, provider=provider):
            by = (
                f"the DNS provider {clean(provider)} does not cover" if provider else "no DNS provider covers"
            )
            if name == target:
                return f"{by} {clean(name)}"
            return f"{clean(name)} is an alias (CNAME) of {clean(target)}, which {by}"
        case seen.ServersAnswer(zone=zone):
            return f"all name servers of {clean(zone)} answer"
        case seen.ServersFail(zone=zone, what=what):
            return f"name servers of {clean(zone)}: {clean(what)}"
        case _:
            assert_never(fact)


def _provider(fact: seen.ProviderFact) -> str:
    provider = clean(fact.provider)
    match fact:
        case seen.CredentialsAccepted(zone=zone):
            return (
                f"the DNS provider {provider} takes our credentials for {clean(zone)}; whether a name can be"
                f" changed, `reconciler dns test {provider} --identifier NAME` shows"
            )
        case seen.AccessDenied(zone=zone, what=what):
            where = f" for {clean(zone)}" if zone else ""
            return f"the DNS provider {provider} cannot be used{where}: {clean(what)}"
        case _:
            assert_never(fact)


def _standing_lines(fact: seen.StandingFact) -> list[str]:
    match fact:
        case seen.RecordStands(record_name=name):
            return [f"the record {clean(name)} stands"]
        case seen.NoRecordStands(record_name=name, value=None):
            unknown = "its value cannot be told: the CA does not say who it is"
            return [f"the standing record at {clean(name)} is not there", unknown]
        case seen.NoRecordStands(record_name=name, value=value):
            return [f"the standing record at {clean(name)} is not there", f'TXT "{clean(value)}"']
        case seen.NoAccountYet():
            return ["this depends on the account, which is not registered yet"]
        case _:
            assert_never(fact)
