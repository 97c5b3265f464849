from __future__ import annotations

import pytest
from msgspec.structs import replace

from reconciler.model.desired import Desired
from reconciler.model.evidence import Requester, Unproved
from reconciler.model.finding import Finding
from reconciler.model.identity import Entity, Identity
from reconciler.model.role import DomainOption, Role
from reconciler.policy import PolicyView
from reconciler.policy.answering import answer
from reconciler.render.explanation import explanation_document, render_explanation
from reconciler.render.explanation_rows import ExplanationView, explanation_view
from tests.unit.render.golden_files import golden
from tests.unit.render.samples import EXPLANATION
from tests.unit.values import HERE, NOW, role, spec

UNPROVED = Unproved("nobody has signed the request", "sign it")
ALICE = Entity("1", "alice")
TEMPLATE = "{{identity.entity.name}}.users.example.com"


def allowing(name: str, *domains: str) -> Role:
    return replace(
        role(name), allowed_domains=domains, allowed_domain_options=frozenset({DomainOption.BARE_DOMAINS})
    )


ROLES = {
    name: allowing(name, *domains)
    for name, domains in {
        "web": ("www.example.com",),
        "users": (TEMPLATE,),
        "api": ("api.example.com", "www.example.com"),
        "all": ("api.example.com",),
    }.items()
}


def test_names_that_are_allowed_and_denied() -> None:
    assert render_explanation(EXPLANATION) == golden("explanation")


def test_the_lines_fit_a_narrow_terminal() -> None:
    assert max(map(len, render_explanation(EXPLANATION).splitlines())) <= 80


def test_colours_add_nothing_but_colours() -> None:
    import re

    coloured = render_explanation(EXPLANATION, color=True)
    assert coloured != golden("explanation")
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == golden("explanation")


def test_what_nobody_asks_for_by_a_certificate_is_summed_up_alone() -> None:
    view = ExplanationView("team", EXPLANATION.rows[:1])
    assert render_explanation(view).endswith("\n\nRole team: 1 identifier allowed.\n")


@pytest.mark.parametrize(
    ("rows", "findings", "verdict", "allowed"),
    [
        (1, 0, "1 identifier allowed", True),
        (2, 0, "1 of 2 identifiers denied", False),
        (1, 1, "1 identifier allowed, but the certificate is denied", False),
        (2, 1, "1 of 2 identifiers denied, and the certificate as a whole", False),
        (0, 1, "denied", False),
    ],
)
def test_the_verdict_is_about_the_names_and_about_the_whole(
    rows: int, findings: int, verdict: str, allowed: bool
) -> None:
    view = ExplanationView("team", EXPLANATION.rows[:rows], findings=EXPLANATION.findings[:findings])
    assert render_explanation(view).endswith(f"\n\nRole team: {verdict}.\n")
    assert view.allowed == allowed
    assert explanation_document(view)["allowed"] == allowed


def test_a_role_that_the_policy_does_not_have_is_denied_by_its_name() -> None:
    finding = Finding("role-not-merged", "there is no role `new` at origin/main", HERE)
    text = render_explanation(ExplanationView("new", (), findings=(finding,)))
    assert text.startswith("denied   role new\n         certificates/www.yaml:1:1\n         there is no role")


def explained(of: Role, *wanted: str, proof: Unproved | Requester = UNPROVED) -> ExplanationView:
    identities = {"alice": Identity("alice", ALICE, HERE)}
    view = PolicyView.of(Desired(roles=ROLES, identities=identities), "at origin/main", "f" * 40)
    asked = spec("shop/www", *wanted, of=of)
    return explanation_view(asked, answer(asked, (view,), proof, NOW), asked.name)


def test_each_identifier_has_its_place_and_its_answer() -> None:
    view = explained(ROLES["web"], "www.example.com", "api.example.com")
    assert [(row.identifier.value, row.allowed, row.location) for row in view.rows] == [
        ("www.example.com", True, HERE),
        ("api.example.com", False, HERE),
    ]
    assert (view.where, view.policy_commit, view.certificate_name) == ("at origin/main", "f" * 40, "shop/www")


def test_names_of_the_command_line_have_no_place() -> None:
    asked = spec("", "www.example.com", of=ROLES["web"])
    found = answer(asked, (PolicyView.of(Desired(roles=ROLES)),), UNPROVED, NOW)
    view = explanation_view(asked, found)
    assert [row.location for row in view.rows] == [None]


def test_only_other_roles_that_allow_what_is_denied_are_named() -> None:
    view = explained(ROLES["web"], "www.example.com", "api.example.com", "x.example.org")
    assert [row.other_roles for row in view.rows] == [(), ("all", "api"), ()]


def test_other_roles_are_asked_in_the_name_of_the_same_entity() -> None:
    asked = ("alice.users.example.com", "bob.users.example.com")
    proved = explained(ROLES["web"], *asked, proof=Requester("c" * 40, "SHA256:key", "1", "alice"))
    assert [row.other_roles for row in proved.rows] == [("users",), ()]
    assert proved.entity == ALICE
    assert [row.other_roles for row in explained(ROLES["web"], *asked).rows] == [(), ()]


def test_why_nobody_is_known_to_ask_is_said_where_it_matters() -> None:
    (row,) = explained(ROLES["users"], "alice.users.example.com").rows
    assert UNPROVED.reason in row.explanation.reason
    (row,) = explained(ROLES["web"], "alice.users.example.com").rows
    assert UNPROVED.reason not in row.explanation.reason
