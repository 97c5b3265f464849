"""What a pull request's own tree would be refused for is said where it is planned, before it is merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from reconciler.store import Store
from tests.acceptance.trees import write_certificate
from tests.provenance.outcomes import apply_plan
from tests.unit import values

if TYPE_CHECKING:
    from tests.acceptance.conftest import RunProgram
    from tests.provenance.git_tree import GitTree

_OTHER_ACCOUNT = (
    "acme_account_name: other\nallowed_domains: [www.example.com]\nallowed_domain_options: [bare_domains]\n"
)


@pytest.fixture
def issued(tree: GitTree) -> GitTree:
    """Return a tree whose certificate is issued; both are merged, and the state is beside them."""
    tree.write(".gitignore", "state/\ncerts/\n")
    tree.write("accounts/other.yaml", "directory_url: https://other-ca.test/directory\n")
    tree.request("www", "www.example.com", role="web")
    tree.commit()
    tree.publish()
    tree.branch("proposal")
    Store(tree.root / "state").save_account(values.account())
    write_certificate(tree.root)
    return tree


def denied(program: RunProgram, *arguments: str) -> list[dict[str, Any]]:
    ran = program("plan", "--format", "json", *arguments)
    assert ran.code == (5 if ran.document["denied"] else 0)
    found: list[dict[str, Any]] = ran.document["denied"]
    return found


def merge(tree: GitTree) -> None:
    tree.switch("main")
    tree.merge("proposal")
    tree.publish()
    tree.commit()
    tree.publish()


def test_another_account_of_a_role(issued: GitTree, program: RunProgram) -> None:
    assert denied(program) == []
    issued.write("roles/web.yaml", _OTHER_ACCOUNT)
    issued.commit()
    [finding] = denied(program)
    assert (finding["code"], finding["path"]) == ("account-changed", "roles/web.yaml")
    # So says apply, once it is merged.
    merge(issued)
    assert [each.code for each in apply_plan(issued).denied] == ["account-changed"]


def test_unless_it_says_that_it_is_meant(issued: GitTree, program: RunProgram) -> None:
    issued.write("roles/web.yaml", f"{_OTHER_ACCOUNT}previous_acme_account_name: ca\n")
    issued.commit()
    assert denied(program) == []
    merge(issued)
    assert apply_plan(issued).denied == ()


def test_a_role_that_goes_while_an_order_of_it_is_under_way(issued: GitTree, program: RunProgram) -> None:
    Store(issued.root / "state").save_order(
        replace(values.order("shop"), order_url="https://ca.test/order/1")
    )
    issued.write("roles/web.yaml", None)
    issued.write("certificates/www.yaml", None)
    issued.commit()
    [finding] = denied(program, "--allow-empty-tree")
    assert (finding["code"], finding["path"]) == ("role-in-use", "roles/web.yaml")
    assert denied(program, "--allow-empty-tree", "--allow-role-removal", "web") == []
