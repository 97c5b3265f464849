from __future__ import annotations

import json
from typing import Any, get_args

import pytest

from reconciler.model import preflight_facts as seen
from reconciler.model.caa import CaaAllows, CaaForbids, CaaObjection, CaaRecord, CaaUndecided, Obstacle
from reconciler.model.finding import Location
from reconciler.model.fulfillment import Method, Way
from reconciler.model.identifier import Identifier
from reconciler.model.preflight import Check, Outcome, PreflightFinding
from reconciler.model.preflight_facts import Fact, Reach, Try
from reconciler.plan.actions import Plan
from reconciler.render.documents import dump
from reconciler.render.plan_json import plan_document
from reconciler.render.preflight import preflight_progress, render_preflight
from reconciler.render.shown import ShownPlan
from reconciler.render.wording.preflight import fact_lines
from tests.unit.render.output_schemas import check, load
from tests.unit.values import NOW

WWW = Identifier("dns", "www.example.com")
OTHER_CA = CaaObjection(CaaRecord(0, "issue", "other.test"), Obstacle.OTHER_CA)
FACTS: list[tuple[Fact, list[str]]] = [
    (CaaAllows(""), ["there is no CAA record"]),
    (CaaAllows("example.com"), ["the CAA records at example.com let the CA issue"]),
    (
        CaaForbids("example.com", (OTHER_CA,), 3, ("ca.test", "ca2.test")),
        [
            "the CAA records at example.com do not let the CA (ca.test, ca2.test) issue",
            'CAA 0 issue "other.test": for another CA',
            "and 3 more",
        ],
    ),
    (
        CaaForbids("com", (CaaObjection(CaaRecord(128, "tbs", "x"), Obstacle.UNKNOWN_CRITICAL),), 0, ()),
        [
            "the CAA records at com do not let the CA issue",
            'CAA 128 tbs "x": critical, and not known to CAs: none may issue',
        ],
    ),
    (
        CaaUndecided("example.com", None),
        ["there are CAA records at example.com, and the CA does not say who it is"],
    ),
    (
        CaaUndecided("example.com", "it is away"),
        [
            "there are CAA records at example.com, and the CA cannot be asked who it is: it is away",
        ],
    ),
    (seen.NoAddress(), ["the name has no address: the CA will find nobody"]),
    (seen.NotPublic(("10.0.0.1",)), ["a CA on the Internet does not reach 10.0.0.1"]),
    (
        seen.PortTried(80, tuple(Try(f"192.0.2.{number}", each) for number, each in enumerate(Reach)), False),
        [
            "port 80 answers at 192.0.2.0, is refused at 192.0.2.1, does not answer at 192.0.2.2, could not"
            " be tried from here at 192.0.2.3"
        ],
    ),
    (
        seen.PortTried(443, (Try("192.0.2.1", Reach.OPEN),), True),
        ["port 443 answers at 192.0.2.1: somebody else is there, where our listener is to be"],
    ),
    (
        seen.RecordPlace("_a.example.com", "b.example.net", "example.net", "dyn"),
        ["the record _a.example.com belongs in the zone example.net"],
    ),
    (
        seen.NotCovered("_a.example.com", "b.example.net", None),
        ["_a.example.com is an alias (CNAME) of b.example.net, which no DNS provider covers"],
    ),
    (
        seen.NotCovered("_a.example.com", "_a.example.com", "dyn"),
        ["the DNS provider dyn does not cover _a.example.com"],
    ),
    (seen.ServersAnswer("example.com"), ["all name servers of example.com answer"]),
    (
        seen.ServersFail("example.com", "ns2 does not answer"),
        ["name servers of example.com: ns2 does not answer"],
    ),
    (
        seen.CredentialsAccepted("dyn", "example.com"),
        [
            "the DNS provider dyn takes our credentials for example.com; whether a name can be changed,"
            " `reconciler dns test dyn --identifier NAME` shows"
        ],
    ),
    (
        seen.AccessDenied("dyn", "example.com", "the key is wrong"),
        ["the DNS provider dyn cannot be used for example.com: the key is wrong"],
    ),
    (
        seen.AccessDenied("dyn", None, "there is no key"),
        ["the DNS provider dyn cannot be used: there is no key"],
    ),
    (seen.RecordStands("_v.example.com"), ["the record _v.example.com stands"]),
    (
        seen.NoRecordStands("_v.example.com", "ca.test"),
        ["the standing record at _v.example.com is not there", 'TXT "ca.test"'],
    ),
    (
        seen.NoRecordStands("_v.example.com", None),
        [
            "the standing record at _v.example.com is not there",
            "its value cannot be told: the CA does not say who it is",
        ],
    ),
    (seen.LocalReady(Method(Way.LISTEN, "0.0.0.0:80")), ["a listener at 0.0.0.0:80 can be used"]),
    (
        seen.LocalObstacle(Method(Way.WEBROOT, "www"), "there is no such folder"),
        ["the webroot www cannot be used: there is no such folder"],
    ),
    (seen.NoAccountYet(), ["this depends on the account, which is not registered yet"]),
    (seen.Failed("nobody answers"), ["nobody answers"]),
    (seen.OutOfTime(), ["the time for all checks was over before this one ended"]),
]


def finding(
    fact: Fact, outcome: Outcome = Outcome.WARNING, certificate: str = "www", line: int = 2
) -> PreflightFinding:
    place = Location("certificates/www.yaml", line, 15)
    return PreflightFinding(certificate, WWW, Check.CAA, outcome, fact, place)


@pytest.mark.parametrize(("fact", "lines"), FACTS)
def test_every_fact_has_its_words(fact: Fact, lines: list[str]) -> None:
    assert fact_lines(fact) == lines


def test_every_fact_is_among_them_and_in_the_schema() -> None:
    assert {type(fact) for fact, _ in FACTS} == set(get_args(Fact))
    fields = load("plan")["properties"]["preflight"]["items"]["properties"]
    assert fields["code"]["enum"] == [each.code for each in get_args(Fact)]
    assert fields["check"]["enum"] == list(Check)
    assert fields["outcome"]["enum"] == list(Outcome)
    for obstacle in Obstacle:
        objection = CaaObjection(CaaRecord(0, "issue", "x"), obstacle)
        assert fact_lines(CaaForbids("x", (objection,), 0, ()))[1].count(": ") >= 1


def test_programs_get_all_of_them() -> None:
    document = plan_document(
        ShownPlan(Plan(NOW), preflight=tuple(finding(fact, Outcome.OK) for fact, _ in FACTS))
    )
    check(document)
    shown = document["preflight"]
    assert [each["message"] for each in shown] == ["; ".join(lines) for _, lines in FACTS]
    assert shown[2]["facts"]["objections"] == [
        {"flags": 0, "tag": "issue", "value": "other.test", "obstacle": "other_ca"}
    ]
    assert shown[8]["facts"]["tries"][1] == {"address": "192.0.2.1", "reach": "refused"}
    assert shown[0]["location"] == {"path": "certificates/www.yaml", "line": 2, "column": 15}
    check(plan_document(ShownPlan(Plan(NOW), preflight=())))
    assert plan_document(ShownPlan(Plan(NOW), preflight=()))["preflight"] == []
    assert "preflight" not in plan_document(ShownPlan(Plan(NOW)))


def test_people_see_what_is_not_ok_each_thing_once() -> None:
    denied = seen.AccessDenied("dyn", "example.com", "the key is wrong, or it is another one by now")
    findings = [
        finding(seen.Failed("nobody answers"), Outcome.UNKNOWN),
        *(finding(denied, certificate=f"c{number}", line=number) for number in range(8)),
        *(finding(CaaAllows(""), Outcome.OK) for _ in range(4)),
    ]
    assert (
        render_preflight(findings)
        == """
  ! caa: the DNS provider dyn cannot be used for example.com: the key is
      wrong, or it is another one by now
      certificates/www.yaml: www.example.com of certificate c0
      certificates/www.yaml:1:15: www.example.com of certificate c1
      certificates/www.yaml:2:15: www.example.com of certificate c2
      certificates/www.yaml:3:15: www.example.com of certificate c3
      certificates/www.yaml:4:15: www.example.com of certificate c4
      and 3 more identifiers

  ? caa: nobody answers
      certificates/www.yaml:2:15: www.example.com of certificate www

Preflight: 4 ok, 8 warnings, 1 unknown; it is advice, and changes nothing.
"""
    )


def of(fact: Fact, name: str, look: Check, outcome: Outcome = Outcome.UNKNOWN) -> PreflightFinding:
    return PreflightFinding(name, Identifier("dns", name), look, outcome, fact)


def test_one_server_that_is_away_is_said_once() -> None:
    away = seen.Failed("the name server 192.0.2.53 did not tell")
    shown = render_preflight(
        [of(away, f"{number}.test", each) for number in range(7) for each in (Check.CAA, Check.DELEGATION)]
    )
    assert (
        shown
        == """
  ? caa, delegation: the name server 192.0.2.53 did not tell
      0.test of certificate 0.test
      1.test of certificate 1.test
      2.test of certificate 2.test
      3.test of certificate 3.test
      4.test of certificate 4.test
      and 2 more identifiers

Preflight: 0 ok, 14 unknown; it is advice, and changes nothing.
"""
    )


def test_what_is_wrong_with_many_zones_is_said_once() -> None:
    findings = []
    for number in range(7):
        zone = f"{number}.test"
        findings += [
            of(seen.ServersFail(zone, "ns2 does not answer"), zone, Check.NAMESERVERS, Outcome.WARNING),
            of(seen.AccessDenied("dyn", zone, "the key is wrong"), zone, Check.PROVIDER, Outcome.WARNING),
        ]
    shown = render_preflight([*findings, of(seen.AccessDenied("dyn", None, "no key"), "x", Check.PROVIDER)])
    zones = "0.test, 1.test, 2.test, 3.test, 4.test and 2 more"
    assert " ".join(shown.split()).count(f"name servers of {zones}: ns2 does not answer") == 1
    assert f"cannot be used for {zones}: the key is wrong" in " ".join(shown.split())
    assert "cannot be used: no key" in shown
    assert shown.count(" ! ") + shown.count(" ? ") == 3
    assert shown.count("and 2 more identifiers") == 2


def test_where_all_is_well_there_is_one_line() -> None:
    shown = render_preflight([finding(seen.NoAccountYet(), Outcome.OK)])
    assert shown == "\nPreflight: 1 ok; it is advice, and changes nothing.\n"
    assert render_preflight([]) == "\nPreflight: nothing is to be ordered.\n"
    assert "\x1b[1m" in render_preflight([], color=True)


def test_how_far_it_has_come() -> None:
    assert preflight_progress(3, 12, 4.9) == "Preflight: 3 of 12 checks (0:04)"
    assert preflight_progress(0, 1, 75) == "Preflight: 0 of 1 check (1:15)"


def test_a_long_list_is_cut() -> None:
    shown = render_preflight([finding(seen.Failed(f"no {number}")) for number in range(150)])
    assert shown.count("  ! ") == 100
    assert "\n  ... and 50 more\n" in shown


HOSTILE = "x\x1b[2J\u202e\x07"


def hostile_facts() -> list[Fact]:
    record = CaaRecord(0, HOSTILE, HOSTILE)
    return [
        CaaForbids(HOSTILE, (CaaObjection(record, Obstacle.MALFORMED),), 0, (HOSTILE,)),
        CaaUndecided(HOSTILE, HOSTILE),
        CaaAllows(HOSTILE),
        seen.NotPublic((HOSTILE,)),
        seen.PortTried(80, (Try(HOSTILE, Reach.OPEN),), is_ours=True),
        seen.RecordPlace(HOSTILE, HOSTILE, HOSTILE, HOSTILE),
        seen.NotCovered(HOSTILE, f"{HOSTILE}2", HOSTILE),
        seen.ServersAnswer(HOSTILE),
        seen.ServersFail(HOSTILE, HOSTILE),
        seen.CredentialsAccepted(HOSTILE, HOSTILE),
        seen.AccessDenied(HOSTILE, HOSTILE, HOSTILE),
        seen.RecordStands(HOSTILE),
        seen.NoRecordStands(HOSTILE, HOSTILE),
        seen.LocalReady(Method(Way.EXEC, HOSTILE)),
        seen.LocalObstacle(Method(Way.EXEC, HOSTILE), HOSTILE),
        seen.Failed(HOSTILE),
    ]


@pytest.mark.parametrize("fact", hostile_facts())
def test_nothing_from_outside_acts_on_a_terminal(fact: Fact) -> None:
    hostile = PreflightFinding(
        HOSTILE,
        Identifier("dns", HOSTILE),
        Check.CAA,
        Outcome.WARNING,
        fact,
        Location(HOSTILE, 1, 1),
    )
    shown: Any = plan_document(ShownPlan(Plan(NOW), preflight=(hostile,)))
    assert all(each.isprintable() for each in render_preflight([hostile]).split("\n"))
    assert dump(shown).replace("\n", "").isprintable()
    assert dump(shown).isascii()
    assert shown["preflight"][0]["message"].isprintable()
    json.loads(dump(shown))
