"""What the rules of IDNA 2008 and UTS 46 say, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.characters import describe

if TYPE_CHECKING:
    from idna import IDNAError

# By the code of idna's error; where that names a character, it follows.
_RULES = {
    "input_too_long": "is too long",
    "label_too_long": "has more than 63 characters once it is encoded (xn--)",
    "not_nfc": "has characters that are not composed as they must be (Unicode's form NFC)",
    "hyphen_3_4": "has -- in the third and fourth place, which only encoded labels (xn--) may have",
    "hyphen_start_end": "starts or ends with a hyphen",
    "leading_combiner": "starts with a combining mark:",
    "disallowed_codepoint": "has a character that no name may have (IDNA 2008):",
    "uts46_disallowed": "has a character that no name may have (UTS 46):",
    "contextj": "has a joiner where nothing is joined (RFC 5892, appendix A):",
    "contexto": "has a character that is allowed beside certain others only (RFC 5892, appendix A):",
    "unknown_codepoint": "has a character that is newer than this Python",
    "bidi_unknown_direction": "has a character that is newer than this Python:",
    "bidi_rule_1": "must start with a letter, as the name is right-to-left in part (RFC 5893), not with",
    "bidi_rule_2": "mixes right-to-left and left-to-right characters (RFC 5893):",
    "bidi_rule_3": "must end with a letter or digit, being right-to-left (RFC 5893), not with",
    "bidi_rule_4": "mixes European and Arabic digits in right-to-left text (RFC 5893):",
    "bidi_rule_5": "mixes left-to-right and right-to-left characters (RFC 5893):",
    "bidi_rule_6": "must end with a letter or digit: the name is right-to-left in part (RFC 5893), not with",
    "invalid_alabel": "starts with xn-- and cannot be decoded",
    "non_canonical_alabel": "starts with xn--, but what it decodes to is encoded in another way",
}
# With these there is nothing that the label decodes to, or it is not what is wrong.
_CODES_OF_THE_ENCODING = ("input_too_long", "label_too_long", "invalid_alabel", "non_canonical_alabel")


def in_plain_words(error: IDNAError, label: str) -> str:
    """Return why a label is refused: the label, the rule, and the character where it is one that is wrong."""
    subject = f"the label {label!r}"
    rule = _RULES.get(error.code or "")
    if rule is None:
        return f"{subject} is no part of a name: {error}"
    if label.isascii() and label.startswith("xn--") and error.code not in _CODES_OF_THE_ENCODING:
        subject += f" decodes to {label[4:].encode('ascii').decode('punycode')!r}, which"
    character = "" if error.codepoint is None else f" {describe(chr(error.codepoint))}"
    return f"{subject} {rule}{character}"
