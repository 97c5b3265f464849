"""Identifiers: what is one, and what its canonical form is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import InvalidIdentifierError
from reconciler.model.identifier import Identifier, parse_identifier


@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ("example.com", "dns", "example.com"),
        ("EXAMPLE.Com.", "dns", "example.com"),
        ("*.Example.com", "dns", "*.example.com"),
        ("a-b.c--d.example", "dns", "a-b.c--d.example"),
        ("1.example", "dns", "1.example"),
        ("x" * 63 + ".example", "dns", "x" * 63 + ".example"),
        ("räksmörgås.se", "dns", "xn--rksmrgs-5wao1o.se"),
        ("xn--rksmrgs-5wao1o.se", "dns", "xn--rksmrgs-5wao1o.se"),
        ("XN--RKSMRGS-5WAO1O.SE", "dns", "xn--rksmrgs-5wao1o.se"),
        ("*.räksmörgås.se", "dns", "*.xn--rksmrgs-5wao1o.se"),
        ("straße.de", "dns", "xn--strae-oqa.de"),
        ("日本語。example", "dns", "xn--wgv71a119e.example"),
        ("192.0.2.1", "ip", "192.0.2.1"),
        ("2001:DB8:0:0:0:0:0:1", "ip", "2001:db8::1"),
        ("::", "ip", "::"),
    ],
)
def test_canonical_forms(text: str, type_: str, value: str) -> None:
    identifier = parse_identifier(text)
    assert (identifier.type, identifier.value) == (type_, value)
    assert parse_identifier(identifier.value) == identifier


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "com",
        "localhost",
        "a..example",
        ".example.com",
        "example.com..",
        "a_b.example",
        "_acme-challenge.example.com",
        "-a.example",
        "a-.example",
        "a.*.example",
        "*",
        "*.",
        "*.com",
        "*.*.example.com",
        "a*.example.com",
        "a b.example",
        " a.example",
        "a.example\n",
        "https://a.example",
        "a.example/x",
        "a.example:443",
        "a@b.example",
        "x" * 64 + ".example",
        ".".join(["x" * 49] * 6),
        "ab--c.example",
        "xn--a.example",
        "xn--rksmrgs-5wao1o1.se",
        "💩.example",
        "a\u202eb.example",
        "a\x00.example",
        "\uff41_b.example",
        "1.2.3.4.5",
        "1.2.3",
        "256.1.1.1",
        "01.2.3.4",
        "192.0.2.0/24",
        "fe80::1%eth0",
        "[::1]",
        "::ffff:192.0.2.1",
        "\u0661.example.\u0662",
    ],
)
def test_what_is_no_identifier(text: str) -> None:
    with pytest.raises(InvalidIdentifierError):
        parse_identifier(text)


def test_a_wildcard_knows_its_base() -> None:
    wildcard = parse_identifier("*.example.com")
    assert (wildcard.is_wildcard, wildcard.base, str(wildcard)) == (True, "example.com", "*.example.com")
    assert not parse_identifier("example.com").is_wildcard


def test_people_see_both_forms() -> None:
    assert parse_identifier("räksmörgås.se").text == "xn--rksmrgs-5wao1o.se (räksmörgås.se)"
    assert parse_identifier("example.com").text == "example.com"
    assert Identifier("dns", "xn--zzzzzz.example").text == "xn--zzzzzz.example"


@given(st.text(alphabet=st.characters() | st.sampled_from("abc.-*_:%0123456789äß。"), max_size=30))
def test_any_text_is_one_or_is_refused(text: str) -> None:
    try:
        identifier = parse_identifier(text)
    except InvalidIdentifierError:
        return
    assert identifier.value.isascii()
    assert identifier.value == identifier.value.lower()
    assert parse_identifier(identifier.value) == identifier
