"""What roles allow; the rows of the seed's table that hold in this issue, and nothing beyond."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.certificate import CertificateSpec
from reconciler.model.finding import Location
from reconciler.model.identifier import parse_identifier
from reconciler.model.role import DomainOption, Role
from reconciler.policy import Denial, check, decide

HERE = Location("roles/web.yaml", 1, 1)


def role(domains: str, options: str = "") -> Role:
    names = frozenset(DomainOption(each) for each in options.split())
    return Role("web", "le", HERE, HERE, allowed_domains=tuple(domains.split()), allowed_domain_options=names)


NOTHING: tuple[str, ...] = ()
ASKED = (
    "example.com",
    "foo.example.com",
    "baz.foo.example.com",
    "*.example.com",
    "*.foo.example.com",
    "192.0.2.1",
)


@pytest.mark.parametrize(
    ("domains", "options", "allowed"),
    [
        ("*.example.com", "", NOTHING),
        ("foo.example.com", "", ("foo.example.com",)),
        ("*.example.com", "bare_domains", NOTHING),
        ("example.com", "bare_domains", ("example.com",)),
        ("foo.example.com", "bare_domains", ("foo.example.com",)),
        # The other options grant nothing yet, and take nothing away.
        ("example.com", "bare_domains subdomains", ("example.com",)),
        ("example.com", "subdomains", NOTHING),
        ("*.example.com", "wildcards", NOTHING),
        ("*.example.com", "globs wildcards", NOTHING),
        ("example.com", "globs", NOTHING),
        # What the table leaves open is refused.
        ("", "bare_domains", NOTHING),
        ("192.0.2.1", "", NOTHING),
        ("{{identity.entity.name}}.example.com *", "bare_domains", NOTHING),
        ("com foo..example.com", "", NOTHING),
        ("EXAMPLE.com. foo.example.com", "", ("example.com", "foo.example.com")),
    ],
)
def test_the_table(domains: str, options: str, allowed: tuple[str, ...]) -> None:
    found = tuple(each for each in ASKED if decide(role(domains, options), parse_identifier(each)).allowed)
    assert found == allowed


@pytest.mark.parametrize("entry", ["xn--rksmrgs-5wao1o.se", "räksmörgås.se", "RÄKSMÖRGÅS.SE"])
@pytest.mark.parametrize("asked", ["xn--rksmrgs-5wao1o.se", "räksmörgås.se"])
def test_both_forms_of_a_name(entry: str, asked: str) -> None:
    decision = decide(role(entry, "bare_domains"), parse_identifier(asked))
    assert decision.allowed
    assert decision.entry == entry


@pytest.mark.parametrize(
    ("domains", "options", "asked", "denial", "words"),
    [
        ("a.example", "", "b.example", Denial.NOT_LISTED, "no entry"),
        (
            "a.example",
            "subdomains globs",
            "b.a.example",
            Denial.NOT_LISTED,
            "globs, subdomains: not supported yet",
        ),
        ("a.example", "subdomains", "a.example", Denial.OPTION_MISSING, "bare_domains"),
        ("a.example", "wildcards", "*.a.example", Denial.WILDCARD, "wildcards"),
        ("a.example", "", "::1", Denial.ADDRESS, "addresses"),
    ],
)
def test_a_denial_says_why(domains: str, options: str, asked: str, denial: Denial, words: str) -> None:
    decision = decide(role(domains, options), parse_identifier(asked))
    assert (decision.allowed, decision.denial) == (False, denial)
    assert words in decision.reason


def test_an_answer_names_entry_and_option() -> None:
    decision = decide(role("A.example b.example", "bare_domains"), parse_identifier("a.example"))
    assert (decision.entry, decision.option, decision.denial) == (
        "A.example",
        DomainOption.BARE_DOMAINS,
        None,
    )
    assert decide(role("a.example"), parse_identifier("a.example")).option is None


labels = st.from_regex(r"[a-z][a-z0-9]{0,4}", fullmatch=True)
some_names = st.lists(labels, min_size=2, max_size=4).map(".".join)


@given(
    st.lists(some_names, max_size=4), st.sets(st.sampled_from(list(DomainOption))), some_names, st.booleans()
)
def test_nothing_is_allowed_that_is_not_listed(
    entries: list[str], options: set[DomainOption], asked: str, listed: bool
) -> None:
    asked = entries[0] if listed and entries else asked
    decision = decide(role(" ".join(entries), " ".join(options)), parse_identifier(asked))
    assert decision.allowed == (asked in entries and (not options or DomainOption.BARE_DOMAINS in options))


def test_findings_stand_on_the_identifiers() -> None:
    asked = tuple(map(parse_identifier, ("a.example", "räksmörgås.se", "*.a.example")))
    places = tuple(Location("certificates/www.yaml", line, 5, 9) for line in (3, 4, 5))
    findings = check(CertificateSpec("www", role("a.example"), asked, places[0], places))
    assert [(each.code, each.location) for each in findings] == [("denied", places[1]), ("denied", places[2])]
    assert "xn--rksmrgs-5wao1o.se (räksmörgås.se)" in findings[0].message
    assert "roles/web.yaml" in (findings[0].hint or "")


def test_another_role_with_the_same_name_is_asked_anew() -> None:
    asked = parse_identifier("a.example")
    for _ in range(3):
        assert decide(role("a.example"), asked).allowed
        assert not decide(role("b.example"), asked).allowed
