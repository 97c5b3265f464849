"""The policy of another tree: all but its certificates, and findings that say which tree they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.errors import InvalidTreeError
from reconciler.model.finding import Location
from reconciler.tree import load_policy, load_tree
from tests.unit.tree.keys import ED25519
from tests.unit.tree.trees import make_tree

if TYPE_CHECKING:
    from pathlib import Path

IDENTITY = f"id: a\nssh_keys: ['{ED25519}']\n"


def findings_of_policy(root: Path) -> list[str]:
    with pytest.raises(InvalidTreeError) as raised:
        load_policy(root, "origin/main")
    return [f"{each.location} {each.code}" for each in raised.value.findings]


def test_all_but_the_certificates(tmp_path: Path) -> None:
    make_tree(
        tmp_path,
        {
            "reconciler.yaml": "trusted_ref: origin/main\n",
            "certificates/www.yaml": "][",
            "certificates/x.yml": "",
            "identities/a.yaml": IDENTITY,
        },
    )
    policy = load_policy(tmp_path, "origin/main")
    assert policy.settings.trusted_ref == "origin/main"
    assert list(policy.accounts) == ["le"]
    assert list(policy.identities) == ["a"]
    assert policy.certificates == {}
    role = policy.roles["web"]
    assert role.allowed_domains == ("www.example.com",)
    assert role.location == Location("origin/main:roles/web.yaml", 1, 1)


def test_it_is_the_policy_of_the_tree_itself(tmp_path: Path) -> None:
    make_tree(tmp_path, {"identities/a.yaml": IDENTITY})
    tree, policy = load_tree(tmp_path), load_policy(tmp_path, "")
    assert (policy.settings, policy.accounts, policy.roles) == (tree.settings, tree.accounts, tree.roles)
    assert policy.identities == tree.identities


def test_findings_say_which_tree(tmp_path: Path) -> None:
    make_tree(
        tmp_path,
        {
            "roles/web.yaml": "acme_account_name: none\nallowed_domains: [internal]\n",
            "roles/x.json": '{"acme_account_name": "le",}',
            "roles/y.yml": "",
            "role/z.yaml": "",
            "identities/a.yaml": IDENTITY,
            "identities/b.yaml": IDENTITY.replace("id: a", "id: b"),
        },
    )
    assert findings_of_policy(tmp_path) == [
        "origin/main:identities/b.yaml:2:12 duplicate-identity",
        "origin/main:role unknown-folder",
        "origin/main:roles/web.yaml:1:20 unknown-reference",
        "origin/main:roles/web.yaml:2:19 unusable-entry",
        "origin/main:roles/x.json:1:28 syntax",
        "origin/main:roles/y.yml wrong-suffix",
    ]
    with pytest.raises(InvalidTreeError) as raised:
        load_policy(tmp_path, "origin/main")
    assert "origin/main:identities/a.yaml:2:12" in raised.value.findings[0].message
    assert raised.value.findings[2].source == "acme_account_name: none"


def test_warnings_say_which_tree(tmp_path: Path) -> None:
    make_tree(tmp_path, {"roles/web.yaml": "acme_account_name: le\nallowed_domains: [internal]\n"})
    (warning,) = load_policy(tmp_path, "origin/main").warnings
    assert str(warning.location) == "origin/main:roles/web.yaml:2:19"


def test_without_settings_it_is_no_tree(tmp_path: Path) -> None:
    make_tree(tmp_path)
    (tmp_path / "reconciler.yaml").unlink()
    assert findings_of_policy(tmp_path) == ["origin/main:reconciler.yaml no-tree"]
    assert findings_of_policy(tmp_path / "none") == [". no-tree"]
