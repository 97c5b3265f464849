"""Identifiers: what is one, and what its canonical form is."""

from __future__ import annotations

import subprocess
import sys

import pytest

from reconciler.model.identifier import Identifier, parse_identifier

A_LABEL = "xn--rksmrgs-5wao1o"


@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ("example.com", "dns", "example.com"),
        ("EXAMPLE.Com.", "dns", "example.com"),
        ("*.Example.com", "dns", "*.example.com"),
        ("*.example.com.", "dns", "*.example.com"),
        ("a-b.c--d.example", "dns", "a-b.c--d.example"),
        ("1.example", "dns", "1.example"),
        ("a.x1", "dns", "a.x1"),
        ("a.1x", "dns", "a.1x"),
        ("a.0xg", "dns", "a.0xg"),
        ("192.0.2.1.example", "dns", "192.0.2.1.example"),
        ("x" * 63 + ".example", "dns", "x" * 63 + ".example"),
        (f"a.{'b' * 63}", "dns", f"a.{'b' * 63}"),
        ("192.0.2.1", "ip", "192.0.2.1"),
        ("2001:DB8:0:0:0:0:0:1", "ip", "2001:db8::1"),
        ("2001:db8:0:0:1:0:0:1", "ip", "2001:db8::1:0:0:1"),
        ("2001:db8:0:1:1:1:1:1", "ip", "2001:db8:0:1:1:1:1:1"),
        ("::192.0.2.1", "ip", "::c000:201"),
        ("::", "ip", "::"),
    ],
)
def test_canonical_forms(text: str, type_: str, value: str) -> None:
    identifier = parse_identifier(text)
    assert (identifier.type, identifier.value) == (type_, value)
    assert parse_identifier(identifier.value) == identifier


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("räksmörgås.se", f"{A_LABEL}.se"),
        ("RÄKSMÖRGÅS.SE.", f"{A_LABEL}.se"),
        ("ra\u0308ksmo\u0308rga\u030as.se", f"{A_LABEL}.se"),
        (f"{A_LABEL}.se", f"{A_LABEL}.se"),
        (f"{A_LABEL.upper()}.SE", f"{A_LABEL}.se"),
        (f"*.{A_LABEL}.se", f"*.{A_LABEL}.se"),
        ("*.räksmörgås.se", f"*.{A_LABEL}.se"),
        # The dots of UTS 46, after a wildcard and at the end, too.
        ("日本語\u3002example", "xn--wgv71a119e.example"),
        ("日本語\uff0eexample\uff61", "xn--wgv71a119e.example"),
        ("*\u3002räksmörgås\uff61se", f"*.{A_LABEL}.se"),
        # Full width, a long s, the sign for kelvin, ligatures, soft hyphens.
        ("\uff25\uff58\uff41\uff4d\uff50\uff4c\uff45.\uff43\uff4f\uff4d", "example.com"),
        ("\uff11\uff12.example", "12.example"),
        ("\u212aelvin.example", "kelvin.example"),
        ("ma\u017ft.example", "mast.example"),
        ("\ufb01n.example", "fin.example"),
        ("exam\u00adple.com", "example.com"),
        ("example.com.\u00ad", "example.com"),
        # Not transitional: these are letters of their own.
        ("straße.de", "xn--strae-oqa.de"),
        ("STRASSE.de", "strasse.de"),
        ("βόλος.com", "xn--nxasmm1c.com"),
        ("βόλοσ.com", "xn--nxasmq6b.com"),
        ("ΒΌΛΟΣ.com", "xn--nxasmq6b.com"),
        ("\u0130stanbul.com", "xn--istanbul-o0e.com"),
        # Joiners where they join, a middle dot where Catalan has it.
        ("क्\u200dष.example", "xn--11b2ezcw70k.example"),
        ("بی\u200cبی.com", "xn--ngba50cb2343a.com"),
        ("col·lega.cat", "xn--collega-xma.cat"),
        # From right to left, below and above Latin labels.
        ("www.אב.com", "www.xn--4dbc.com"),
        ("אב1.com", "xn--1-zhcd.com"),
        ("a.אב", "a.xn--4dbc"),
        ("ä" * 57 + ".com", f"xn--4c{'a' * 57}.com"),
    ],
)
def test_any_form_of_a_name_is_that_name(text: str, value: str) -> None:
    assert parse_identifier(text) == Identifier("dns", value)


def test_the_longest_names_fit() -> None:
    longest = ".".join(["x" * 63] * 3 + ["y" * 61])
    assert len(longest) == 253
    assert parse_identifier(f"{longest}.").value == longest
    assert parse_identifier(f"*.{longest[2:]}").value == f"*.{longest[2:]}"
    international = ".".join(["x" * 60] * 4 + ["äa"])
    assert len(parse_identifier(international).value) == 253


def test_a_wildcard_knows_its_base() -> None:
    wildcard = parse_identifier("*.example.com")
    assert (wildcard.is_wildcard, wildcard.base, str(wildcard)) == (True, "example.com", "*.example.com")
    assert not parse_identifier("example.com").is_wildcard


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("example.com", "example.com"),
        ("192.0.2.1", "192.0.2.1"),
        ("räksmörgås.se", f"{A_LABEL}.se (räksmörgås.se)"),
        ("*.räksmörgås.se", f"*.{A_LABEL}.se (*.räksmörgås.se)"),
        ("a.räksmörgås.日本語", f"a.{A_LABEL}.xn--wgv71a119e (a.räksmörgås.日本語)"),
    ],
)
def test_people_see_both_forms(name: str, shown: str) -> None:
    assert parse_identifier(name).text == shown


def test_what_is_read_from_the_right_cannot_reorder_the_rest_of_a_line() -> None:
    assert parse_identifier("*.אב.com").text == "*.xn--4dbc.com (*.אב.com, right to left)"


def test_a_value_that_is_no_name_is_shown_as_it_is() -> None:
    assert Identifier("dns", "xn--zzzzzz.example").text == "xn--zzzzzz.example"


def test_nothing_is_loaded_for_plain_names_and_addresses() -> None:
    program = """
import sys
from reconciler.model.identifier import parse_identifier
for text in ("WWW.Example.com.", "*.example.com", "192.0.2.1", "2001:db8::1"):
    parse_identifier(text).text
print("idna" in sys.modules)
parse_identifier("b\\xfccher.example")
print("idna" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["False", "True"]
