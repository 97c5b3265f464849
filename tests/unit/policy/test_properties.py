"""What holds for every role and every name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from reconciler.model.identifier import Identifier, parse_identifier
from reconciler.model.role import DomainOption
from reconciler.policy import (
    Denial,
    EntryRules,
    allowed_domain_problem,
    could_allow,
    decide,
    denied_domain_problem,
    entry_rules,
)
from reconciler.policy.explaining import explain
from reconciler.policy.globs import Glob
from tests.unit.policy import naive
from tests.unit.policy.cases import ALL_OPTIONS, make_role, role_of
from tests.unit.policy.strategies import (
    denied_entries,
    entities,
    entries,
    identifier_or_none,
    identifiers,
    near,
    plain_entries,
    questions,
)

if TYPE_CHECKING:
    from reconciler.model.identity import Entity
    from reconciler.model.role import Role

    Question = tuple[Role, Identifier, Entity | None]

BARE, BELOW = DomainOption.BARE_DOMAINS, DomainOption.SUBDOMAINS
WILDCARDS, GLOBS = DomainOption.WILDCARDS, DomainOption.GLOBS
thorough = settings(max_examples=300)


@thorough
@given(questions())
def test_a_second_implementation_decides_the_same(asked: Question) -> None:
    role, identifier, entity = asked
    decision = decide(role, identifier, entity)
    ways = naive.ways_to_allow(role, identifier.value, entity)
    assert decision.allowed == bool(ways)
    if decision.allowed:
        assert (decision.entry, decision.option, decision.filled) in ways
    else:
        assert decision.denial is not None


@thorough
@given(st.lists(entries, max_size=3), identifiers(), entities, st.data())
def test_deny_wins(allowed: list[str], identifier: Identifier, entity: Entity, data: st.DataObject) -> None:
    denied = data.draw(near(identifier, entity) | near(identifier, entity) | denied_entries)
    open_to_all = make_role([*allowed, "*", identifier.value], ALL_OPTIONS, [denied])
    assume(naive.is_denied(open_to_all, identifier.value))
    assert not decide(open_to_all, identifier, entity).allowed


@thorough
@given(questions(), denied_entries)
def test_to_deny_more_never_allows_more(asked: Question, denied: str) -> None:
    role, identifier, entity = asked
    more = make_role(role.allowed_domains, role.allowed_domain_options, (*role.denied_domains, denied))
    assert decide(role, identifier, entity).allowed or not decide(more, identifier, entity).allowed


def forms_of(name: str) -> list[str]:
    """Spellings of one name."""
    import idna

    star = "*." if name.startswith("*.") else ""
    base = name.removeprefix("*.")
    unicode = idna.decode(base)
    forms = [base, unicode, base.upper(), unicode.upper(), unicode.title()]
    forms += [form.replace(".", dot) for form in forms for dot in "\u3002\uff0e\uff61"]
    forms += [f"{form}{end}" for form in forms for end in (".", "\u3002", "\uff0e", "\xad", ".\xad")]
    forms += [
        "".join(chr(ord(each) + 0xFEE0) if each.isalpha() and each.isascii() else each for each in base)
    ]
    return [star + form for form in forms]


@thorough
@given(plain_entries, st.sampled_from(["", "x.", "*.", "*.x."]), st.data())
def test_no_form_of_a_denied_name_is_allowed(entry: str, before: str, data: st.DataObject) -> None:
    denied = identifier_or_none(entry)
    assume(denied is not None)
    assert denied is not None
    as_written = data.draw(st.sampled_from(forms_of(denied.value)))
    if denied_domain_problem(as_written):
        as_written = denied.value
    role = make_role(["*", "*.x", denied.value, "*.com", f"*.{denied.value}"], ALL_OPTIONS, [as_written])
    asked = identifier_or_none(before + denied.value)
    assert asked is not None
    for form in forms_of(asked.value):
        identifier = identifier_or_none(form)
        assert identifier is None or not decide(role, identifier).allowed, form


@thorough
@given(
    st.text(
        alphabet=st.characters() | st.sampled_from("internal.example.com*\u3002\uff0e\xad\u212a"), max_size=12
    )
)
@example("internal.example.com\u3002")
@example("internal\xad.example.com.\xad")
@example("*\u3002example.com")
def test_whatever_is_asked_is_no_way_around_a_denial(text: str) -> None:
    """What passes is in canonical form, and so surely no other spelling of something that is denied."""
    role = make_role(["*"], ALL_OPTIONS, ["internal.example.com", "internal", "com"])
    for asked in (
        text,
        f"internal.example.com{text}",
        f"{text}internal.example.com",
        f"internal{text}example.com",
    ):
        identifier = identifier_or_none(asked)
        if identifier is not None and decide(role, identifier).allowed:
            assert parse_identifier(identifier.value) == identifier
            labels = identifier.base.split(".")
            assert labels[-1] not in ("com", "internal")


@pytest.mark.parametrize(
    "value",
    [
        "internal.example.com.",
        "INTERNAL.example.com",
        "internal..example.com",
        ".example.com",
        "a.*.example.com",
        "*.*.example.com",
        "*",
        "*.",
        "",
        "a b.example.com",
        "räk.example.com",
        "a_b.example.com",
        "a.example.com\n",
        "192.0.2.1",
        "x" * 64 + ".example.com",
    ],
)
def test_what_is_not_in_canonical_form_is_denied(value: str) -> None:
    role = make_role(["*", "example.com", "*.*.example.com", "*."], ALL_OPTIONS, ["internal.example.com"])
    assert not decide(role, Identifier("dns", value)).allowed
    assert not explain(role, Identifier("dns", value)).decision.allowed


@pytest.mark.parametrize(
    "value", ["010.0.0.1", "10.0.0.1 ", "::ffff:10.0.0.1", "::ffff:a00:1", "::FFFF", "fe80::1%1", "x", "10.1"]
)
def test_no_other_form_of_an_address_is_allowed(value: str) -> None:
    role = make_role([], ranges=["0.0.0.0/0", "::/0"])
    assert not decide(role, Identifier("ip", value)).allowed
    assert not explain(role, Identifier("ip", value)).decision.allowed


@thorough
@given(questions(), st.sampled_from(list(DomainOption)))
def test_an_option_adds_what_its_rule_says(asked: Question, option: DomainOption) -> None:
    """And an option takes nothing away but this: with any, an entry no longer allows itself on its own."""
    role, identifier, entity = asked
    role = make_role(role.allowed_domains, role.allowed_domain_options)
    more = make_role(role.allowed_domains, role.allowed_domain_options | {option})
    before, after = decide(role, identifier, entity), decide(more, identifier, entity)
    if before.allowed and not after.allowed:
        assert not role.allowed_domain_options
        assert option is not BARE
        assert (before.option, identifier.is_wildcard) == (None, False)
    if after.allowed and not before.allowed:
        entry = naive.canonical(after.filled or after.entry or "") or ""
        assert _is_by_the_rule(option, entry, identifier, role.allowed_domain_options)


def _is_by_the_rule(
    option: DomainOption, entry: str, identifier: Identifier, others: frozenset[DomainOption]
) -> bool:
    name = identifier.value
    below = "*" not in entry and naive.is_below(name, entry)
    match option:
        case DomainOption.BARE_DOMAINS:
            return name == entry
        case DomainOption.SUBDOMAINS:
            return below and (WILDCARDS in others or not identifier.is_wildcard)
        case DomainOption.GLOBS:
            matched = "*" in entry and naive.matches(entry, name)
            return matched and (WILDCARDS in others or not identifier.is_wildcard)
        case DomainOption.WILDCARDS:
            by_glob = GLOBS in others and "*" in entry and naive.matches(entry, name)
            return identifier.is_wildcard and (name == entry or by_glob or (BELOW in others and below))


@thorough
@given(questions())
def test_an_explanation_is_of_the_same_decision(asked: Question) -> None:
    role, identifier, entity = asked
    explanation = explain(role, identifier, entity)
    assert explanation.decision == decide(role, identifier, entity)
    assert explanation.reason
    assert explanation.nearest is None or explanation.nearest in role.allowed_domains
    assert explanation.decision.allowed == (explanation.hint is None)


@thorough
@given(questions())
@example((role_of("example.com"), parse_identifier("a.example.com"), None))
@example((role_of("*.example.com", "subdomains"), parse_identifier("*.a.example.com"), None))
def test_what_a_denial_advises_helps(asked: Question) -> None:
    role, identifier, entity = asked
    explanation = explain(role, identifier, entity)
    if explanation.decision.denial not in (Denial.NOT_LISTED, Denial.WILDCARD):
        return
    hint = explanation.hint or ""
    options = {option for option in DomainOption if f"`{option}`" in hint}
    with_options = role.allowed_domain_options | options
    if " to `allowed_domain_options`" in hint:
        assert decide(make_role(role.allowed_domains, with_options), identifier, entity).allowed
    if "`allowed_domains`" in hint:
        alone = role.allowed_domain_options if " to `allowed_domain_options`" in hint else with_options
        assert decide(make_role([*role.allowed_domains, identifier.value], alone), identifier).allowed


@thorough
@given(questions())
def test_what_somebody_may_have_is_possible(asked: Question) -> None:
    role, identifier, entity = asked
    if decide(role, identifier, entity).allowed:
        assert could_allow(role, identifier)
    if not could_allow(role, identifier):
        assert not decide(role, identifier).allowed


@thorough
@given(questions())
def test_an_entry_that_never_allows_anything_does_not(asked: Question) -> None:
    role, identifier, entity = asked
    rules = entry_rules(role.allowed_domain_options, role.denied_domains, role.allowed_challenge_types)
    for entry in role.allowed_domains:
        problem = allowed_domain_problem(entry, rules)
        if problem is not None and problem.code in ("idle-entry", "unusable-entry", "invalid-template"):
            alone = make_role([entry], role.allowed_domain_options, role.denied_domains)
            assert not decide(alone, identifier, entity).allowed


@thorough
@given(denied_entries | st.text(max_size=8))
@example("0.A..")
def test_a_denied_entry_is_understood_or_denies_everything(entry: str) -> None:
    anything = parse_identifier("q.example.net")
    denied = decide(make_role(["*"], ALL_OPTIONS, [entry]), anything).denial is not None
    if denied_domain_problem(entry):
        assert denied
    else:
        assert denied == naive.is_denied(make_role([], denied=[entry]), anything.value)


@thorough
@given(
    st.text(alphabet="*ab.", max_size=8).filter(lambda text: "*" in text),
    st.text(alphabet="ab.", max_size=8),
)
def test_a_glob_matches_as_the_simplest_matcher_does(pattern: str, text: str) -> None:
    assert Glob.of(pattern).matches(text) == naive.matches(pattern, text)


@thorough
@given(
    st.text(alphabet="**ab.", max_size=8).filter(lambda text: "*" in text and all(text.split("."))),
    st.text(alphabet="ab.", min_size=1, max_size=5),
)
def test_a_glob_covers_what_some_label_makes_match(pattern: str, base: str) -> None:
    names = [f"{label}.{base}" for label in naive.labels_to_try(pattern)]
    assert Glob.of(pattern).covers(base) == any(naive.matches(pattern, name) for name in names)


class CountingText(str):
    """A text that counts the characters that are searched."""

    __slots__ = ("searched",)

    def find(self, sub: str, start: int = 0, end: int | None = None) -> int:  # type: ignore[override]
        found = super().find(sub, start)
        self.searched = getattr(self, "searched", 0) + (len(self) if found < 0 else found + len(sub)) - start
        return found


@pytest.mark.parametrize("stars", [1, 10, 60, 120])
@pytest.mark.parametrize("piece", ["", "a", "ab", "aa"])
def test_hostile_globs_take_linear_time(stars: int, piece: str) -> None:
    """Each character of the text is searched for one piece only: no way back, however many stars."""
    for text in ("a" * 253, "ab" * 126, "a" * 252 + "b"):
        glob = Glob.of((f"*{piece}" * stars + "*b")[:253])
        counting = CountingText(text)
        glob.matches(counting)
        assert counting.searched <= 2 * len(text)


@pytest.mark.parametrize("stars", [1, 10, 60, 120])
@pytest.mark.parametrize("piece", ["", "a", ".", "a."])
def test_hostile_globs_cover_in_linear_time(stars: int, piece: str) -> None:
    """Twice: the dot after the label of the wildcard is that of the pattern, or a star takes it."""
    for text in ("a." * 126 + "a", "a." * 126 + "b", "aa." * 84 + "b"):
        glob = Glob.of((f"*.*{piece}" + f"*{piece}" * stars + "*b")[:253])
        counting = CountingText(text)
        glob.covers(counting)
        assert counting.searched <= 4 * len(text)


def test_an_enormous_entry_is_refused_before_it_is_matched() -> None:
    problem = allowed_domain_problem("*a" * 100_000, EntryRules(ALL_OPTIONS))
    assert problem is not None
    assert problem.code == "unusable-entry"
