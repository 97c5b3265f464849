"""Pipelines that share one state by Git, with a real CA that counts the orders."""

from __future__ import annotations

import json
import re
import signal
import textwrap
import time
from typing import TYPE_CHECKING

import pyrage
import pytest

from benchmarks.races import race_of_pipelines
from tests.acceptance.trees import FILES
from tests.pebble.test_apply import counted
from tools.git_remote import ENCRYPTION, Remote
from tools.pebble import PebbleOptions

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from tests.pebble.conftest import StartPebble, StartWebroot
    from tools.git_remote import Clone
    from tools.pebble import Pebble


def remote_at(folder: Path, ca: Pebble, webroot: Path | None) -> Remote:
    """Return a remote whose tree has one certificate; without a webroot people fulfil its challenge."""
    challenges = f"challenges: {{http-01: {{webroot: {webroot}}}}}\n" if webroot else ""
    settings = f"{ENCRYPTION}{challenges}trusted_ref: origin/main\n"
    account = (
        f"directory_url: {ca.directory_url}\nterms_of_service_agreed: true\n"
        f"max_concurrent_new_orders: 1\ntrusted_ca: |\n{textwrap.indent(ca.trusted_ca, '  ')}"
    )
    return Remote(folder, {**FILES, "reconciler.yaml": settings, "accounts/ca.yaml": account})


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def end(running: subprocess.Popen[str], number: signal.Signals) -> str:
    running.send_signal(number)
    out, err = running.communicate(timeout=20)
    assert running.returncode == (-9 if number is signal.SIGKILL else 128 + number), err
    assert "Traceback" not in err
    return out + err


def orders(clone: Clone) -> list[str]:
    return [path for path in clone.public_files() if re.fullmatch(r"state/orders/[^/]+\.yaml", path)]


def claims(clone: Clone) -> list[str]:
    return [path for path in clone.public_files() if path.startswith("state/claims/")]


@pytest.mark.usefixtures("_pebble_programs")
def test_eight_at_once_make_one_order_for_each_certificate(tmp_path: Path) -> None:
    race = race_of_pipelines(tmp_path, writers=8, certificates=8)
    assert (race.orders, race.lost, race.duplicates) == (8, 0, 0)
    assert race.tries >= race.pushes >= 2


@pytest.mark.usefixtures("_pebble_programs")
def test_eight_at_once_each_with_a_part_of_the_tree(tmp_path: Path) -> None:
    race = race_of_pipelines(tmp_path, writers=8, certificates=8, apart=True)
    assert (race.orders, race.lost, race.duplicates) == (8, 0, 0)
    assert race.pushes == 16
    assert race.tries > race.pushes


@pytest.fixture
def ca(pebble: StartPebble) -> Pebble:
    """Return a CA that takes its time with an order."""
    return pebble(PebbleOptions(retry_after_order=30))


@pytest.fixture
def remote(tmp_path: Path, ca: Pebble, webroot: StartWebroot) -> Remote:
    folder = tmp_path / "webroot"
    webroot(ca, folder)
    return remote_at(tmp_path, ca, folder)


def start_and_wait_for_the_ca(clone: Clone, ca: Pebble) -> subprocess.Popen[str]:
    running = clone.start("apply", "--commit")
    wait_for(lambda: any("/finalize-order" in line for line in ca.requests))
    wait_for(
        lambda: any("next_work_date" in path.read_text() for path in clone.root.glob("state/orders/*.yaml"))
    )
    return running


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_run_pushes_what_it_has_and_another_goes_on(
    remote: Remote, ca: Pebble, number: signal.Signals
) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    began = start_and_wait_for_the_ca(a, ca)
    assert "under way in another run of apply" in b.apply("--detailed-exitcode", code=3)
    assert "pushed " in end(began, number)
    assert claims(a) == []
    assert len(orders(a)) == 1
    assert "Reconciler-Order: " in "\n".join(remote.log("%(trailers)"))
    assert "resume order" in b.apply("--no-wait", "--detailed-exitcode", code=3)
    assert counted(ca.requests)["new order"] == 1
    b.run("log", "--verify")
    assert b.shared("state/events.jsonl").count('"event":"order_submitted"') == 1


def test_killed_while_the_ca_works_and_resumed_in_the_same_clone(remote: Remote, ca: Pebble) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    end(start_and_wait_for_the_ca(a, ca), signal.SIGKILL)
    assert len(claims(a)) == 2
    assert orders(a) == []
    # Others cannot know that it is dead.
    shown = b.apply("--detailed-exitcode", code=3)
    assert "held back: certificate www until" in shown
    assert "held back: account ca until" in shown
    assert "resume order" in a.apply("--no-wait", "--detailed-exitcode", code=3)
    assert claims(a) == []
    assert len(orders(a)) == 1
    assert counted(ca.requests)["new order"] == 1


def test_killed_before_the_ca_heard_of_anything(remote: Remote, ca: Pebble) -> None:
    a = remote.clone("a")
    ca.stop()
    running = a.start("apply", "--commit")
    wait_for(lambda: claims(a))
    end(running, signal.SIGKILL)
    ca.start()
    a.apply("--no-wait", "--detailed-exitcode", code=3)
    assert claims(a) == []
    assert counted(ca.requests)["new order"] == 1


def test_an_order_that_waits_for_people_makes_no_commits(
    tmp_path: Path, pebble: StartPebble, webroot: StartWebroot
) -> None:
    ca = pebble()
    served = webroot(ca, tmp_path / "webroot").folder / ".well-known/acme-challenge"
    remote = remote_at(tmp_path, ca, None)
    a, b = remote.clone("a"), remote.clone("b")
    a.apply("--detailed-exitcode", code=3)
    commits = remote.log()
    for clone in (a, b, a):
        assert "pushed" not in clone.apply("--detailed-exitcode", code=3)
    assert remote.log() == commits
    b.git("pull", "--quiet")
    [instructions] = a.root.glob("state/challenges/*/instructions.json")
    [challenge] = json.loads(instructions.read_text())["challenges"]
    served.mkdir(parents=True)
    (served / challenge["challenge_token"]).write_text(challenge["challenge_auth"])
    b.run("order", "fulfilled", "www")
    assert "Issued:" in b.apply("--detailed-exitcode")
    assert counted(ca.requests)["new order"] == 1


def test_a_runner_that_is_gone_holds_nothing_up_for_long(remote: Remote, ca: Pebble) -> None:
    """What it had not pushed is lost, its account too; once its claims have ended all is done again."""
    a, b = remote.clone("a"), remote.clone("b")
    end(start_and_wait_for_the_ca(a, ca), signal.SIGKILL)
    b.git("pull", "--quiet")
    for path in claims(b):
        record = b.root / path
        record.write_text(re.sub(r"(?m)^until: .*$", "until: '2020-01-01T00:00:00Z'", record.read_text()))
    b.push("as if its time were over")
    again = b.apply("--no-wait", "--detailed-exitcode", code=3)
    assert "held back" not in again
    assert claims(b) == []
    assert len(orders(b)) == 1


def test_other_recipients_are_shared_as_anything_else(
    tmp_path: Path, pebble: StartPebble, webroot: StartWebroot
) -> None:
    ca = pebble()
    webroot(ca, tmp_path / "webroot")
    remote = remote_at(tmp_path, ca, tmp_path / "webroot")
    a, b = remote.clone("a"), remote.clone("b")
    a.apply()
    other = str(pyrage.x25519.Identity.generate().to_public())
    b.git("pull", "--quiet")
    settings = (b.root / "reconciler.yaml").read_text()
    b.write("reconciler.yaml", settings.replace("recipients: [", f"recipients: [{other}, "))
    b.push("somebody else is to read the keys")
    key = "state/accounts/ca/key-0.pem.age"
    before = b.shared_object(key)
    said = b.apply()
    assert "re-encrypt" in said
    assert "(2 pushes)" in said
    assert b.shared_object(key) != before
    assert claims(b) == []
    a.git("pull", "--quiet")
    assert "pushed" not in a.apply()
    assert a.git("hash-object", key) == b.shared_object(key)


def test_a_plan_elsewhere_shows_what_is_under_way(remote: Remote, ca: Pebble) -> None:
    a, b = remote.clone("a"), remote.clone("b")
    running = start_and_wait_for_the_ca(a, ca)
    b.git("pull", "--quiet")
    shown = b.run("plan")
    end(running, signal.SIGTERM)
    assert "it is under way in another run of apply (" in shown
    assert "Plan: nothing to do; 0 unchanged, 2 held back." in shown
    assert b.run("status").count("under way in another run") == 1
