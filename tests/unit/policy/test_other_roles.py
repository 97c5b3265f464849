"""Which roles would allow a name: the same as if every role were asked."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.model.certificate import CertificateSpec
from reconciler.model.desired import Desired
from reconciler.model.evidence import Unproved
from reconciler.model.finding import Location
from reconciler.model.identifier import parse_identifier
from reconciler.model.identity import Entity
from reconciler.model.places import KnownPlaces
from reconciler.model.role import DomainOption
from reconciler.policy import PolicyView, decide, judge
from reconciler.policy.other_roles import other_roles_hint, roles_allowing
from tests.unit.policy.cases import make_role
from tests.unit.policy.strategies import questions

if TYPE_CHECKING:
    from reconciler.model.identifier import Identifier
    from reconciler.model.role import Role

HERE = Location("certificates/www.yaml", 2, 3)
NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
SUBDOMAINS = frozenset({DomainOption.SUBDOMAINS})
NAME = parse_identifier("www.example.com")


def allowing(*names: str) -> dict[str, Role]:
    return {name: replace(make_role(["example.com"], SUBDOMAINS), name=name) for name in names}


@settings(max_examples=300)
@given(st.lists(questions(), min_size=1, max_size=4))
def test_every_role_that_allows_a_name_is_found(
    asked: list[tuple[Role, Identifier, Entity | None]],
) -> None:
    roles = {f"role{number}": role for number, (role, _, _) in enumerate(asked)}
    for _, identifier, entity in asked:
        every = tuple(name for name, role in roles.items() if decide(role, identifier, entity).allowed)
        assert roles_allowing(roles, identifier, entity) == every
        assert roles_allowing(roles, identifier, entity, but="role0") == tuple(
            name for name in every if name != "role0"
        )


def test_addresses_are_found_by_their_ranges() -> None:
    inside, outside = (make_role([], ranges=[each]) for each in ("10.0.0.0/8", "11.0.0.0/8"))
    roles = {"inside": inside, "outside": outside, "names": make_role(["10.example.com"])}
    assert roles_allowing(roles, parse_identifier("10.1.2.3")) == ("inside",)


def test_a_template_whose_end_is_written_otherwise_is_found() -> None:
    entries = [
        "{{identity.entity.name}}.EXAMPLE。com.",
        "{{identity.entity.name}}.räksmörgås.se",
        "*.{{identity.entity.name}}-x.example.com",
        "www.{{identity.groups.names.ops}}",
    ]
    options = frozenset({DomainOption.BARE_DOMAINS, DomainOption.GLOBS})
    roles = {f"role{number}": make_role([entry], options) for number, entry in enumerate(entries)}
    alice = Entity("1", "alice", {}, frozenset({"ops"}))
    for number, name in enumerate(["alice.example.com", "alice.räksmörgås.se", "a.alice-x.example.com"]):
        assert roles_allowing(roles, parse_identifier(name), alice) == (f"role{number}",)
        assert roles_allowing(roles, parse_identifier(name)) == ()
    assert roles_allowing(roles, parse_identifier("www.ops"), alice) == ("role3",)


def test_roles_are_named_in_their_order_and_only_a_few_of_them() -> None:
    assert other_roles_hint(allowing("web"), NAME, but="web") is None
    assert other_roles_hint(allowing("web", "shop"), NAME, but="web") == "the role `shop` would allow it"
    assert other_roles_hint(allowing("b", "c", "a"), NAME) == "the roles `a`, `b` and `c` would allow it"
    assert other_roles_hint(allowing(*"edcba"), NAME) == "the roles `a`, `b`, `c` and others would allow it"


def test_for_a_hint_no_more_than_twenty_roles_are_asked() -> None:
    denying = {
        f"a{number:02}": make_role(["example.com"], SUBDOMAINS, ["www.example.com"]) for number in range(20)
    }
    roles = denying | allowing("z")
    assert roles_allowing(roles, NAME) == ("z",)
    assert other_roles_hint(roles, NAME) is None
    assert other_roles_hint(roles, NAME, but="a00") == "the role `z` would allow it"


def test_a_denial_names_the_roles_that_would_allow_it() -> None:
    roles = {"web": replace(make_role(["example.org"]), name="web"), **allowing("shop")}
    names = (NAME, parse_identifier("www.example.net"))
    asked = CertificateSpec("www", roles["web"], names, HERE, KnownPlaces((HERE, HERE)))
    view = PolicyView.of(Desired(roles=roles))
    helped, helpless = judge(asked, (view,), Unproved("nobody has signed it", "sign it"), NOW).findings
    assert (helped.hint or "").endswith("; the role `shop` would allow it")
    assert "would allow it" not in (helpless.hint or "")
