from __future__ import annotations

from collections import Counter

import pytest

from benchmarks import tasks
from benchmarks.clients import Reconciler
from benchmarks.limits import BareSockets, benchmark_limit
from benchmarks.measure import MeasurementError
from benchmarks.tasks import Issued, LockedUpError, Task, issue
from benchmarks.writes import benchmark_writes
from tools.acme_endpoints import Endpoint

TASK = Task(certificates=5, names=3)


def test_one_certificate_more_than_is_measured_and_no_name_twice() -> None:
    names = TASK.all_names()
    assert [len(each) for each in names] == [3] * 6
    assert len({name for each in names for name in each}) == 18


def test_a_task_is_told_in_words() -> None:
    assert str(TASK) == "5 of 3 names, Retry-After 1"
    assert str(Task(1_000, retry_after=0)) == "1,000 of one name, no Retry-After"
    assert str(Task(2, nonces_refused=5)) == "2 of one name, Retry-After 1, 5% of nonces refused"


def test_the_ca_is_as_the_task_says() -> None:
    ca = Task(2, retry_after=3, nonces_refused=5).ca
    assert (ca.retry_after_order, ca.retry_after_authorization, ca.nonce_reject) == (3, 3, 5)


def test_what_falls_to_each_certificate() -> None:
    found = Issued(4, 8.0, 0.1, 50.0, Counter({Endpoint.NEW_ORDER: 4, Endpoint.ORDER: 6}))
    assert (found.cpu_each, found.requests_each) == (25.0, 2.5)


def scripted(monkeypatch: pytest.MonkeyPatch, *outcomes: Exception | None) -> list[Exception | None]:
    left = list(outcomes)

    def attempt(_make: object, task: Task, tries: int) -> Issued:
        outcome = left.pop(0)
        if outcome is not None:
            raise outcome
        requests = Counter({Endpoint.ORDER: 3 * task.certificates})
        return Issued(task.certificates, 1.0, 1.0, 1.0, requests, tries)

    monkeypatch.setattr(tasks, "_try", attempt)
    return left


def test_a_ca_that_locks_itself_up_is_no_fault_of_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, LockedUpError(), None)
    assert issue(Reconciler, TASK).tries == 2


def test_it_is_not_repeated_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    left = scripted(monkeypatch, *(LockedUpError() for _ in range(4)))
    with pytest.raises(MeasurementError, match="3 times the CA locked itself up"):
        issue(Reconciler, TASK)
    assert len(left) == 1


def test_a_failure_of_the_client_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    left = scripted(monkeypatch, MeasurementError("a certificate is missing"), None)
    with pytest.raises(MeasurementError, match="is missing"):
        issue(Reconciler, TASK)
    assert len(left) == 1


@pytest.mark.pebble
def test_bare_sockets_send_what_apply_sends_and_what_they_issue_is_valid() -> None:
    task = Task(3, retry_after=0, round_trip=0.0)
    kinds = [Endpoint.NEW_ORDER, Endpoint.AUTHORIZATION, Endpoint.CHALLENGE, Endpoint.FINALIZE]
    kinds += [Endpoint.CERTIFICATE, Endpoint.RENEWAL_INFO]
    for client in (BareSockets, Reconciler):
        requests = issue(client, task).requests
        assert [requests[kind] for kind in kinds] == [3] * 6, client.name


@pytest.mark.pebble
def test_writes_are_counted_by_stage() -> None:
    table = benchmark_writes(2)
    found = {
        row.name: dict(zip([column.name for column in table.columns], row.figures, strict=True))
        for row in table.rows
    }
    delivered = found["certificate in force, delivered"]["files written"]
    everything = found["all"]["fsyncs of files"]
    again = found["all"]["written again unchanged"]
    assert delivered is not None
    assert delivered.median >= 4
    assert everything is not None
    assert everything.median >= delivered.median
    assert again is not None
    assert again.median == 0


def test_the_limit_is_compared_with(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, None, None)
    table = benchmark_limit(6, runs=1)
    assert [row.name for row in table.rows] == ["reconciler apply", "bare sockets", "ratio"]
    assert [figure and figure.median for figure in table.rows[0].figures] == [6.0, 1000 / 6, 3.0, 1.0]
