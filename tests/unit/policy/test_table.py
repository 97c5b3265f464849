"""The table of the seed's API, row by row, and the decisions of decisions.txt."""

from __future__ import annotations

import pytest

from reconciler.model.identifier import parse_identifier
from reconciler.policy import decide
from tests.unit.policy import naive
from tests.unit.policy.cases import Case, read_cases, role_of

CASES = list(read_cases())
ASKED = (
    "example.com",
    "foo.example.com",
    "baz.foo.example.com",
    "*.example.com",
    "*.foo.example.com",
    "*.baz.foo.example.com",
    "evilexample.com",
    "www.example.com",
    "com.example",
    "example.org",
    "räksmörgås.se",
    "xn--rksmrgs-5wao1o.se",
    "a.räksmörgås.se",
    "192.0.2.1",
    "::1",
)
BOTH_FORMS = "räksmörgås.se xn--rksmrgs-5wao1o.se"
BELOW = "foo.example.com baz.foo.example.com www.example.com"


@pytest.mark.parametrize(
    ("entry", "options", "allowed"),
    [
        ("*.example.com", "", ""),
        ("foo.example.com", "", "foo.example.com"),
        ("*.example.com", "bare_domains", ""),
        ("example.com", "bare_domains", "example.com"),
        ("foo.example.com", "bare_domains", "foo.example.com"),
        ("*.example.com", "wildcards", "*.example.com"),
        ("example.com", "bare_domains, subdomains", f"example.com {BELOW}"),
        ("example.com", "subdomains", BELOW),
        ("*.example.com", "globs", BELOW),
        (
            "*.example.com",
            "globs, wildcards",
            f"{BELOW} *.example.com *.foo.example.com *.baz.foo.example.com",
        ),
        ("xn--rksmrgs-5wao1o.se", "bare_domains", BOTH_FORMS),
        ("räksmörgås.se", "bare_domains", BOTH_FORMS),
    ],
)
def test_the_twelve_rows(entry: str, options: str, allowed: str) -> None:
    role = role_of(entry, options)
    assert {each for each in ASKED if decide(role, parse_identifier(each)).allowed} == set(allowed.split())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_decisions(case: Case) -> None:
    decision = decide(case.role, parse_identifier(case.identifier), case.entity)
    found = (decision.allowed, decision.denial, decision.entry, decision.option, decision.filled)
    assert found == (case.allowed, case.denial, case.entry, case.option, case.filled)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_second_implementation_decides_the_same(case: Case) -> None:
    identifier = parse_identifier(case.identifier)
    if identifier.type == "ip":
        assert naive.allows_address(case.role, identifier.value) == case.allowed
    else:
        assert bool(naive.ways_to_allow(case.role, identifier.value, case.entity)) == case.allowed


def test_there_are_hundreds_of_cases() -> None:
    assert len({(case.title, case.identifier) for case in CASES}) > 300
    assert {case.denial for case in CASES} >= {"not_listed", "denied_domain", "public_suffix", "address"}
