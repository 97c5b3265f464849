"""One fault at one endpoint: the run that meets it, what it must say and leave, and the run after it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from tests.pebble.faulty import REQUEST_SECONDS, FaultyTree
from tools.acme_endpoints import Endpoint
from tools.fault_script import Rule, by_rules
from tools.faults import A_YEAR, AFTER, BEFORE, RESET, Fault, after

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.pebble.faulty import Ran, Site

TIMEOUT = 60
ISSUING = (
    Endpoint.DIRECTORY,
    Endpoint.NEW_NONCE,
    Endpoint.NEW_ACCOUNT,
    Endpoint.ORDERS,
    Endpoint.NEW_ORDER,
    Endpoint.AUTHORIZATION,
    Endpoint.CHALLENGE,
    Endpoint.ORDER,
    Endpoint.FINALIZE,
    Endpoint.CERTIFICATE,
    Endpoint.RENEWAL_INFO,
)
CHANGING = (
    Endpoint.DIRECTORY,
    Endpoint.NEW_NONCE,
    Endpoint.ACCOUNT,
    Endpoint.KEY_CHANGE,
    Endpoint.REVOKE_CERT,
    Endpoint.RENEWAL_INFO,
    Endpoint.NEW_ORDER,
    Endpoint.FINALIZE,
)
_SOME = ("first", "second", "every third")
_WORDS = re.compile(r"answer|not done within|[Cc]onnection|HTTP status|injected|the run's time")


@dataclass(frozen=True, slots=True)
class Case:
    """A fault, where, and how often: the first request, the second, every third, or all of them.

    `changes` says what the run has to do: to issue two certificates, or to update the account, change its
    key, revoke a certificate and renew the other by the CA's word.
    """

    endpoint: Endpoint
    fault: Fault
    pattern: str
    changes: bool = False

    @property
    def rules(self) -> list[Rule]:
        if self.endpoint is not Endpoint.ORDERS:
            return [self._rule]
        # The CA is asked which orders it has only where there is doubt.
        return [Rule(Endpoint.NEW_ORDER, after(RESET), most=1), self._rule]

    @property
    def _rule(self) -> Rule:
        match self.pattern:
            case "first":
                return Rule(self.endpoint, self.fault, most=1)
            case "second":
                return Rule(self.endpoint, self.fault, first=2, most=1)
            case "every third":
                return Rule(self.endpoint, self.fault, every=3)
            case _:
                return Rule(self.endpoint, self.fault)

    def __str__(self) -> str:
        what = "changing" if self.changes else "issuing"
        return f"{what}, {self.pattern} {self.endpoint}: {self.fault.name}"


def all_cases() -> Iterator[Case]:
    """Yield the matrix: each fault at each endpoint, for ever and once or now and then, by turns."""
    for changes, endpoints in ((False, ISSUING), (True, CHANGING)):
        for shift, endpoint in enumerate(endpoints):
            for number, fault in enumerate(BEFORE):
                for pattern in (_SOME[(number + shift) % len(_SOME)], "always"):
                    yield Case(endpoint, fault, pattern, changes)
            for number, fault in enumerate(AFTER):
                for pattern in ("first", _SOME[1 + (number + shift) % 2], "always"):
                    yield Case(endpoint, fault, pattern, changes)


def run_case(site: Site, folder: Path, case: Case) -> None:
    """Run a case on a tree of its own, and judge it."""
    site.proxy.start_again(None)
    site.clock.set_right()
    tree = FaultyTree(folder, site)
    tree.certificate("a", "1.example.com")
    tree.certificate("b", "2.example.com")
    if case.changes:
        assert tree.command_here("apply").code == 0
        _want_changes(tree)
    expected = 3 if case.changes else 2
    site.proxy.start_again(by_rules(case.rules), keep_record=True)
    ran = tree.command_here("apply", "--timeout", f"{TIMEOUT}s")
    _judge(tree, ran)
    _judge_retry_after(tree, case)
    assert tree.command_here("status").code == 0
    site.proxy.heal()
    _let_time_pass(tree, case)
    last = tree.command_here("apply", "--timeout", "10m")
    assert last.code == 0, last.text
    again = tree.command_here("plan", "--detailed-exitcode")
    assert again.code == 0, again.text
    assert len(tree.completed_orders()) == expected
    assert tree.accepted(Endpoint.NEW_ACCOUNT) == 1
    # What a CA has opened and never lists cannot be found; it is never finalized.
    lost = tree.accepted(Endpoint.NEW_ORDER) - expected
    assert lost in ((0, 1) if case.endpoint is Endpoint.ORDERS else (0,))
    assert tree.accepted(Endpoint.REVOKE_CERT, HTTPStatus.OK) == case.changes
    assert tree.accepted(Endpoint.KEY_CHANGE, HTTPStatus.OK) == case.changes
    assert not list(site.webroot.rglob(".well-known/acme-challenge/*"))


def _let_time_pass(tree: FaultyTree, case: Case) -> None:
    """What failed is tried again after a minute; nobody waits for a day that the CA has asked for."""
    tree.clock.skip(61.0)
    if case.fault is A_YEAR:
        tree.set_aside_waits()


def _want_changes(tree: FaultyTree) -> None:
    tree.account("email_contacts: [ops@example.org]", "key_rotation: {max_age: 90d}")
    path = tree.root / "state/accounts/ca.yaml"
    path.write_text(re.sub(r"(creation_date: ['\"]?)20\d\d", r"\g<1>2020", path.read_text()))
    tree.certificate("b", "2.example.com", "revoke: {reason: superseded}")
    tree.let_renewal_come("a")
    tree.set_in_record("a", "next_check", "2020-01-01T00:00:00Z")


def _judge(tree: FaultyTree, ran: Ran) -> None:
    assert ran.code in (0, 1, 4), ran.text
    assert "Traceback" not in ran.text, ran.text
    assert not re.search("(bug in|fault of) reconciler", ran.text), ran.text
    assert ran.seconds < TIMEOUT + 2 * REQUEST_SECONDS + 5, ran.seconds
    if ran.code:
        assert _WORDS.search(ran.text), ran.text
        assert f"localhost:{tree.proxy.port}/" in ran.text or "injected" in ran.text, ran.text


def _judge_retry_after(tree: FaultyTree, case: Case) -> None:
    """The CA said 3 seconds, or a year: it is not asked for that before."""
    if not re.search(r" 3$| until | 31536000$", case.fault.name):
        return
    for number, each in enumerate(tree.proxy.record):
        if each.fault == case.fault.name:
            early = [
                other
                for other in tree.proxy.record[number + 1 :]
                if other.path == each.path and each.at < other.at < each.at + 2.0
            ]
            assert not early, (each, early)
