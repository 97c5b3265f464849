"""Renewal by the word of a real CA (RFC 9773)."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest

from tests.pebble.tree import Tree
from tools.pebble import PebbleOptions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pebble.conftest import StartPebble

DAY = dt.timedelta(days=1)


@pytest.fixture
def tree(tmp_path: Path, pebble: StartPebble) -> Tree:
    tree = Tree(tmp_path / "tree", pebble(PebbleOptions(always_valid=True)))
    tree.certificate("www", "1.example.com")
    tree.run("apply")
    return tree


def suggest(tree: Tree, start: dt.timedelta, end: dt.timedelta, url: str | None = None) -> None:
    """Let the CA suggest a window, as from now."""
    now = dt.datetime.now(dt.UTC)
    window = {"start": (now + start).isoformat(), "end": (now + end).isoformat()}
    answer = {"suggestedWindow": window} | ({"explanationURL": url} if url else {})
    tree.ca.set_renewal_info((tree.root / "certs/www/cert.pem").read_text(), json.dumps(answer))


def let_the_next_check_come(tree: Tree) -> None:
    """Let the CA be asked by the next run, as if its time had come."""
    tree.set_in_record("www", "next_check", "2020-01-01T00:00:00Z")


def asked(tree: Tree) -> int:
    return sum("renewalInfo" in each for each in tree.ca.requests)


def orders(tree: Tree) -> int:
    return sum("order-plz" in each for each in tree.ca.requests)


def test_the_ca_is_asked_once_after_issuance_and_then_when_its_time_has_come(tree: Tree) -> None:
    info = tree.json("certificate", "show", "www")["renewal_info"]
    assert info["window"]["start"] <= info["selected_time"] <= info["window"]["end"]
    assert asked(tree) == 1
    before = len(tree.ca.requests)
    tree.run("apply")
    tree.run("plan")
    assert len(tree.ca.requests) == before
    let_the_next_check_come(tree)
    tree.run("apply")
    assert asked(tree) == 2
    again = tree.json("certificate", "show", "www")["renewal_info"]
    assert again["selected_time"] == info["selected_time"]
    assert again["next_check"] > info["next_check"]


def test_a_window_in_the_past_renews_at_once_and_says_why(tree: Tree) -> None:
    old = tree.json("certificate", "show", "www")
    suggest(tree, -2 * DAY, -DAY, "https://ca.example/incident-7")
    assert "No changes" in tree.run("plan")
    plan = tree.run("plan", "--refresh", "--detailed-exitcode", code=2)
    assert "as the CA suggests" in plan
    assert "https://ca.example/incident-7" in plan
    # Not even a refreshed plan writes anything down.
    assert "No changes" in tree.run("plan")
    let_the_next_check_come(tree)
    assert tree.json("apply")["issued"]
    new = tree.json("certificate", "show", "www")
    assert new["serial_number"] != old["serial_number"]
    assert tree.json("order", "show", new["order_id"])["replaces"] == old["certificate_id"]
    assert "is a replacement of" in tree.ca.log
    tree.verify("www")
    assert "No changes" in tree.run("plan", "--refresh")


def test_one_that_the_ca_has_replaced_already_is_ordered_without_saying_so(tree: Tree) -> None:
    suggest(tree, -2 * DAY, -DAY)
    let_the_next_check_come(tree)
    # The state of before the renewal, as on a machine that was restored from a copy.
    copy = {path: path.read_bytes() for path in (tree.root / "state").rglob("*") if path.is_file()}
    tree.run("apply")
    for path in (tree.root / "state").rglob("*"):
        if path.is_file() and path not in copy:
            path.unlink()
    for path, content in copy.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    before = orders(tree)
    assert tree.json("apply")["issued"]
    assert orders(tree) == before + 2
    shown = tree.json("certificate", "show", "www")
    assert tree.json("order", "show", shown["order_id"])["replaces"] is None
    tree.verify("www")


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "not JSON",
        "{}",
        '{"suggestedWindow": {"start": "yesterday", "end": "tomorrow"}}',
        '{"suggestedWindow": {"start": "2030-01-02T00:00:00Z", "end": "2030-01-01T00:00:00Z"}}',
    ],
)
def test_nonsense_changes_nothing(tree: Tree, nonsense: str) -> None:
    before = tree.json("certificate", "show", "www")["renewal_info"]
    # An empty text is Pebble's word for its own answer.
    tree.ca.set_renewal_info((tree.root / "certs/www/cert.pem").read_text(), nonsense or "[]")
    let_the_next_check_come(tree)
    assert "No changes" in tree.run("apply")
    after = tree.json("certificate", "show", "www")["renewal_info"]
    assert (after["window"], after["selected_time"]) == (before["window"], before["selected_time"])


def test_a_key_is_kept_only_where_that_is_wished(tree: Tree) -> None:
    tree.certificate("kept", "2.example.com", "reuse_key: true")
    tree.run("apply")
    keys = {name: (tree.root / f"certs/{name}/privkey.pem").read_text() for name in ("www", "kept")}
    for name in keys:
        tree.let_renewal_come(name)
    assert len(tree.json("apply")["issued"]) == 2
    for name, key in keys.items():
        tree.verify(name)
        assert ((tree.root / f"certs/{name}/privkey.pem").read_text() == key) == (name == "kept")
