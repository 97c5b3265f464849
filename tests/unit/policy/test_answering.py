"""The answer to a question about names, by the views of the policy that all have to allow them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reconciler.model.evidence import Requester
from reconciler.policy import judge
from reconciler.policy.answering import answer, answer_names
from tests.unit.policy.test_judge import ALICE, NOBODY, NOW, TEMPLATED, role, spec, view

if TYPE_CHECKING:
    from reconciler.model.role import Role

BOTH = role("a.test", "b.test")
BOUND = replace(BOTH, max_identifiers=1)
ASKED = spec("a.test", "b.test", of=BOTH)


@pytest.mark.parametrize(
    ("main", "here", "where", "denied"),
    [
        (BOTH, BOTH, "at main", []),
        (role("a.test"), BOTH, "at main", ["b.test"]),
        (BOTH, role("b.test"), "here", ["a.test"]),
        (role("a.test"), role("b.test"), "at main", ["b.test"]),
    ],
)
def test_the_first_view_that_denies_something_answers(
    main: Role, here: Role, where: str, denied: list[str]
) -> None:
    views = (view(main, where="at main", before=True), view(here, where="here"))
    told = answer(ASKED, views, NOBODY, NOW)
    pairs = zip(ASKED.identifiers, told.explanations, strict=True)
    assert told.view.where == where
    assert [each.value for each, explanation in pairs if not explanation.decision.allowed] == denied
    assert told.findings == ()


def test_what_a_change_that_is_to_come_allows_is_said_of_that_name_only() -> None:
    views = (view(role("c.test"), where="at main", before=True), view(role("b.test"), where="here"))
    told = answer(ASKED, views, NOBODY, NOW)
    never, later = (each.hint or "" for each in told.explanations)
    assert "here it is allowed; merge the change of the policy first" in later
    assert "merge" not in never
    assert "a.test" in never


def test_what_bounds_the_certificate_denies_it_as_a_whole() -> None:
    told = answer(ASKED, (view(BOTH), view(BOUND, where="here")), NOBODY, NOW)
    assert told.view.where == "here"
    assert [each.code for each in told.findings] == ["too-many-identifiers"]
    assert all(each.decision.allowed for each in told.explanations)


def test_names_by_themselves_are_no_certificate_that_could_have_too_many() -> None:
    narrow = view(role("a.test"), where="here")
    told = answer_names(ASKED, (view(BOUND, where="at main", before=True), narrow), NOBODY, NOW)
    assert told.view.where == "here"
    assert told.findings == ()
    assert [each.decision.allowed for each in told.explanations] == [True, False]


def test_a_view_that_does_not_have_the_role_explains_nothing() -> None:
    for asked in (answer, answer_names):
        told = asked(ASKED, (view(where="at main"), view(BOTH)), NOBODY, NOW)
        assert told.explanations == ()
        assert [each.code for each in told.findings] == ["role-not-merged"]


def test_each_view_knows_the_entity_by_itself() -> None:
    request = spec("alice.example.com", of=TEMPLATED)
    known = view(TEMPLATED, where="at main")
    stranger = replace(ALICE, entity=replace(ALICE.entity, id="id-2"))
    unknown = view(TEMPLATED, where="here", identity=stranger)
    proof = Requester("c" * 40, "SHA256:alice", "id-1", "alice")
    assert answer(request, (known,), proof, NOW).entity == ALICE.entity
    told = answer(request, (known, unknown), proof, NOW)
    assert (told.view.where, told.entity) == ("here", None)
    assert "who is no identity here any more" in told.explanations[0].reason
    assert judge(request, (known, unknown), proof, NOW).evidence is None
