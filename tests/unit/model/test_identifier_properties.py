"""What holds of all identifiers, whatever was written."""

from __future__ import annotations

import string
import unicodedata

from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.errors import InvalidIdentifierError
from reconciler.model.identifier import Identifier, parse_identifier

LDH = frozenset(string.ascii_lowercase + string.digits + "-")
# RFC 5892, section 2.6 and appendix A: what else a label may have.
NO_LETTERS = "-\u00b7\u0375\u05f3\u05f4\u06fd\u06fe\u0f0b\u200c\u200d\u30fb"
DOTS = ".\u3002\uff0e\uff61"
# Letters of one direction each, as a label must not mix them; none shares its upper case.
ALPHABETS = (
    "abcxyz0129-",
    "abcäöéñžk12-",
    "\u0430\u0431вжя3-",
    "αβγσω",
    "日本語カひ",
    "한국어",
    "אבגד",
    "ابپ",
)
ANYTHING = st.characters() | st.sampled_from("abc.-*_:%0123456789xnäß。*\uff0e\u00ad\u200d\u0661אъ")

labels = st.one_of(*(st.text(st.sampled_from(alphabet), min_size=1, max_size=12) for alphabet in ALPHABETS))
names = st.tuples(
    st.lists(labels, min_size=1, max_size=4).map(".".join), st.sampled_from(["com", "рф", "한국"])
).map(".".join)
fake_a_labels = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).map(
    lambda label: f"xn--{label.encode('punycode').decode('ascii')}.example"
)
texts = st.text(ANYTHING, max_size=30) | names | names.map(lambda name: f"*.{name}") | fake_a_labels


def parsed(text: str) -> Identifier | None:
    result = parsed_or_refused(text)
    return result if isinstance(result, Identifier) else None


def parsed_or_refused(text: str) -> Identifier | InvalidIdentifierError:
    try:
        return parse_identifier(text)
    except InvalidIdentifierError as error:
        return error


def is_host_name(name: str) -> bool:
    """By RFC 1123 and 5890, without the means of the code under test."""
    labels = name.split(".")
    return (
        len(name) <= 253
        and len(labels) > 1
        and all(map(is_label, labels))
        and not set(labels[-1]) <= set("0123456789")
    )


def is_label(label: str) -> bool:
    if not 1 <= len(label) <= 63 or not set(label) <= LDH or "-" in (label[0], label[-1]):
        return False
    return label[2:4] != "--" or is_a_label(label)


def is_a_label(label: str) -> bool:
    if not label.startswith("xn--"):
        return False
    decoded = label[4:].encode("ascii").decode("punycode")
    # These two stay as they are, though other letters have the same upper case.
    folded = decoded.replace("ß", "").replace("ς", "")
    return (
        not decoded.isascii()
        and label == f"xn--{decoded.encode('punycode').decode('ascii')}"
        and unicodedata.is_normalized("NFC", decoded)
        and folded == unicodedata.normalize("NFC", folded.casefold())
        and all(unicodedata.category(each)[0] in "LMN" or each in NO_LETTERS for each in decoded)
    )


@given(texts)
def test_any_text_is_an_identifier_or_is_refused(text: str) -> None:
    identifier = parsed(text)
    assume(identifier is not None and identifier.type == "dns")
    assert identifier is not None
    assert is_host_name(identifier.base)
    assert len(identifier.value) <= 253
    assert identifier.is_wildcard == text.startswith("*")


@given(texts)
def test_what_is_canonical_stays_as_it_is(text: str) -> None:
    identifier = parsed(text)
    assume(identifier is not None)
    assert identifier is not None
    assert parse_identifier(identifier.value) == identifier


def other_forms(name: str, draw: st.DataObject) -> str:
    """Return the name as another person may have written it."""
    # An upper-case letter of its own, which is not the case for all (ß, final sigma).
    upper = {each: each.upper() for each in name if len(each.upper()) == 1 and each.upper().lower() == each}
    wide = {each: chr(ord(each) + 0xFEE0) for each in name if each in LDH}
    dots = {".": draw.draw(st.sampled_from(DOTS))}
    written = name
    for changes in draw.draw(st.permutations([upper, wide, dots])):
        chosen = draw.draw(st.sets(st.sampled_from(sorted(changes)))) if changes else set()
        written = "".join(changes[each] if each in chosen else each for each in written)
    if draw.draw(st.booleans()):
        written = unicodedata.normalize("NFD", written)
    return f"{written}{draw.draw(st.sampled_from(['', *DOTS]))}"


@given(names, st.booleans(), st.data())
def test_all_forms_of_a_name_are_one_identifier(name: str, wildcard: bool, data: st.DataObject) -> None:
    identifier = parsed(f"*.{name}" if wildcard else name)
    assume(identifier is not None)
    assert identifier is not None
    star = f"*{data.draw(st.sampled_from(DOTS))}" if wildcard else ""
    assert parsed(f"{star}{other_forms(name, data)}") == identifier
    assert parsed(f"{star}{other_forms(identifier.base, data)}") == identifier


@given(names)
def test_the_form_for_people_has_the_name_and_what_it_means(name: str) -> None:
    identifier = parsed(name)
    assume(identifier is not None)
    assert identifier is not None
    value, _, rest = identifier.text.partition(" ")
    assert value == identifier.value
    if rest:
        assert parsed(rest.strip("()").removesuffix(", right to left")) == identifier
    assert identifier.text.isprintable()


@given(texts)
def test_a_refusal_can_be_printed(text: str) -> None:
    error = parsed_or_refused(text)
    assume(isinstance(error, InvalidIdentifierError))
    assert str(error).startswith(f"{text!r}: ")
    assert str(error).isprintable()
