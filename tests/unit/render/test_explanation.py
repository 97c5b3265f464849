from __future__ import annotations

from dataclasses import replace

from reconciler.model.evidence import Unproved
from reconciler.model.finding import Location
from reconciler.model.identity import Entity
from reconciler.model.role import DomainOption, Role
from reconciler.render.explanation import render_explanation
from reconciler.render.explanation_rows import ExplanationView, explanation_rows
from tests.unit.render.golden_files import golden
from tests.unit.render.samples import EXPLANATION
from tests.unit.values import HERE, names, role

UNPROVED = Unproved("nobody has signed the request", "sign it")
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
    view = ExplanationView(EXPLANATION.role, EXPLANATION.rows[:1])
    assert render_explanation(view).endswith("\n\nRole team: 1 identifier allowed.\n")


def test_each_identifier_has_its_place_and_its_answer() -> None:
    places = (Location("certificates/x.yaml", 2, 3), None)
    rows = explanation_rows(
        ROLES["web"], names("www.example.com", "api.example.com"), places, None, UNPROVED, ROLES
    )
    assert [(row.identifier.value, row.allowed, row.location) for row in rows] == [
        ("www.example.com", True, places[0]),
        ("api.example.com", False, None),
    ]


def test_only_other_roles_that_allow_what_is_denied_are_named() -> None:
    asked = names("www.example.com", "api.example.com", "x.example.org")
    rows = explanation_rows(ROLES["web"], asked, (HERE,) * 3, None, UNPROVED, ROLES)
    assert [row.other_roles for row in rows] == [(), ("all", "api"), ()]


def test_other_roles_are_asked_in_the_name_of_the_same_entity() -> None:
    asked = names("alice.users.example.com", "bob.users.example.com")
    alice = Entity("1", "alice")
    rows = explanation_rows(ROLES["web"], asked, (None, None), alice, None, ROLES)
    assert [row.other_roles for row in rows] == [("users",), ()]


def test_why_nobody_is_known_to_ask_is_said_where_it_matters() -> None:
    asked = names("alice.users.example.com")
    (row,) = explanation_rows(ROLES["users"], asked, (None,), None, UNPROVED, ROLES)
    assert UNPROVED.reason in row.explanation.reason
    (row,) = explanation_rows(ROLES["web"], asked, (None,), None, UNPROVED, ROLES)
    assert UNPROVED.reason not in row.explanation.reason
