"""A name that only its owner may have, from the signed request to the renewal."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.pebble.tree import Tree
from tests.provenance.git_tree import GitTree, Person
from tools.pebble import PebbleOptions

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.pebble.conftest import StartPebble, StartWebroot

_ROLE = 'allowed_domains: ["{{identity.entity.name}}.users.example.com"]'


def test_a_renewal_keeps_the_evidence_and_is_judged_by_the_policy_of_the_day(
    tmp_path: Path, pebble: StartPebble, webroot: StartWebroot, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, mallory = Person.make(tmp_path, "alice"), Person.make(tmp_path, "mallory")
    ca = pebble(PebbleOptions(profiles={"ten minutes": 600}))
    monkeypatch.setenv("HOME", str(tmp_path))
    tree = Tree(tmp_path / "tree", ca)
    webroot(ca, tree.root / "webroot")
    git = GitTree(tree.root)
    tree.write(".gitignore", "state/\ncerts/\nwebroot/")
    tree.write("reconciler.yaml", "trusted_ref: origin/main\nchallenges: {http-01: {webroot: webroot}}")
    tree.role("users", _ROLE)
    tree.write("identities/alice.yaml", alice.identity())
    git.commit()

    tree.certificate("hers", "alice.users.example.com", role="users")
    request = git.commit(alice)
    tree.certificate("theirs", "alice.users.example.com", role="users")
    git.commit(mallory)
    git.publish()
    result = tree.json("apply", code=5)
    assert [each["certificate"] for each in result["issued"]] == ["hers"]
    tree.verify("hers")
    shown = tree.json("certificate", "show", "hers")
    assert shown["evidence"]["requester"] == {
        "commit": request,
        "fingerprint": shown["evidence"]["requester"]["fingerprint"],
        "entity_id": "id-alice",
        "entity_name": "alice",
    }
    assert shown["evidence"]["policy_commit"] == git.head
    assert [each["entry"] for each in shown["evidence"]["grants"]] == [
        "{{identity.entity.name}}.users.example.com"
    ]

    # Her key is replaced. What she has asked for with the old one is renewed.
    alice.key_file.unlink()
    tree.write("certificates/theirs.yaml", "role: web\nidentifiers: [0.example.com]")
    tree.write("identities/alice.yaml", Person.make(tmp_path, "alice").identity())
    git.commit()
    git.publish()
    first = shown["serial_number"]
    tree.let_renewal_come("hers")
    tree.json("apply")
    renewed = tree.json("certificate", "show", "hers")
    assert renewed["serial_number"] != first
    assert renewed["evidence"]["requester"] == shown["evidence"]["requester"]
    assert renewed["evidence"]["policy_commit"] == git.head

    # She leaves: her certificates are no longer renewed.
    tree.write("identities/alice.yaml", f"id: id-bob\nssh_keys: ['{mallory.public_key}']")
    shutil.move(tree.root / "identities/alice.yaml", tree.root / "identities/bob.yaml")
    git.commit()
    git.publish()
    tree.let_renewal_come("hers")
    [finding] = tree.json("apply", code=5)["plan"]["denied"]
    assert "it was requested by alice (id-alice), who is no identity" in finding["message"]
    assert tree.json("certificate", "show", "hers")["serial_number"] == renewed["serial_number"]
