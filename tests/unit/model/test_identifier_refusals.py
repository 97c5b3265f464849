"""What is no identifier, and what the person who wrote it is told."""

from __future__ import annotations

import pytest

from reconciler.errors import InvalidIdentifierError
from reconciler.model.identifier import parse_identifier

EMPTY = "an empty label"
WILDCARD = "a wildcard must be the whole first label"
LDH = "host names have letters, digits and hyphens"
NUMBER = "neither an IP address nor a name"
PLACE = "has -- in the third and fourth place"


def refusal(text: str) -> str:
    with pytest.raises(InvalidIdentifierError) as raised:
        parse_identifier(text)
    start, _, reason = str(raised.value).partition(f"{text!r}: ")
    assert start == ""
    return reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", EMPTY),
        (".", EMPTY),
        ("\u3002", EMPTY),
        ("a..example", EMPTY),
        (".example.com", EMPTY),
        ("example.com..", EMPTY),
        ("example\u3002\u3002com", EMPTY),
        ("example.com\u3002.", EMPTY),
        ("\u00ad.example.com", EMPTY),
        ("example.com.\u00ad.", EMPTY),
        ("*.", EMPTY),
        ("*..example.com", EMPTY),
        ("com", "a single label"),
        ("localhost.", "a single label"),
        ("*.com", "a single label"),
        ("räksmörgås", "a single label"),
        ("*", WILDCARD),
        ("a.*.example", WILDCARD),
        ("*.*.example.com", WILDCARD),
        ("a*.example.com", WILDCARD),
        ("*a.example.com", WILDCARD),
        ("**.example.com", WILDCARD),
        ("*ä.example.com", WILDCARD),
        ("\uff0a.example.com", WILDCARD),
        ("\ufe61.räksmörgås.se", WILDCARD),
        ("*\u00ad.example.com", WILDCARD),
        ("_acme-challenge.example.com", "an underscore in '_acme-challenge'"),
        ("\uff41_b.example", "an underscore in 'a_b'"),
        ("\uff3fa.example", "an underscore in '_a'"),
        ("a b.example", f"U+0020 SPACE in 'a b'; {LDH}"),
        (" a.example", LDH),
        ("a\u3000b.example", LDH),
        ("a.example\n", "U+000A (a control character) in 'example\\n'"),
        ("a\x00.example", "U+0000 (a control character)"),
        ("a.example\x7f", "U+007F (a control character)"),
        ("https://a.example", "U+003A COLON"),
        ("a.example/x", "U+002F SOLIDUS"),
        ("\u2100.example", "U+002F SOLIDUS in 'a/c'"),
        ("a.example:443", "U+003A COLON in 'example:443'"),
        ("a@b.example", "U+0040 COMMERCIAL AT"),
        ("[::1]", "U+005B LEFT SQUARE BRACKET"),
        ("192.0.2.0/24", "U+002F SOLIDUS"),
        ("-a.example", "starts or ends with a hyphen"),
        ("a-.example", "starts or ends with a hyphen"),
        ("a.-b", "starts or ends with a hyphen"),
        ("ä-.example", "starts or ends with a hyphen"),
        ("\uff0da.example", "starts or ends with a hyphen"),
    ],
)
def test_form(text: str, reason: str) -> None:
    assert reason in refusal(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x" * 64 + ".example", "has 64 characters; 63 are allowed"),
        ("a." + "x" * 64, "has 64 characters; 63 are allowed"),
        ("ä" * 58 + ".example", "has more than 63 characters once it is encoded"),
        ("ä" * 300 + ".example", "has more than 63 characters once it is encoded"),
        (".".join(["x" * 63] * 3 + ["y" * 62]), "at most 253 characters, this has 254"),
        ("*." + ".".join(["x" * 63] * 3 + ["y" * 60]), "at most 253 characters, this has 254"),
        (".".join(["x" * 60] * 4 + ["äaa"]), "at most 253 characters, this has 254"),
        ("a." * 500_000 + "example!", "at most 253 characters, this has 1000008"),
        ("ä" * 100_000, "at most 253 characters, this has 100000"),
    ],
)
def test_length(text: str, reason: str) -> None:
    assert reason in refusal(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1.2.3", NUMBER),
        ("1.2.3.4.5", NUMBER),
        ("256.1.1.1", NUMBER),
        ("01.2.3.4", NUMBER),
        ("0177.0.0.1", NUMBER),
        ("127.1", NUMBER),
        ("2130706433", NUMBER),
        ("0x7f.0.0.1", NUMBER),
        ("0x7f000001", NUMBER),
        ("127.0.0.0x1", NUMBER),
        ("127.0.0.0X1.", NUMBER),
        ("127.0.0.0x", NUMBER),
        ("a.example.1", NUMBER),
        ("*.2.3", NUMBER),
        ("räksmörgås.1", NUMBER),
        ("\uff11.\uff12.\uff13.\uff14", "the address 1.2.3.4 in another form; write 1.2.3.4"),
        ("1.2.3.\u2074", "write 1.2.3.4"),
        ("1\u30022\u30023\u30024", "write 1.2.3.4"),
        ("192.0.2.1.", "write 192.0.2.1"),
        ("*.192.0.2.1", "a wildcard cannot stand for addresses"),
        ("fe80::1%eth0", "a zone"),
        ("::ffff:192.0.2.1", "write 192.0.2.1"),
        ("::1.", "U+003A COLON"),
        ("\uff12001:db8::1", "U+003A COLON"),
        ("192.0.2.1\n", "U+000A (a control character)"),
    ],
)
def test_numbers_and_addresses(text: str, reason: str) -> None:
    assert reason in refusal(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ab--c.example", PLACE),
        ("äb--c.example", PLACE),
        ("xn--ä.example", PLACE),
        ("xn--.example", "starts or ends with a hyphen"),
        ("xn--abc-.example", "starts or ends with a hyphen"),
        ("xn--99999999999.example", "cannot be decoded"),
        ("xn--rksmrgs-5wao1o1.se", "the label 'xn--rksmrgs-5wao1o1' starts with xn-- and cannot be decoded"),
        ("xn---bbk.example", "what it decodes to is encoded in another way"),
        ("xn--a.example", "decodes to '\\x80', which has a character that no name may have"),
    ],
)
def test_what_is_no_a_label(text: str, reason: str) -> None:
    assert reason in refusal(text)


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        ("Ä", "decodes to 'Ä', which has a character that no name may have"),
        ("\uff41", "U+FF41 FULLWIDTH LATIN SMALL LETTER A"),
        ("ä\u00ad", "U+00AD SOFT HYPHEN"),
        ("a\u0308", "characters that are not composed"),
        ("xn--ä", f"decodes to 'xn--ä', which {PLACE}"),
        ("-ä", "decodes to '-ä', which starts or ends with a hyphen"),
        ("ä\u200d", "has a joiner where nothing is joined"),
        ("\ud800", "U+D800 (half of a surrogate pair)"),
        ("אa", "decodes to 'אa', which mixes right-to-left and left-to-right characters"),
        ("💩", "U+1F4A9 PILE OF POO"),
    ],
)
def test_an_a_label_must_decode_to_what_could_be_written(label: str, reason: str) -> None:
    assert reason in refusal(f"a.xn--{label.encode('punycode').decode('ascii')}.example")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "💩.example",
            "the label '💩' has a character that no name may have (IDNA 2008): U+1F4A9 PILE OF POO",
        ),
        (
            "a.x\u202eb.example",
            "the label 'x\\u202eb' has a character that no name may have (UTS 46): U+202E RIGHT",
        ),
        ("\u2488.example", "no name may have (UTS 46): U+2488"),
        ("xn--a\u2024b.example", "the label 'xn--a\u2024b' has a character that no name may have"),
        ("\ud800.example", "U+D800 (half of a surrogate pair)"),
        ("\ue000.example", "U+E000 (for private use)"),
        ("\U0003fffe.example", "U+3FFFE (not known to this Python)"),
        ("\u0301a.example", "starts with a combining mark: U+0301 COMBINING ACUTE ACCENT"),
        ("a\u200db.example", "has a joiner where nothing is joined"),
        ("a\u200cb.example", "has a joiner where nothing is joined"),
        ("a·b.example", "beside certain others only (RFC 5892, appendix A): U+00B7 MIDDLE DOT"),
        ("a\u30fbb.example", "U+30FB KATAKANA MIDDLE DOT"),
        ("ب\u0660\u06f0.example", "beside certain others only"),
        ("אa.example", "mixes right-to-left and left-to-right characters (RFC 5893): U+0061"),
        ("aא.example", "mixes left-to-right and right-to-left characters (RFC 5893): U+05D0"),
        ("1א.example", "must start with a letter"),
        ("1.אב.example", "the label '1' must start with a letter, as the name is right-to-left in part"),
        ("אב.2a.example", "the label '2a' must start with a letter"),
        ("*.1.xn--4dbc.example", "the label '1' must start with a letter"),
        ("א1\u0663.example", "mixes European and Arabic digits"),
        ("\u0661.example.\u0662", "must start with a letter"),
        ("א\u30fbカ.example", "mixes right-to-left and left-to-right characters"),
    ],
)
def test_characters(text: str, reason: str) -> None:
    assert reason in refusal(text)
