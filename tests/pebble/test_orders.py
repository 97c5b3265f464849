"""Orders at a real CA that do not go the straight way."""

from __future__ import annotations

import json
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.ca.connect import Connector
from reconciler.cli.clock import SystemClock
from reconciler.model.account import AccountSpec
from reconciler.model.finding import Location
from reconciler.model.order import Status
from tests.pebble.tree import Tree
from tools.pebble import PebbleOptions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pebble.conftest import StartPebble


def the_order(tree: Tree) -> dict[str, Any]:
    [order] = tree.json("order", "list")["orders"]
    found: dict[str, Any] = order
    return found


def orders_at_ca(tree: Tree) -> int:
    return sum("order-plz" in each for each in tree.ca.requests)


def authorization_statuses(tree: Tree) -> set[Status]:
    """Ask the CA for the authorizations of the one order, as its account."""
    [record] = tree.root.glob("state/orders/*.yaml")
    urls = [line.strip("- \n") for line in record.read_text().splitlines() if line.startswith("- https")]
    clock = SystemClock()
    account = tree.json("account", "show", "ca")
    spec = AccountSpec("ca", tree.ca.directory_url, Location("x", 1, 1), trusted_ca=tree.ca.trusted_ca)
    with Connector(clock.now, clock.monotonic, 1) as connector:
        key = (tree.root / "state/accounts/ca/key-0.pem").read_bytes()
        ca = connector.connect(spec, key, account["account_url"])
        return {ca.read_authorization(url).status for url in urls}


def test_what_is_authorized_already_goes_straight_to_the_certificate(
    tmp_path: Path, pebble: StartPebble
) -> None:
    tree = Tree(tmp_path / "tree", pebble(PebbleOptions(always_valid=True, authorization_reuse=100)))
    tree.certificate("first", "1.example.com")
    tree.run("apply")
    tree.certificate("second", "1.example.com", "key_type: ec-256")
    before = len(tree.ca.requests)
    lines = tree.run_verbose("apply")
    assert "fulfil" not in lines
    assert not [each for each in tree.ca.requests[before:] if "chalZ" in each]
    tree.verify("second")


def test_a_cancelled_order(tmp_path: Path, pebble: StartPebble) -> None:
    tree = Tree(tmp_path / "tree", pebble(), by_hand=True)
    tree.certificate("www", "1.example.com, 2.example.com", "challenge_type: dns-01")
    tree.run("apply")
    order_id = the_order(tree)["order_id"]
    assert authorization_statuses(tree) == {Status.PENDING}
    assert "is cancelled" in tree.run("order", "cancel", order_id)
    assert authorization_statuses(tree) == {Status.DEACTIVATED}
    assert "held back: certificate www until somebody says so" in tree.run("plan", "--detailed-exitcode")
    before = orders_at_ca(tree)
    tree.run("apply", "--detailed-exitcode", code=3)
    assert orders_at_ca(tree) == before
    assert "cancelled" in tree.run("order", "show", order_id)
    tree.run("order", "retry", order_id)
    tree.run("apply", "--detailed-exitcode", code=3)
    assert the_order(tree)["order_status"] == "awaiting_challenge_fulfillment"
    assert orders_at_ca(tree) == before + 1


def test_an_order_that_failed_is_held_back_until_its_time_or_a_persons_word(
    tmp_path: Path, pebble: StartPebble
) -> None:
    tree = Tree(tmp_path / "tree", pebble())  # nobody serves the webroot
    tree.certificate("www", "1.example.com, 2.example.com")
    [failure] = tree.json("apply", code=4)["failed"]
    named = {each["identifier"] for each in failure["problem"]["subproblems"]} | {
        failure["problem"]["identifier"]
    }
    assert named & {"1.example.com", "2.example.com"}
    order = the_order(tree)
    assert order["order_status"] == "error"
    before = orders_at_ca(tree)
    tree.run("apply")
    assert orders_at_ca(tree) == before
    tree.run("order", "retry", order["order_id"], "--continue", code=4)
    assert orders_at_ca(tree) == before + 1
    assert the_order(tree)["attempt"] == 2


def test_two_copies_of_one_state_share_an_order(tmp_path: Path, pebble: StartPebble) -> None:
    tree = Tree(tmp_path / "tree", pebble(), by_hand=True)
    tree.certificate("first", "3.example.com", "challenge_type: dns-01")
    tree.run("apply")
    (tree.root / "certificates/first.yaml").unlink()
    tree.run("apply", "--allow-empty-tree")
    tree.certificate("www", "1.example.com", "challenge_type: dns-01")
    shutil.copytree(tree.root, tmp_path / "other")
    other = Tree.at(tmp_path / "other", tree.ca)
    before = orders_at_ca(tree)
    tree.run("apply")
    other.run("apply")
    assert orders_at_ca(tree) == before + 1
    [here], [there] = tree.instructions()["challenges"], other.instructions()["challenges"]
    assert here["dns"] == there["dns"]
    tree.ca.challtestsrv.set_txt(here["dns"]["name"], here["dns"]["value"])
    tree.run("order", "fulfilled", "--all", "--continue")
    tree.verify("www")
    assert "when somebody says so" in other.run("order", "fulfilled", "--all", "--continue", code=4)
    [order] = other.json("order", "list")["orders"]
    assert order["last_error"]["type"] == "urn:reconciler:error:completedElsewhere"
    other.run("apply")
    assert orders_at_ca(tree) == before + 1
    assert not (other.root / "certs/www").exists()


def test_two_applies_at_once_on_one_machine(tmp_path: Path, pebble: StartPebble) -> None:
    tree = Tree(tmp_path / "tree", pebble(PebbleOptions(always_valid=True, validation_sleeps=True)))
    for number in range(5):
        tree.certificate(f"{number}", f"{number}.example.com")

    def apply(_number: int) -> subprocess.CompletedProcess[str]:
        command = tree.command("apply", "--lock-timeout", "60s", "--format", "json")
        return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)

    with ThreadPoolExecutor(3) as pool:
        runs = list(pool.map(apply, range(3)))
    assert [run.returncode for run in runs] == [0, 0, 0]
    issued = [len(json.loads(run.stdout)["issued"]) for run in runs]
    assert sorted(issued) == [0, 0, 5]
    assert orders_at_ca(tree) == 5


def test_without_patience_the_second_is_told_who_works(tmp_path: Path, pebble: StartPebble) -> None:
    tree = Tree(tmp_path / "tree", pebble(PebbleOptions(always_valid=True, validation_sleeps=True)))
    for number in range(3):
        tree.certificate(f"{number}", f"{number}.example.com")
    with subprocess.Popen(tree.command("apply"), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as first:
        while not [*tree.root.glob("state/orders/*.yaml")]:
            assert first.poll() is None
        said = tree.run_for_errors("apply", code=7)
        assert f"process {first.pid}" in said
        first.communicate(timeout=60)
    assert first.returncode == 0


@pytest.mark.parametrize("retry_after", [0, 3])
def test_an_order_that_is_processed_for_long_is_taken_up_by_the_next_run(
    tmp_path: Path, pebble: StartPebble, retry_after: int
) -> None:
    options = PebbleOptions(always_valid=True, validation_sleeps=True, retry_after_order=retry_after)
    tree = Tree(tmp_path / "tree", pebble(options))
    tree.certificate("www", "1.example.com")
    result = tree.json("apply", "--no-wait", "--detailed-exitcode", code=3)
    assert [each["certificate"] for each in result["waiting_for_ca"]] == ["www"]
    assert the_order(tree)["order_status"] in ("processing_challenge", "fetching_certificate")
    tree.run("apply")
    tree.verify("www")
    assert orders_at_ca(tree) == 1
