"""Plans that are saved, reviewed, and applied at a real CA."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from tests.pebble.test_renewal import DAY, let_the_next_check_come, orders, suggest
from tests.pebble.tree import Tree
from tools.pebble import PebbleOptions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pebble.conftest import StartPebble, StartWebroot


def test_a_saved_plan_is_applied_as_it_was_reviewed(
    tmp_path: Path, pebble: StartPebble, webroot: StartWebroot
) -> None:
    tree = Tree(tmp_path / "tree", pebble())
    webroot(tree.ca, tree.root / "webroot")
    plan = str(tmp_path / "plan.json")
    tree.certificate("shop/www", "1.example.com")
    tree.certificate("shop/api", "2.example.com")
    # Made in another checkout, as by the pipeline of a pull request.
    shutil.copytree(tree.root, tmp_path / "runner" / "checkout")
    tree.at(tmp_path / "runner" / "checkout", tree.ca).run("plan", "--out", plan)

    tree.certificate("later", "3.example.com")
    done = tree.json("apply", plan)
    assert [each["certificate"] for each in done["issued"]] == ["shop/api", "shop/www"]
    assert len(done["registered"]) == 1
    tree.verify("shop/www")
    told = tree.run_for_errors("apply", plan, code=6)
    assert (
        "stale: order certificate shop/api: the account ca is in the state by now; its certificate is "
        in told
    )

    # What it touches has changed: nothing is done, and a new plan works.
    tree.certificate("shop/www", "1.example.com, 4.example.com")
    tree.run("plan", "--out", plan)
    tree.certificate("shop/www", "1.example.com, 5.example.com")
    before = orders(tree)
    told = tree.run_for_errors("apply", plan, code=6)
    assert "stale: order certificate shop/www: the tree asks for something else\n" in told
    assert "later" not in told
    assert orders(tree) == before
    tree.run("plan", "--out", plan)
    done = tree.json("apply", plan)
    assert sorted(each["certificate"] for each in done["issued"]) == ["later", "shop/www"]
    digest = tree.json("plan")["digest"]
    assert tree.run("apply", "--expect", digest).startswith("No changes")


def test_orders_go_on_that_people_have_fulfilled_meanwhile(tmp_path: Path, pebble: StartPebble) -> None:
    tree = Tree(tmp_path / "tree", pebble(PebbleOptions(always_valid=True)), by_hand=True)
    tree.certificate("www", "1.example.com")
    tree.run("apply")
    plan = str(tmp_path / "plan.json")
    tree.run("plan", "--out", plan)
    tree.run("order", "fulfilled", "--all")
    assert len(tree.json("apply", plan)["issued"]) == 1


def test_a_renewal_that_the_ca_wants_is_done_though_the_state_does_not_know_it(
    tmp_path: Path, pebble: StartPebble
) -> None:
    tree = Tree(tmp_path / "tree", pebble(PebbleOptions(always_valid=True)))
    tree.certificate("www", "1.example.com")
    tree.run("apply")
    plan = str(tmp_path / "plan.json")
    suggest(tree, -2 * DAY, -DAY)
    tree.run("plan", "--refresh", "--out", plan)
    # The CA has thought better of it.
    suggest(tree, 10 * DAY, 11 * DAY)
    told = tree.run_for_errors("apply", plan, code=6)
    assert "order certificate www: nothing is to be done about it any more" in told

    # The window has begun; any moment may be drawn of it, and this plan has one that is past.
    suggest(tree, -DAY, DAY / 24)
    for _ in range(20):
        tree.run("plan", "--refresh", "--out", plan)
        if json.loads((tmp_path / "plan.json").read_text())["actions"]:
            break
    assert len(tree.json("apply", plan)["issued"]) == 1


def test_a_renewal_that_became_due_since_is_left_to_the_next_run(tmp_path: Path, pebble: StartPebble) -> None:
    tree = Tree(tmp_path / "tree", pebble(PebbleOptions(always_valid=True)))
    tree.certificate("www", "1.example.com")
    tree.run("apply")
    tree.certificate("new", "2.example.com")
    plan = str(tmp_path / "plan.json")
    tree.run("plan", "--out", plan)
    tree.let_renewal_come("www")
    let_the_next_check_come(tree)
    assert "1 action is due that the saved plan does not have" in tree.run_for_errors("apply", plan, code=0)
    assert [each["certificate"] for each in tree.json("apply")["issued"]] == ["www"]
