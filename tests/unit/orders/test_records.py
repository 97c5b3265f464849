"""Records as lines of a zone file."""

from __future__ import annotations

from reconciler.model.role import ChallengeType
from reconciler.orders.records import ResourceRecord, challenge_records, quoted
from tests.unit.orders.test_instructions import DIGEST, instruction

NAME = "_acme-challenge.example.com"


def test_a_name_and_its_wildcard_may_share_a_record() -> None:
    kinds = [("example.com", ChallengeType.DNS_01), ("*.example.com", ChallengeType.DNS_01)]
    [record] = challenge_records(instruction(*each) for each in kinds)
    assert record.zone_line == f'{NAME}. 60 IN TXT "{DIGEST}"'
    assert challenge_records([instruction("example.com", ChallengeType.HTTP_01)]) == ()


def test_a_long_text_is_in_parts_and_a_long_property_is_not() -> None:
    value = "a" * 254 + '"' + "b\\"
    text = ResourceRecord(NAME, "TXT", 60, value).zone_line
    assert text == f'{NAME}. 60 IN TXT "{"a" * 254}\\"" "b\\\\"'
    caa = ResourceRecord("example.com", "CAA", 60, value, "issue").zone_line
    assert caa == f'example.com. 60 IN CAA 0 issue "{"a" * 254}\\"b\\\\"'
    assert ResourceRecord(NAME, "TXT", 60, "").zone_line == f'{NAME}. 60 IN TXT ""'


def test_character_strings_as_a_zone_file_has_them() -> None:
    assert quoted(["a", 'b"c']) == '"a" "b\\"c"'
