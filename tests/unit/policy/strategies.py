"""Roles, entities and names for hypothesis: few labels, so that they meet, in many spellings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from reconciler.errors import InvalidIdentifierError
from reconciler.model.identifier import Identifier, parse_identifier
from reconciler.model.identity import Entity
from reconciler.model.role import DomainOption
from tests.unit.made import made
from tests.unit.policy.cases import make_role

if TYPE_CHECKING:
    from reconciler.model.role import Role

LABELS = [
    "a",
    "b",
    "ab",
    "a-b",
    "evil",
    "example",
    "com",
    "co",
    "uk",
    "räk",
    "xn--rk-via",
    "RÄK",
    "github",
    "io",
]
VARIABLES = [
    "{{identity.entity.name}}",
    "{{ identity.entity.id }}",
    "{{identity.entity.metadata.team}}",
    "{{identity.groups.names.ab}}",
    "{{identity.groups.names.ops}}",
    "{{identity.entity.nmae}}",
    "{{identity.entity.name",
]
VALUES = [
    "a",
    "b",
    "ab",
    "a-b",
    "evil",
    "x",
    "xn",
    "n--rk-via",
    "xn--rk-via",
    "A",
    "a.b",
    "*",
    "",
    "-a",
    "räk",
]
TOPS = ["example.com", "EXAMPLE.com.", "a.example.com", "co.uk", "com", "io", "a。example｡com", "räk.com"]


def spelled(pieces: list[str]) -> st.SearchStrategy[str]:
    """Any row of the pieces, most often before something that many names end with."""
    rows = st.lists(st.sampled_from(pieces), max_size=5).map("".join)
    return st.one_of(rows, st.tuples(rows, st.sampled_from(TOPS)).map("".join))


labels = st.lists(st.sampled_from(LABELS), min_size=1, max_size=3)
plain_entries = st.tuples(labels.map(".".join), st.sampled_from(["", *(f".{top}" for top in TOPS)])).map(
    "".join
)
pieces = ["*", ".", "-", "*.", ".*", *LABELS[:7]]
glob_entries = spelled(pieces) | plain_entries.map(lambda name: f"*.{name}")
templates = spelled([*VARIABLES, *VARIABLES[:3], ".", "-", "*", "a", "x"])
entries = plain_entries | glob_entries | templates | st.text(max_size=6)
denied_entries = plain_entries | glob_entries

options = st.tuples(*[st.sampled_from([(), (each,)]) for each in DomainOption]).map(
    lambda chosen: frozenset(option for some in chosen for option in some)
)


entities = made(
    Entity,
    st.sampled_from(VALUES),
    st.sampled_from(VALUES),
    st.dictionaries(st.just("team"), st.sampled_from(VALUES)),
    st.frozensets(st.sampled_from(["ab", "ops"])),
)


def identifier_or_none(text: str) -> Identifier | None:
    try:
        return parse_identifier(text)
    except InvalidIdentifierError:
        return None


@st.composite
def identifiers(draw: st.DrawFn) -> Identifier:
    """A name or a wildcard."""
    name = ".".join([*draw(labels), draw(st.sampled_from(TOPS))])
    name = draw(st.sampled_from(["", "", "*."])) + name
    found = identifier_or_none(name)
    assert found is not None, name
    return found


@st.composite
def near(draw: st.DrawFn, identifier: Identifier, entity: Entity) -> str:
    """An entry made from a name: itself, above or below it, with a star, a variable, or a change in it."""
    base = identifier.base
    above = base.partition(".")[2]
    starts = [identifier.value, base, base, above, above, f"*.{base}", f"*.{above}", f"a.{base}"]
    entry = draw(st.sampled_from(starts))
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        start = draw(st.integers(0, len(entry)))
        stop = draw(st.integers(start, min(start + 4, len(entry))))
        entry = entry[:start] + draw(st.sampled_from(["*", "*", "*", "**", "", "x", "."])) + entry[stop:]
    if draw(st.integers(0, 2)) == 0:
        return draw(with_variable(entry.split("."), entity))
    spelled = [
        entry,
        entry,
        f"{entry}.",
        entry.upper(),
        entry.replace("com", "Com"),
        entry.replace(".", "\u3002"),
    ]
    return draw(st.sampled_from(spelled))


@st.composite
def with_variable(draw: st.DrawFn, labels: list[str], entity: Entity) -> str:
    values = {VARIABLES[0]: entity.name, VARIABLES[1]: entity.id, VARIABLES[2]: entity.metadata.get("team")}
    fitting = [(place, key) for place, label in enumerate(labels) for key in values if values[key] == label]
    if fitting and draw(st.integers(0, 1)) == 0:
        place, variable = draw(st.sampled_from(fitting))
        changed = variable
    else:
        place = draw(st.integers(0, len(labels) - 1))
        variable = draw(st.sampled_from(VARIABLES))
        changes = ["{}", "x{}", "{}-*", "*{}", "{}*", "{}" + labels[place], labels[place][:-1] + "{}"]
        changed = draw(st.sampled_from(changes)).replace("{}", variable)
    return ".".join([*labels[:place], changed, *labels[place + 1 :]])


@st.composite
def questions(draw: st.DrawFn) -> tuple[Role, Identifier, Entity | None]:
    """A role, what is asked of it, and who asks: allowed often enough."""
    identifier = draw(identifiers())
    values = st.sampled_from(VALUES) | st.sampled_from(identifier.base.split("."))
    groups = st.frozensets(st.sampled_from(["ab", "ops"]))
    entity = draw(made(Entity, values, values, st.dictionaries(st.just("team"), values), groups))
    of = near(identifier, entity)
    role = make_role(
        [draw(of), *draw(st.lists(entries | of, max_size=3))],
        draw(options),
        draw(st.sampled_from([0, 0, 1])) * [draw(denied_entries | of)],
    )
    return role, identifier, draw(st.sampled_from([entity, entity, None]))
