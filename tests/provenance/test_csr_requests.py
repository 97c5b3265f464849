"""Requests that are a CSR: whoever changes it asks anew, wherever its file is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.model.account import KeyType
from reconciler.model.identifier import parse_identifier
from reconciler.model.role import IdentifierPopulation
from reconciler.pki import generate_key, make_csr
from tests.provenance.outcomes import requesters

if TYPE_CHECKING:
    from tests.acceptance.conftest import RunProgram
    from tests.provenance.git_tree import GitTree, Person


def _csr() -> str:
    names = [parse_identifier("alice.users.example.com")]
    return make_csr(generate_key(KeyType.EC_256), names, IdentifierPopulation.CN_FIRST).decode("ascii")


@pytest.mark.parametrize("place", ["mine.csr", "../csrs/mine.csr"])
def test_a_csr_of_another_is_a_request_of_another(
    tree: GitTree, alice: Person, mallory: Person, program: RunProgram, place: str
) -> None:
    tree.write("certificates/mine.yaml", f"role: users\ncsr_file: {place}\n")
    tree.write(f"certificates/{place}", _csr())
    tree.commit(alice)
    assert requesters(program) == {"mine": "alice"}
    tree.write(f"certificates/{place}", _csr())
    tree.commit(mallory)
    assert "is no identity's" in requesters(program)["mine"]


def test_a_csr_of_another_cannot_be_moved_in_unseen(
    tree: GitTree, alice: Person, mallory: Person, program: RunProgram
) -> None:
    tree.write("certificates/mine.yaml", "role: users\ncsr_file: ../csrs/mine.csr\n")
    tree.write("csrs/mine.csr", _csr())
    tree.commit(alice)
    exchanged = _csr()
    tree.write("csrs/mine.csr", exchanged)
    tree.commit(mallory)
    tree.write("certificates/mine.yaml", "role: users\ncsr_file: mine.csr\n")
    tree.write("certificates/mine.csr", exchanged)
    moved = tree.commit(alice, "tidied up, as asked")
    assert moved == tree.head
    # Alice has moved the file; what it says is still what mallory made of it.
    assert "is no identity's" in requesters(program)["mine"]


def test_a_csr_that_moves_as_it_is_stays_its_signers(
    tree: GitTree, alice: Person, mallory: Person, program: RunProgram
) -> None:
    text = _csr()
    tree.write("certificates/mine.yaml", "role: users\ncsr_file: mine.csr\n")
    tree.write("certificates/mine.csr", text)
    tree.commit(alice)
    indented = text.strip().replace("\n", "\n  ")
    tree.write("certificates/mine.yaml", f"role: users\ncsr: |\n  {indented}\n")
    tree.write("certificates/mine.csr", None)
    tree.commit(mallory)
    assert requesters(program) == {"mine": "alice"}
