"""`reconciler account import | rotate-key | deactivate`, as far as no CA is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler import pki
from reconciler.model.account import KeyType
from reconciler.model.order import Stage
from reconciler.store import Store
from tests.acceptance.trees import write_account, write_account_key, write_order, write_tree
from tests.unit import values

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import RunProgram

UNREGISTERED = replace(values.account(), account_url=None)


@pytest.fixture
def key_file(tree: Path) -> str:
    (tree / "account.key").write_bytes(pki.generate_key(KeyType.EC_256))
    return "account.key"


# import


def test_an_account_that_the_state_has_is_not_imported(
    tree: Path, program: RunProgram, key_file: str
) -> None:
    write_account(tree)
    done = program("account", "import", "ca", "--key-file", key_file)
    assert (done.code, done.out) == (1, "")
    assert "the state has an account ca already; `reconciler account show ca` says which" in done.err
    assert Store(tree / "state").accounts() == {"ca": values.account()}
    assert not (tree / "state/accounts/ca").exists()


def test_a_key_that_the_ca_may_know_is_not_overwritten(
    tree: Path, program: RunProgram, key_file: str
) -> None:
    kept = write_account_key(tree)
    done = program("account", "import", "ca", "--key-file", key_file)
    assert (done.code, done.out) == (1, "")
    assert "the state has a key for the account ca already" in done.err
    assert Store(tree / "state").account_key("ca", 0) == kept


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (b"rubbish", "account.key"),
        (b"", "account.key"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "account.key"),
        (b"{}", "account.key"),
        (b"x" * 100_000, "account.key"),
    ],
)
def test_what_is_no_key_is_named_with_its_file(
    tree: Path, program: RunProgram, content: bytes, path: str
) -> None:
    (tree / path).write_bytes(content)
    done = program("account", "import", "ca", "--key-file", path)
    assert (done.code, done.out) == (1, "")
    assert f"error: {path}: " in done.err
    assert not (tree / "state").exists()


def test_a_folder_without_an_account(tree: Path, program: RunProgram) -> None:
    (tree / "folder").mkdir()
    done = program("account", "import", "ca", "--key-file", "folder")
    assert (done.code, done.out) == (1, "")
    assert "there is no account's key in the folder folder" in done.err


def test_only_an_account_of_the_tree_can_be_imported(tree: Path, program: RunProgram, key_file: str) -> None:
    done = program("account", "import", "other", "--key-file", key_file)
    assert (done.code, done.out) == (1, "")
    assert "there is no account `other`" in done.err


# rotate-key


@pytest.mark.parametrize("format_", ["text", "json"])
def test_a_key_is_not_changed_while_orders_are_under_way(
    tree: Path, program: RunProgram, format_: str
) -> None:
    write_account(tree)
    order = write_order(tree, Stage.AWAITING_CHALLENGE_FULFILLMENT)
    done = program("account", "rotate-key", "ca", "--format", format_)
    assert (done.code, done.out) == (1, "")
    assert f"orders of the account ca are under way: {order.order_id}; wait until they are done" in done.err
    assert Store(tree / "state").accounts() == {"ca": values.account()}


def test_an_account_that_is_not_registered_has_no_key_to_change(tree: Path, program: RunProgram) -> None:
    Store(tree / "state").save_account(UNREGISTERED)
    done = program("account", "rotate-key", "ca")
    assert (done.code, done.out) == (1, "")
    assert "the account ca is not registered yet: apply registers it" in done.err


# deactivate


def test_an_account_that_roles_name_is_not_deactivated(tree: Path, program: RunProgram) -> None:
    write_account(tree)
    write_tree(
        tree,
        **{
            "accounts/new.yaml": "directory_url: https://new-ca.test/directory\n",
            "roles/api.yaml": "acme_account_name: ca\nallowed_domains: [api.example.com]\n",
            "roles/new.yaml": "acme_account_name: new\nallowed_domains: [new.example.com]\n",
        },
    )
    done = program("account", "deactivate", "ca")
    assert (done.code, done.out) == (1, "")
    assert "the account ca is named by the roles api, web: let them name another" in done.err
    assert Store(tree / "state").accounts() == {"ca": values.account()}


def test_one_that_was_never_registered_is_put_away_without_the_ca(tree: Path, program: RunProgram) -> None:
    Store(tree / "state").save_account(UNREGISTERED)
    write_account_key(tree)
    done = program("account", "deactivate", "ca", "--force")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "account ca is deactivated; its records and keys are archived.\n"
        "The tree still has it: an apply that needs it registers another, with a new key.\n"
    )
    assert Store(tree / "state").accounts() == {}
    assert "+ register account ca\n" in program("plan").out
    [folder] = (tree / "state/archive/accounts/ca").iterdir()
    assert sorted(each.name for each in folder.iterdir()) == ["account.yaml", "key-0.pem"]


def test_the_same_for_programs_where_the_tree_has_it_no_more(tree: Path, program: RunProgram) -> None:
    Store(tree / "state").save_account(replace(UNREGISTERED, name="old"))
    write_account_key(tree, "old")
    document = program("account", "deactivate", "old", "--format", "json").document
    assert document == {
        "format_version": "1.1",
        "kind": "deactivated",
        "name": "old",
        "directory_url": "https://ca.test/directory",
        "account_url": None,
    }


def test_the_plan_deactivates_what_the_tree_has_no_more(tree: Path, program: RunProgram) -> None:
    write_account(tree)
    Store(tree / "state").save_account(values.account("old"))
    document = program("plan", "--format", "json").document
    assert [(each["action"], each["name"]) for each in document["actions"]] == [
        ("create_order", "www"),
        ("deactivate_account", "old"),
    ]
    assert "in the tree   no: the next apply deactivates it\n" in program("account", "show", "old").out


# Usage


@pytest.mark.parametrize("command", ["rotate-key", "deactivate"])
@pytest.mark.parametrize("name", ["cb", "../ca", "ca/key-0"])
def test_an_account_that_is_not_there(tree: Path, program: RunProgram, command: str, name: str) -> None:
    done = program("account", command, name)
    assert (done.code, done.out) == (1, "")
    assert f"there is no account `{name}`" in done.err
    # The tree has it, the state does not.
    assert program("account", command, "ca").code == 1


@pytest.mark.parametrize(
    ("command_line", "message"),
    [
        ("import", "Missing argument 'NAME'"),
        ("import ca", "Missing option '--key-file'"),
        ("import ca --key-file nowhere", "does not exist"),
        ("rotate-key", "Missing argument 'NAME'"),
        ("rotate-key ca --key-type ec", "'ec' is not one of"),
        ("rotate-key ca --key-type rsa-3072", "'rsa-3072' is not one of"),
        ("deactivate", "Missing argument 'NAME'"),
        ("deactivate a b", "unexpected extra argument"),
    ],
)
def test_wrong_usage(tree: Path, program: RunProgram, command_line: str, message: str) -> None:
    done = program("account", *command_line.split())
    assert (done.code, done.out) == (64, "")
    assert message in " ".join(done.err.split())
