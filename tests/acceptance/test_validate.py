from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.model.account import KeyType
from reconciler.model.role import IdentifierPopulation
from reconciler.pki import generate_key, make_csr
from tests.acceptance.trees import write_tree
from tests.unit.values import names

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import RunProgram

BAD_FILES = {
    "accounts/ca.yaml": "directory_url: https://ca.test/directory\nemail_contact: [a@example.com]\n",
    "roles/web.yaml": "acme_account_name: other\nallowed_domains: [www.example.com]\n",
    "certificates/www.yaml": "role: wbe\nidentifers: [www.example.com]\n",
    "certificates/twice.yaml": "role: web\nrole: web\nidentifiers: [www.example.com]\n",
    "certificates/none.yaml": "role: web\n",
    "identities/alice.yaml": "id: a\ngpg_fingerprints: 3AA5C34371BE0D23B4B28C386E1C7DF07F3E9F55\n",
    "identities/bob.yaml": "id: b\ngpg_fingerprints: 3aa5 c343 71be 0d23 b4b2  8c38 6e1c 7df0 7f3e 9f55\n",
}
COMMANDS = ("validate", "plan", "apply", "status", "order list", "certificate list", "account list")


def test_a_valid_tree(tree: Path, program: RunProgram) -> None:
    done = program("validate")
    assert (done.code, done.err) == (0, "")
    assert done.out == "The tree is valid: 1 account, 1 role, 1 certificate.\n"


def test_a_valid_tree_for_programs(tree: Path, program: RunProgram) -> None:
    document = program("validate", "--format", "json").document
    assert document["valid"]
    assert document["resources"] == {
        "accounts": 1,
        "roles": 1,
        "certificates": 1,
        "identities": 0,
        "dns_providers": 0,
    }


def test_every_finding_comes_at_once_with_its_place(tree: Path, program: RunProgram) -> None:
    write_tree(tree, **BAD_FILES)
    done = program("validate")
    assert done.code == 5
    assert done.out == ""
    places = {line.split(": ")[0] for line in done.err.splitlines() if ": error: " in line}
    assert places >= {
        "accounts/ca.yaml:2:1",
        "roles/web.yaml:1:20",
        "certificates/www.yaml:1:7",
        "certificates/www.yaml:2:1",
        "certificates/twice.yaml:2:1",
        "certificates/none.yaml:1:1",
        "identities/bob.yaml:2:19",
    }
    assert "is another identity's as well: identities/alice.yaml:2:19" in done.err
    assert "did you mean `email_contacts`?" in done.err
    assert "did you mean `identifiers`?" in done.err
    assert "2 | identifers: [www.example.com]\n  | ^^^^^^^^^^\n" in done.err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_all_findings(tree: Path, program: RunProgram, command: str) -> None:
    write_tree(tree, **BAD_FILES)
    done = program(*command.split())
    assert (done.code, done.out) == (5, "")
    assert done.err == program("validate").err
    assert not (tree / "state").exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_findings_for_programs(tree: Path, program: RunProgram, command: str) -> None:
    write_tree(tree, **BAD_FILES)
    done = program(*command.split(), "--format", "json")
    assert (done.code, done.err) == (5, "")
    assert done.document["kind"] == "validation"
    assert not done.document["valid"]
    assert len(done.document["findings"]) >= 5


def test_no_tree_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: RunProgram) -> None:
    monkeypatch.chdir(tmp_path)
    done = program("plan")
    assert done.code == 5
    assert "there is no reconciler.yaml here, nor in any folder above" in done.err
    assert "reconciler init" in done.err


def test_a_denied_name_is_shown_on_its_line(tree: Path, program: RunProgram) -> None:
    write_tree(
        tree, **{"certificates/more.yaml": "role: web\nidentifiers: [www.example.com, evil.example.org]\n"}
    )
    done = program("validate")
    assert (done.code, done.out) == (5, "")
    assert "certificates/more.yaml:2:32: error:" in done.err
    assert "does not allow `evil.example.org`" in done.err
    assert "2 | identifiers: [www.example.com, evil.example.org]" in done.err
    document = program("validate", "--format", "json").document
    assert not document["valid"]
    assert document["findings"][0]["code"] == "denied"


def test_a_csr_from_elsewhere(tree: Path, program: RunProgram) -> None:
    key = generate_key(KeyType.EC_256)
    csr = make_csr(key, names("www.example.com", "api.example.com"), IdentifierPopulation.SANS_ONLY).decode()
    write_tree(
        tree, **{"certificates/hsm.yaml": "role: web\ncsr_file: hsm.csr\n", "certificates/hsm.csr": csr}
    )
    done = program("validate")
    assert (done.code, done.err) == (0, "")
    (tree / "certificates/hsm.csr").write_text(csr + key.decode())
    done = program("validate")
    assert done.code == 5
    assert "certificates/hsm.yaml:2:11: error: `csr_file`: this is a private key" in done.err
    assert key.decode().splitlines()[1] not in done.err


def test_names_of_a_csr_are_denied_at_the_field_that_gives_it(tree: Path, program: RunProgram) -> None:
    names_ = names("www.example.com", "evil.example.org")
    csr = make_csr(generate_key(KeyType.EC_256), names_, IdentifierPopulation.SANS_ONLY).decode()
    write_tree(
        tree, **{"certificates/hsm.yaml": "role: web\ncsr_file: hsm.csr\n", "certificates/hsm.csr": csr}
    )
    done = program("validate")
    assert done.code == 5
    assert "certificates/hsm.yaml:2:11: error:" in done.err
    assert "does not allow `evil.example.org`" in done.err


def test_a_trusted_ref_that_a_pull_request_could_turn(tree: Path, program: RunProgram) -> None:
    write_tree(tree, **{"reconciler.yaml": "trusted_ref: HEAD\n"})
    done = program("validate")
    assert done.code == 5
    assert "reconciler.yaml:1:14: error: `trusted_ref`: `HEAD` is whatever is checked out" in done.err


@pytest.mark.parametrize(
    ("end", "why"),
    [
        ("0001-01-01T00:00:00Z", "a year from 2020 to 9998 is wanted"),
        ("1m", "a certificate of less than an hour would be ordered again and again"),
        ("2027-13-01T00:00:00Z", "there is no such day or time"),
    ],
)
@pytest.mark.parametrize("command", ["validate", "plan"])
def test_an_end_that_no_certificate_can_have_is_an_error_of_its_file(
    tree: Path, program: RunProgram, command: str, end: str, why: str
) -> None:
    write_tree(
        tree,
        **{"certificates/www.yaml": f"role: web\nidentifiers: [www.example.com]\nnot_after: {end}\n"},
    )
    done = program(command)
    assert (done.code, done.out) == (5, "")
    assert "certificates/www.yaml:3:12" in done.err
    assert why in " ".join(done.err.split())
