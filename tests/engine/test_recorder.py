"""What a run writes down, against the CA in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler.engine.options import ApplyOptions
from reconciler.engine.recorder import Recorder
from reconciler.engine.runner import run_plan
from reconciler.errors import CAUnavailableError, ProblemError
from reconciler.model.log import LogEvent, RunStart
from reconciler.model.origin import CommitAuthor, Origin
from reconciler.model.problem import ACME_ERROR, Problem
from reconciler.store.event_chain import verify
from reconciler.store.event_log import decode_line, read
from tests.engine.rig import Rig

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from reconciler.model.events import Event
    from reconciler.model.log import LogEntry

START = RunStart(
    "reconciler apply", "1.0", "root", "runner", "octocat", Origin("c0ffee", run_url="https://ci/1")
)


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


class Run:
    """A run that is written down."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.warnings: list[str] = []
        self.log = Recorder(rig.store, rig.clock.now, lambda: START, self.warnings.append)

    def apply(self, origins: Mapping[str, Origin] | None = None) -> Run:
        rig = self.rig
        plan = rig.plan()
        with rig.store.lock("apply", rig.clock.now()):
            self.log.know(plan, origins or {})
            accounts = rig.desired.accounts
            options = ApplyOptions(parallelism=1)
            run_plan(plan, rig.place(), accounts, options, self.log.take, rig.stop)
            self.log.end(0)
        return self


def entries(rig: Rig) -> list[LogEntry]:
    lines = list(read(rig.store.event_log))
    assert list(verify(lines, rig.store.lineage)) == []
    return [found.entry for number, line in enumerate(lines, 1) if (found := decode_line(line, number))]


def told(rig: Rig) -> list[str]:
    return [entry.event for entry in entries(rig)]


def test_a_run_is_written_down_from_its_beginning_to_its_end(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    claim = CommitAuthor("feedc0de", "A. Person", "a@example.com")
    run = Run(rig).apply({"www": Origin("c0ffee", requester=claim)})
    start, registered, submitted, issued, end = entries(rig)
    assert {entry.run for entry in entries(rig)} == {run.log.run}
    assert start.facts == {
        "command": "reconciler apply",
        "version": "1.0",
        "user": "root",
        "host": "runner",
        "actor": "octocat",
        "commit": "c0ffee",
        "run_url": "https://ci/1",
    }
    assert registered.event == LogEvent.ACCOUNT_REGISTERED
    assert submitted.facts == {
        "certificate": "www",
        "order_id": issued.facts["order_id"],
        "account": "ca",
        "role": "web",
        "identifiers": ["www.example.com"],
        "reasons": ["new"],
        "requester": {
            "proved": False,
            "commit": "feedc0de",
            "author_name": "A. Person",
            "author_email": "a@example.com",
        },
    }
    certificate = rig.store.certificates()["www"]
    assert issued.facts["serial_number"] == certificate.serial_number
    assert end.facts == {
        "exit_code": 0,
        "done": {"account_registered": 1, "order_submitted": 1, "certificate_issued": 1},
    }
    assert [each.event for each in run.log.entries] == told(rig)[1:]
    assert run.warnings == []


def test_a_run_that_does_nothing_writes_nothing(rig: Rig) -> None:
    run = Run(rig).apply()
    assert not rig.store.event_log.exists()
    assert run.log.entries == []


def test_an_order_that_waits_for_people_is_told_of_once(tmp_path: Path) -> None:
    rig = Rig(tmp_path, webroot=False)
    rig.want("www", "www.example.com")
    Run(rig).apply()
    before = told(rig)
    assert before == [
        "run_started",
        "account_registered",
        "order_submitted",
        "order_awaits_people",
        "run_ended",
    ]
    Run(rig).apply()
    Run(rig).apply()
    assert told(rig) == before


def test_a_failure_is_told_with_what_the_ca_says(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    refusal = ProblemError(Problem(f"{ACME_ERROR}rejectedIdentifier", "not\nthis \x1b[2J one", 403))
    rig.server.fail = lambda name, _url: refusal if name == "new_order" else None
    Run(rig).apply()
    failed = entries(rig)[2]
    assert failed.event == LogEvent.CERTIFICATE_FAILED
    assert failed.facts["certificate"] == "www"
    assert failed.facts["problem"] == {
        "type": f"{ACME_ERROR}rejectedIdentifier",
        "detail": "rejectedIdentifier: not this \ufffd[2J one",
    }


def test_an_order_that_was_killed_before_it_was_submitted_is_told_of_by_the_run_that_does(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    away = CAUnavailableError("no route to host")
    rig.server.fail = lambda name, _url: away if name == "new_order" else None
    Run(rig).apply()
    assert "order_submitted" not in told(rig)
    rig.server.fail = lambda _name, _url: None
    rig.clock.sleep(3600)
    Run(rig).apply()
    assert told(rig)[-4:] == ["run_started", "order_submitted", "certificate_issued", "run_ended"]


def test_what_cannot_be_written_is_written_with_what_comes_next(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.want("www", "www.example.com")
    run = Run(rig)
    rig.store.root.mkdir()
    rig.store.event_log.mkdir()  # nothing can be written to a folder
    take = run.log.take

    def make_way(events: Sequence[Event]) -> None:
        if any(type(each).__name__ == "CertificateIssued" for each in events):
            rig.store.event_log.rmdir()
        take(events)

    monkeypatch.setattr(run.log, "take", make_way)
    run.apply()
    assert rig.store.certificates().keys() == {"www"}
    assert told(rig) == [
        "run_started",
        "account_registered",
        "order_submitted",
        "certificate_issued",
        "run_ended",
    ]
    [warning] = run.warnings
    assert "events.jsonl: cannot be written" in warning
    assert "it is done all the same" in warning


def test_a_log_that_cannot_be_written_holds_nothing_up(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    rig.store.root.mkdir()
    rig.store.event_log.mkdir()
    run = Run(rig).apply()
    assert rig.store.certificates().keys() == {"www"}
    first, last = run.warnings
    assert "cannot be written" in first
    assert last.startswith("5 entries of what was done are missing in ")


def test_what_an_order_is_made_from_goes_with_it_to_the_certificate(rig: Rig) -> None:
    rig.want("www", "www.example.com")
    origin = Origin("c0ffee", True, "https://ci/1", CommitAuthor("feedc0de", "A. Person", "a@example.com"))
    plan = rig.plan()
    with rig.store.lock("apply", rig.clock.now()):
        place = replace(rig.place(), origins={"www": origin})
        run_plan(plan, place, rig.desired.accounts, ApplyOptions(parallelism=1), rig.events.extend, rig.stop)
    [order] = rig.store.orders().values()
    assert order.origin == origin
    assert rig.store.certificates()["www"].origin == origin


def test_a_fault_in_what_is_said_of_the_run_holds_nothing_up(rig: Rig) -> None:
    rig.want("www", "www.example.com")

    def broken() -> RunStart:
        raise ValueError("no such thing")

    run = Run(rig)
    run.log = Recorder(rig.store, rig.clock.now, broken, run.warnings.append)
    run.apply()
    assert rig.store.certificates().keys() == {"www"}
    assert run.warnings[0] == "what is done cannot be written down: no such thing; it is done all the same"
