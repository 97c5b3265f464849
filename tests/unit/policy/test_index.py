"""Roles are compiled once, and looked up: never another's, and at no cost for each entry."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

import pytest

from reconciler.model.identifier import parse_identifier
from reconciler.model.identity import Entity
from reconciler.policy import decide, index, template_index
from reconciler.policy.templates import Template
from tests.unit.policy.cases import ALL_OPTIONS, make_role, role_of

if TYPE_CHECKING:
    from types import FrameType

    from reconciler.model.role import Role
    from reconciler.policy.templates import Unfillable


def test_another_role_with_the_same_name_is_asked_anew() -> None:
    asked = parse_identifier("a.example")
    for number in range(5000):
        role = role_of(f"{'ab'[number % 2]}.example")
        assert decide(role, asked).allowed == (number % 2 == 0)


def test_another_entity_with_the_same_id_is_asked_anew() -> None:
    asked = parse_identifier("alice.example.com")
    role = role_of("{{identity.entity.name}}.example.com")
    for number in range(5000):
        name = ("alice", "bob")[number % 2]
        assert decide(role, asked, Entity("e1", name)).allowed == (name == "alice")
        assert not decide(role, asked).allowed


def test_an_index_goes_with_its_role() -> None:
    def ask(role: Role) -> None:
        assert decide(role, parse_identifier("alice.example"), Entity("e1", "alice")).allowed

    gc.collect()
    before = len(index._indexes)
    kept = [role_of("{{identity.entity.name}}.example") for _ in range(3000)]
    for role in kept:
        ask(role)
        ask(role_of("alice.example"))
    assert len(index._indexes) == before + 3000
    compiled = index.index_of(kept[0])
    assert compiled is index.index_of(kept[0])
    del role, kept
    gc.collect()
    assert len(index._indexes) == before


def test_what_is_filled_is_bounded_and_stays_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(template_index, "_MOST_FILLED", 10)
    role = role_of("{{identity.entity.name}}.a.example, x-{{identity.entity.name}}.a.example")
    templates = index.index_of(role).templates
    assert templates is not None
    entities = [Entity(str(number), f"user-{number}") for number in range(20)]
    for entity in [*entities, *entities]:
        assert decide(role, parse_identifier(f"{entity.name}.a.example"), entity).filled
        assert not decide(role, parse_identifier("user-99.a.example"), entity).allowed
        assert len(templates._filled) <= 10


def fills(monkeypatch: pytest.MonkeyPatch, role: Role, asked: str, entity: Entity) -> list[str]:
    """Which templates are filled for an entity's first name."""
    filled = []

    def fill(template: Template, entity: Entity) -> str | Unfillable:
        filled.append(template.text)
        return original(template, entity)

    original = Template.fill
    with monkeypatch.context() as patched:
        patched.setattr(Template, "fill", fill)
        decide(role, parse_identifier(asked), entity)
    return filled


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ("alice.d011.example.com", 1),
        ("www.alice.d011.example.com", 1),
        ("*.alice.d011.example.com", 1),
        ("alice.other.example.com", 0),
        ("d011.example.com", 0),
        ("web-007-alice.one.example.com", 1),
        ("www.web-007-alice.one.example.com", 1),
        ("web-07-alice.one.example.com", 1),
        ("alice-web-007.two.example.com", 1),
        ("alice-web-07.two.example.com", 0),
    ],
)
def test_only_templates_that_start_or_end_as_the_name_does_are_filled(
    monkeypatch: pytest.MonkeyPatch, asked: str, count: int
) -> None:
    entries = [f"{{{{identity.entity.name}}}}.D{number:03}.example.com." for number in range(500)]
    entries += [f"web-{number:03}-{{{{identity.entity.name}}}}.one.example.com" for number in range(500)]
    entries += [f"{{{{identity.entity.name}}}}-web-{number:03}.two.example.com" for number in range(500)]
    role = make_role([*entries, "*.{{identity.entity.id}}.one.example.com"], ALL_OPTIONS)
    assert len(fills(monkeypatch, role, asked, Entity("e1", "alice"))) == count


def steps_to_decide(role: Role, asked: str, entity: Entity) -> int:
    """How many calls a decision takes, once the role is compiled."""
    identifier = parse_identifier(asked)
    decide(role, identifier, entity)
    steps = 0

    def count(frame: FrameType, event: str, arg: object) -> None:
        nonlocal steps
        steps += event in ("call", "c_call")

    # What the collector happens to clear away meanwhile, other tests' roles for one, is no step of this.
    gc.collect()
    gc.disable()
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        decide(role, identifier, entity)
    finally:
        sys.setprofile(before)
        gc.enable()
    return steps


@pytest.mark.parametrize(
    "pattern",
    [
        "host-{:03}.example.com",
        "*.d{:03}.example.com",
        "api{:03}-*.example.com",
        "*-api{:03}.example.com",
        "a*.d{:03}.example.com",
        "{{{{identity.entity.name}}}}.d{:03}.example.com",
        "d{:03}-{{{{identity.entity.name}}}}.example.com",
        "{{{{identity.entity.name}}}}-d{:03}.example.com",
    ],
)
def test_a_decision_takes_no_more_steps_with_more_entries(pattern: str) -> None:
    entity = Entity("e1", "alice")
    few, many = (
        make_role(
            [pattern.format(number) for number in range(10, size)],
            ALL_OPTIONS,
            [f"denied{number}.example.net" for number in range(size)],
            [f"10.0.{number}.0/24" for number in range(min(size, 250))],
        )
        for size in (12, 500)
    )
    for asked in ("host-011.example.com", "x.d011.example.com", "*.d011.example.com", "api011-x.example.com"):
        assert steps_to_decide(many, asked, entity) == steps_to_decide(few, asked, entity)
    for asked in (
        "alice.d011.example.com",
        "x-api011.example.com",
        "none.example.com",
        "10.0.11.1",
        "10.1.0.0",
    ):
        assert steps_to_decide(many, asked, entity) == steps_to_decide(few, asked, entity)
