"""Labels that mix scripts: which are found, and what is said of them."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import InvalidIdentifierError
from reconciler.model.identifier import parse_identifier
from reconciler.model.scripts import MixedLabel, mixed_scripts

CYRILLIC_A = "\u0430"


@pytest.mark.parametrize(
    "name",
    [
        "example.com",
        "*.example.com",
        "räksmörgås.se",
        "*.bücher.example",
        # Each label is of one script, the name is not.
        "räksmörgås.рф",
        "例え.テスト",
        # Digits and hyphens go with all scripts, a mark with the letter that it is on.
        "москва-2026.example",
        "βόλος-1.example",
        "क्\u200dष.example",
        "col·lega.cat",
        # Digits of their own, where their script is.
        "ب\u0661\u0662.example",
        # What Japanese, Korean and Chinese are written with, Latin letters among them.
        "日本語カタカナひらがな.example",
        "ラーメン.example",
        "日本語abcカナひら.example",
        "abcー.example",
        "한국어漢字.example",
        "한국어abc漢字.example",
        "漢字ㄅㄆ.example",
        "漢字abcㄅ.example",
        "カ\u30fbb.example",
    ],
)
def test_what_is_written_together_is_not_mixed(name: str) -> None:
    assert mixed_scripts(parse_identifier(name).value) == ()
    assert mixed_scripts(name) == ()


@pytest.mark.parametrize(
    ("label", "scripts", "odd"),
    [
        (f"p{CYRILLIC_A}yp{CYRILLIC_A}l", ("Latin", "Cyrillic"), CYRILLIC_A),
        ("кафе-bar", ("Cyrillic", "Latin"), "bar"),
        ("gωωgle", ("Latin", "Greek"), "ω"),
        # Of equals, it is the one from elsewhere that is odd.
        (f"{CYRILLIC_A}b", ("Latin", "Cyrillic"), CYRILLIC_A),
        (f"b{CYRILLIC_A}", ("Latin", "Cyrillic"), CYRILLIC_A),
        ("ωж", ("Greek", "Cyrillic"), "ж"),
        (f"ab{CYRILLIC_A}ω", ("Latin", "Cyrillic", "Greek"), f"{CYRILLIC_A}ω"),
        ("aշ", ("Latin", "Armenian"), "շ"),
        ("\u13daamsung\u13da", ("Latin", "Cherokee"), "\u13da"),
        # Together by two, not by three; nor these two.
        ("ひ한", ("Hiragana", "Hangul"), "한"),
        ("カㄅ", ("Katakana", "Bopomofo"), "ㄅ"),
        ("漢字ひж", ("Japanese", "Cyrillic"), "ж"),
        ("한漢ж", ("Korean", "Cyrillic"), "ж"),
        ("漢ㄅж", ("Han with Bopomofo", "Cyrillic"), "ж"),
        ("ab漢字ひж", ("Japanese", "Latin", "Cyrillic"), "ж"),
        ("ひж", ("Hiragana", "Cyrillic"), "ж"),
        ("漢ж", ("Han", "Cyrillic"), "ж"),
        ("दন", ("Devanagari", "Bengali"), "ন"),
    ],
)
def test_what_is_mixed(label: str, scripts: tuple[str, ...], odd: str) -> None:
    mixed = (MixedLabel(label, scripts, tuple(odd)),)
    assert mixed_scripts(parse_identifier(f"www.{label}.example").value) == mixed
    assert mixed_scripts(parse_identifier(f"*.{label}.example").value) == mixed


def test_all_mixed_labels_of_a_name_are_found() -> None:
    name = parse_identifier(f"{CYRILLIC_A}b.bücher.aω.example").value
    assert [each.label for each in mixed_scripts(name)] == [f"{CYRILLIC_A}b", "aω"]


@pytest.mark.parametrize("entry", ["*", "", "xn--", "api-*.xn--99999999999.com", "xn--abc-"])
def test_what_is_no_name_is_passed_over(entry: str) -> None:
    assert mixed_scripts(entry) == ()


@pytest.mark.parametrize(
    "entry",
    [
        f"{{{{identity.entity.name}}}}.p{CYRILLIC_A}ypal.com",
        f"*.p{CYRILLIC_A}ypal.com",
        "api-*.xn--pypal-4ve.com",
        "XN--PYPAL-4VE.COM",
        f"p{CYRILLIC_A}ypal",
        f"www\u3002p{CYRILLIC_A}ypal\uff0ecom",
        f"P{CYRILLIC_A.upper()}YPAL\uff61com",
    ],
)
def test_entries_of_a_role_are_looked_at_by_their_labels(entry: str) -> None:
    (mixed,) = mixed_scripts(entry)
    assert (mixed.label, mixed.odd) == (f"p{CYRILLIC_A}ypal", (CYRILLIC_A,))


def test_people_are_told_which_character_is_odd() -> None:
    (mixed,) = mixed_scripts("xn--pypal-4ve.com")
    assert mixed.text == (
        f"the label `p{CYRILLIC_A}ypal` mixes Latin and Cyrillic characters: U+0430 CYRILLIC SMALL LETTER A"
    )


def test_people_are_not_told_of_too_many() -> None:
    (mixed,) = mixed_scripts("abcdefgжюяλω")
    assert mixed.text == (
        "the label `abcdefgжюяλω` mixes Latin, Cyrillic and Greek characters: "
        "U+0436 CYRILLIC SMALL LETTER ZHE, U+044E CYRILLIC SMALL LETTER YU, "
        "U+044F CYRILLIC SMALL LETTER YA and 2 more"
    )


LETTERS = st.sampled_from("abcäжяωλ日漢ひカー한국ㄅא1-·\u0661")


@given(st.text(LETTERS, min_size=1, max_size=8))
def test_the_odd_characters_are_what_is_too_much(label: str) -> None:
    for mixed in mixed_scripts(label):
        assert len(mixed.scripts) > 1
        rest = "".join(each for each in label if each not in mixed.odd)
        assert mixed_scripts(rest) == ()
        assert rest.strip("1-")


@given(st.text(LETTERS, min_size=1, max_size=8))
def test_a_label_is_judged_alike_in_both_forms(label: str) -> None:
    try:
        value = parse_identifier(f"{label}.example").value
    except InvalidIdentifierError:
        return
    assert mixed_scripts(value) == mixed_scripts(label)


def test_ascii_names_load_no_tables() -> None:
    program = """
import sys
from reconciler.model.scripts import mixed_scripts
mixed_scripts("www.example.com"), mixed_scripts("*.{{identity.entity.name}}.example")
print("fontTools" in sys.modules)
mixed_scripts("xn--bcher-kva.example")
print("fontTools" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["False", "True"]
