"""Answers without measure, at each place of an exchange: refused, in time, within a little memory."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from reconciler.ca import account_answers
from reconciler.ca.transport import Limits, Transport
from reconciler.errors import CAError
from tests.hostile.floods import FLOODS, flood
from tests.hostile.in_process import check_output
from tests.hostile.measured import Measured, measure
from tests.unit.ca.https_server import TRUSTED, HttpsServer
from tests.unit.ca.whole_ca import STEPS, Draft, WholeCA, write_tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import RecordFigure
    from tests.unit.ca.https_server import Reply

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is read from /proc")

_MOST_MORE = 30.0  # MiB above what an ordinary run takes
_SECONDS = 2.0


def flooded(folder: Path, step: str, name: str) -> tuple[Measured, Measured]:
    """Apply against a CA that floods one step, and against an honest one: what a run takes anyhow."""
    with WholeCA() as ca:
        write_tree(folder, ca)

        def change(taken: str, _: int, draft: Draft) -> Draft | Reply:
            return flood(name) if taken == step else draft

        ca.change = change
        hostile = measure(folder, "apply", "--no-wait", request_seconds=_SECONDS)
        check_output(hostile.said, hostile.code)
        ca.be_honest()
        honest = measure(folder, "apply", "--timeout", "1m")
        assert honest.code == 0, honest.said
        assert (folder / "certs/www/cert.pem").exists()
    return hostile, honest


@pytest.mark.parametrize("name", FLOODS)
def test_every_flood_is_refused(name: str) -> None:
    limits = Limits(connect_seconds=5, request_seconds=0.5)
    with HttpsServer(lambda _: flood(name)) as server:
        transport = Transport(TRUSTED, "reconciler/1 (tests)", limits)
        with pytest.raises(CAError):
            account_answers.listed_orders(transport.request("GET", server.url()))
        transport.close()


def test_a_flood_is_refused_in_little_memory(tmp_path: Path) -> None:
    hostile, honest = flooded(tmp_path, "directory", "empty objects")
    assert hostile.code == 4, hostile.said
    assert hostile.mebibytes < honest.mebibytes + _MOST_MORE


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_no_flood_takes_memory_or_time(tmp_path: Path, record_figure: RecordFigure) -> None:
    most_more, longest = 0.0, 0.0
    for number, name in enumerate(FLOODS):
        step = STEPS[number % len(STEPS)]
        hostile, honest = flooded(tmp_path / str(number), step, name)
        more = hostile.mebibytes - honest.mebibytes
        most_more, longest = max(most_more, more), max(longest, hostile.seconds)
        assert more < _MOST_MORE, (name, step, hostile)
        # A GET is sent twice within its time; then there are the start of Python, and the tree.
        assert hostile.seconds < 30, (name, step, hostile)
    told = f"{len(FLOODS)} kinds (up to 100 MB, or endless) over {len(STEPS)} steps"
    record_figure(
        "floods",
        f"{told}: at most {most_more:.0f} MiB more than an honest run, the longest run {longest:.0f} s "
        f"with {_SECONDS:g} s for a request",
    )
