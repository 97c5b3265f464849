"""The life of a certificate, and the log that it leaves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.pebble.tree import Tree
from tests.provenance.git_tree import GitTree, Person
from tests.unit.render.golden_files import golden
from tools.pebble import PebbleOptions

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.pebble.conftest import StartPebble, StartWebroot

_RUN = "https://ci.example.com/runs/7"


def test_the_life_of_a_certificate_is_in_the_log(
    tmp_path: Path, pebble: StartPebble, webroot: StartWebroot, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = Person.make(tmp_path, "alice")
    ca = pebble(PebbleOptions(profiles={"ten minutes": 600}))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("RECONCILER_RUN_URL", _RUN)
    monkeypatch.setenv("RECONCILER_ACTOR", "octocat")
    tree = Tree(tmp_path / "tree", ca)
    webroot(ca, tree.root / "webroot")
    git = GitTree(tree.root)
    tree.write(".gitignore", "/state/\n/certs/\n/webroot/")
    tree.write("reconciler.yaml", "trusted_ref: origin/main\nchallenges: {http-01: {webroot: webroot}}")
    tree.write("identities/alice.yaml", alice.identity())
    git.commit()

    # Two ask for certificates; one of them signs.
    tree.certificate("proved", "0.example.com")
    proved = git.commit(alice)
    tree.certificate("claimed", "1.example.com")
    claimed = git.commit(None, GIT_AUTHOR_NAME="A. Person", GIT_AUTHOR_EMAIL="a@example.com")
    git.publish()
    tree.write("certificates/README", "not in the commit")
    tree.run("apply")

    shown = tree.json("certificate", "show", "proved")
    assert shown["origin"] == {"commit": git.head, "is_modified": True, "run_url": _RUN}
    who = shown["requested_by"]
    assert (who["proved"], who["commit"], who["entity_name"]) == (True, proved, "alice")
    [entry] = [each for each in tree.json("status")["certificates"] if each["name"] == "claimed"]
    assert entry["requested_by"] == {
        "proved": False,
        "commit": claimed,
        "fingerprint": None,
        "entity_id": None,
        "entity_name": None,
        "author_name": "A. Person",
        "author_email": "a@example.com",
    }
    text = tree.run("order", "show", "claimed")
    assert "A. Person <a@example.com> (as the commit says; not proved)" in text
    assert f"{git.head} (with changes that are in no commit)" in text

    # A run that has nothing to do is not in the log.
    before = (tree.root / "state/events.jsonl").read_bytes()
    tree.run("apply")
    assert (tree.root / "state/events.jsonl").read_bytes() == before

    # It is renewed, revoked and forgotten.
    tree.let_renewal_come("proved")
    tree.run("apply")
    tree.run("order", "revoke", "proved", "--reason", "superseded")
    (tree.root / "certificates/proved.yaml").unlink()
    git.commit()
    git.publish()
    tree.run("apply")

    kept = tree.json("log", "--verify")["last_hash"]
    assert _settled(tree.run("log", "--certificate", "proved")) == golden("life")
    assert tree.json("log", "--verify")["is_whole"]
    tree.run("log", "--expect", kept)
    about = tree.json("log", "--certificate", "claimed")["entries"]
    assert [each["event"] for each in about] == ["run_started", "order_submitted", "certificate_issued"]


def _settled(text: str) -> str:
    """Return the text without what is another in each run of the test."""
    for pattern, word in (
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "END"),
        (r"\w{8}(-\w{4}){3}-\w{12}", "ORDER"),
        (r"\w{2}(:\w{2}){6,}", "SERIAL"),
        (r"commit \w{7}", "commit HASH"),
        (r"SHA256:[A-Za-z0-9+/]{43}", "KEY"),
        (r"https://[^ ]*/my-account/\w+", "ACCOUNT"),
        (r" by [^ @]+@[^ ,]+", " by USER@HOST"),
    ):
        text = re.sub(pattern, word, text)
    return re.sub(r" {2,}", "  ", text)
