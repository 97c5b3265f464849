"""What a faulty CA does to a run: the matrix of faults and endpoints, over a proxy before a real CA."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.pebble.fault_cases import CHANGING, ISSUING, Case, all_cases, run_case
from tests.pebble.faulty import REQUEST_SECONDS, FaultyTree, faulty_site
from tools import faults
from tools.acme_endpoints import Endpoint

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import RecordFigure

# Spread over endpoints and faults; what hangs takes time, and is among the long ones.
SAMPLE = (
    Case(Endpoint.DIRECTORY, faults.HTML, "first"),
    Case(Endpoint.DIRECTORY, faults.until(faults.page(503), 3), "first", changes=True),
    Case(Endpoint.NEW_NONCE, faults.problem("rateLimited", 429, Retry_After="3"), "first"),
    Case(Endpoint.NEW_NONCE, faults.REFUSE, "always"),
    Case(Endpoint.NEW_ACCOUNT, faults.after(faults.RESET), "first"),
    Case(Endpoint.ACCOUNT, faults.after(faults.GARBAGE), "always", changes=True),
    Case(Endpoint.ORDERS, faults.NUMBER, "always"),
    Case(Endpoint.NEW_ORDER, faults.after(faults.page(502)), "always"),
    Case(Endpoint.NEW_ORDER, faults.NO_LOCATION, "first"),
    Case(Endpoint.NEW_ORDER, faults.page(503, Retry_After="3"), "first"),
    Case(Endpoint.AUTHORIZATION, faults.DOUBLED, "always"),
    Case(Endpoint.CHALLENGE, faults.after(faults.HTML), "always"),
    Case(Endpoint.ORDER, faults.BAD_NONCE, "always"),
    Case(Endpoint.FINALIZE, faults.CUT, "always"),
    Case(Endpoint.FINALIZE, faults.after(faults.RESET), "first", changes=True),
    Case(Endpoint.CERTIFICATE, faults.SLOW, "always"),
    Case(Endpoint.CERTIFICATE, faults.EMPTY, "first"),
    Case(Endpoint.RENEWAL_INFO, faults.A_YEAR, "always", changes=True),
    Case(Endpoint.KEY_CHANGE, faults.HTML, "always", changes=True),
    Case(Endpoint.KEY_CHANGE, faults.after(faults.RESET), "first", changes=True),
    Case(Endpoint.REVOKE_CERT, faults.EMPTY, "first", changes=True),
)


def test_faults_at_some_endpoints(tmp_path: Path) -> None:
    with faulty_site(tmp_path) as site:
        for number, case in enumerate(SAMPLE):
            run_case(site, tmp_path / str(number), case)


def test_all_that_is_asked_comes_by_the_proxy(tmp_path: Path) -> None:
    with faulty_site(tmp_path) as site:
        tree = FaultyTree(tmp_path / "tree", site)
        tree.certificate("www", "1.example.com")
        before = len(site.ca.requests)
        assert tree.command_here("apply").code == 0
        # Those of Pebble's that nobody asked for come from the harness, which looks whether it is up.
        assert len(site.ca.requests) - before == len(site.proxy.record)
        assert {each.endpoint for each in site.proxy.record} == {*ISSUING} - {Endpoint.ORDERS}


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("endpoint", "changes"),
    [*((each, False) for each in ISSUING), *((each, True) for each in CHANGING)],
)
def test_every_fault(tmp_path: Path, endpoint: Endpoint, changes: bool, record_figure: RecordFigure) -> None:
    cases = [each for each in all_cases() if each.endpoint is endpoint and each.changes is changes]
    with faulty_site(tmp_path) as site:
        for number, case in enumerate(cases):
            run_case(site, tmp_path / str(number), case)
    what = "changing" if changes else "issuing"
    record_figure("faults", f"{what}, at {endpoint}: {len(cases)} runs and the runs after them")


@pytest.mark.timeout(60)
def test_slow_answers_do_not_let_a_run_go_on_for_ever(tmp_path: Path) -> None:
    with faulty_site(tmp_path) as site:
        tree = FaultyTree(tmp_path / "tree", site)
        tree.certificate("many", ", ".join(f"{each}.example.com" for each in range(20)))
        almost = faults.slow(REQUEST_SECONDS * 0.6)
        site.proxy.script = lambda endpoint, _: almost if endpoint is Endpoint.AUTHORIZATION else None
        ran = tree.command_here("apply", "--timeout", "3s")
        assert ran.seconds < 3 + REQUEST_SECONDS + 1, ran.text
        assert "the run's time is over" in ran.text
        site.proxy.heal()
        ran = tree.command_here("apply")
        assert ran.code == 0, ran.text
        assert len(tree.completed_orders()) == tree.accepted(Endpoint.NEW_ORDER) == 1
