"""Many certificates in one `apply`, a process of its own, at a CA one of whose 20 answers goes wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from benchmarks.measure import measure
from tests.pebble.faulty import FaultyTree, Site, faulty_site
from tools import faults
from tools.acme_endpoints import Endpoint
from tools.fault_script import at_random

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import RecordFigure

SHARE = 0.05
SEED = 7
MIX = (
    faults.RESET,
    faults.after(faults.RESET),
    faults.problem("serverInternal", 500),
    faults.page(503, Retry_After="1"),
    faults.BAD_NONCE,
    faults.CUT,
    faults.HTML,
    faults.slow(0.2),
    faults.slow(1.0),
)
MOST_MEMORY = 300


def apply(tree: FaultyTree, seconds: float) -> tuple[int, str, int]:
    """Run it as a process; return its exit code, what it said, and its greatest size in MiB."""
    log = tree.root / "apply.log"
    command = tree.command("apply", "--timeout", f"{seconds:.0f}s")
    [used] = measure([["sh", "-c", 'exec "$@" > "$0" 2>&1', str(log), *command]]).processes
    return used.code, log.read_text(), used.peak_bytes >> 20


def issue_all(site: Site, folder: Path, number: int, most_runs: int) -> tuple[int, int]:
    """Let all certificates be issued, in as many runs as it takes; return these, and the greatest size."""
    tree = FaultyTree(folder, site)
    tree.role("web", "allowed_domains: [load.example.com]", "allowed_domain_options: [subdomains]")
    for each in range(number):
        tree.certificate(f"many/{each % 50}/{each}", f"c{each}.load.example.com")
    site.proxy.script = at_random(MIX, SHARE, SEED)
    runs, most_memory, said = 0, 0, ""
    while runs < most_runs:
        code, said, memory = apply(tree, 240)
        runs, most_memory = runs + 1, max(most_memory, memory)
        assert "Traceback" not in said, said
        assert not re.search("(bug in|fault of) reconciler", said), said
        if code == 0:
            break
        tree.set_aside_waits()
    site.proxy.heal()
    plan = tree.command_here("plan", "--detailed-exitcode")
    assert plan.code == 0, f"{plan.text}\n{said[-4000:]}"
    _judge_nothing_doubled(tree, number)
    return runs, most_memory


def _judge_nothing_doubled(tree: FaultyTree, number: int) -> None:
    completed = {each.rsplit("/", 1)[1] for each in tree.completed_orders()}
    assert len(completed) == number
    records = [each.read_text() for each in tree.root.glob("state/orders/*.yaml")]
    urls = [re.findall(r"(?m)^order_url: \S+/(\S+)$", each)[0] for each in records]
    assert sorted(urls) == sorted(completed)
    assert len({each.read_text() for each in tree.root.glob("certs/many/*/*/cert.pem")}) == number
    assert tree.accepted(Endpoint.NEW_ACCOUNT) == 1
    # Not even one that nobody finalizes.
    assert tree.accepted(Endpoint.NEW_ORDER) == number


def _figure(site: Site, runs: int, memory: int) -> str:
    record = site.proxy.record
    share = sum(each.fault is not None for each in record) / len(record)
    return f"{runs} apply, {len(record)} requests, {share:.1%} of the answers faulty, {memory} MiB at most"


@pytest.mark.timeout(110)
def test_forty_certificates_at_a_faulty_ca(tmp_path: Path) -> None:
    with faulty_site(tmp_path) as site:
        issue_all(site, tmp_path / "tree", 40, 2)


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_two_thousand_certificates_at_a_faulty_ca(tmp_path: Path, record_figure: RecordFigure) -> None:
    with faulty_site(tmp_path) as site:
        runs, memory = issue_all(site, tmp_path / "tree", 2000, 3)
        record_figure("load", f"2,000 certificates: {_figure(site, runs, memory)}")
        assert memory < MOST_MEMORY
