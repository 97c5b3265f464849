"""What is read and written without PyYAML is what PyYAML would read and write."""

from __future__ import annotations

import datetime as dt
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.model.account import KeyType
from reconciler.model.evidence import Evidence, Grant, Requester
from reconciler.model.fulfillment import Method, Way
from reconciler.model.identifier import parse_identifier
from reconciler.model.origin import CommitAuthor, Origin
from reconciler.model.problem import Problem
from reconciler.model.renewal import RenewalInfo, RenewalWindow
from reconciler.model.revocation import Revocation, RevocationReason
from reconciler.model.role import ChallengeType, DomainOption
from reconciler.store.codec import encode_account, encode_certificate
from reconciler.store.order_codec import encode_order
from reconciler.store.own_yaml import read_own, write_own
from reconciler.store.record_yaml import UnreadableError, dump, load
from reconciler.store.records import record_bytes
from tests.unit.store.test_codec import certificates, orders
from tests.unit.values import DAY, NOW, account, authorization, certificate, order

if TYPE_CHECKING:
    from collections.abc import Callable

STATES = sorted((Path(__file__).parents[2] / "states").glob("*/state/**/*.yaml"))

# What YAML, PyYAML or the expressions in between could take for something else; most of it can be taken.
WORDS = [
    "yes",
    "No",
    "TRUE",
    "off",
    "null",
    "~",
    "=",
    "<<",
    ".inf",
    "2026-01-31",
    "2026-01-31 12:00:00",
    "-a",
    "",
    "é",
]
WORDS += [
    "---",
    "--- a",
    "...",
    "- a",
    "a: b",
    "a #b",
    "::1",
    "2001:db8::1",
    "*.a.example",
    "{{a}}.b",
    "a" * 999,
]
PIECES = [*"aexTZ0127.:-_+/ ", *"a1"] * 3 + list(
    "#'\"*&!%@,[]{}?|>~=<\\\t\n\x85\xa0\xad\u2028\ufeff\U0001f600é"
)
texts = st.sampled_from(WORDS) | st.lists(st.sampled_from(PIECES), max_size=6).map("".join)
keys = st.sampled_from(["name", "a-b", "cert.pem", "order_id", "x1"])
odd_keys = keys | st.sampled_from(["on", "y", "12", "a b", "-", "é", "", "a:"])


def records_of(
    keys: st.SearchStrategy[str], leaves: st.SearchStrategy[object]
) -> st.SearchStrategy[dict[str, Any]]:
    def deeper(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
        return st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3)

    return st.dictionaries(keys, st.recursive(leaves, deeper, max_leaves=6), max_size=4)


records = records_of(keys, texts) | records_of(odd_keys, texts | st.booleans() | st.integers() | st.none())


def check_written(record: dict[str, Any]) -> None:
    """See that a record is written as PyYAML writes it, and read as PyYAML reads it."""
    assert write_own(record) in (None, dump(record))
    check_read(dump(record).encode())


def check_read(content: bytes) -> None:
    found = read_own(content)
    if found is not None:
        assert found == load(content)


@settings(deadline=None, max_examples=300)
@given(records)
def test_any_record_is_written_and_read_as_by_pyyaml(record: dict[str, Any]) -> None:
    check_written(record)


@settings(deadline=None, max_examples=50)
@given(orders.map(encode_order) | certificates.map(encode_certificate))
def test_orders_and_certificates_are_written_and_read_as_by_pyyaml(record: dict[str, Any]) -> None:
    check_written(record)


REQUESTER = Requester("0123" * 10, "SHA256:uNiVztksCsDhcc0u9e8BrqmDZyCQ", "e-1", "Ada Lovelace")
EVIDENCE = Evidence(
    grants=(
        Grant(parse_identifier("*.example.com"), "example.com", DomainOption.WILDCARDS),
        Grant(
            parse_identifier("ada.example.com"),
            "{{identity.entity.name}}.example.com",
            None,
            "ada.example.com",
        ),
        Grant(parse_identifier("2001:db8::1"), "2001:db8::/32"),
    ),
    requester=REQUESTER,
    policy_commit="89ab" * 10,
)
ORIGIN = Origin(
    "0123" * 10,
    run_url="https://ci.example/run?id=1",
    requester=CommitAuthor("4567", "Jürgen, Dr. (PKI)", ""),
)
PROBLEM = Problem("urn:ietf:params:acme:error:dns", "DNS problem: NXDOMAIN looking up A for a.example", 400)
FULL_ORDER = replace(
    order("shop/www", "*.example.com", "2001:db8::1", "192.0.2.1"),
    evidence=EVIDENCE,
    origin=ORIGIN,
    last_error=PROBLEM,
    revocation=Revocation(NOW, RevocationReason.SUPERSEDED),
    authorizations=(
        replace(authorization("192.0.2.1", chosen=ChallengeType.HTTP_01), presented="-to_ken.-key"),
        replace(
            authorization("*.example.com"),
            method=Method(Way.DNS_PROVIDER, "dns", "_acme-challenge.example.com"),
        ),
    ),
    expires=NOW + DAY / 7,
    order_url="https://ca.test/order/1?a=b&c=%20",
)
FULL_CERTIFICATE = replace(
    certificate("shop/www", "*.example.com", "2001:db8::1"),
    serial_number="04:12:35:56",
    issuer="CN=R3, O=Let's Encrypt (STAGING), C=US",
    key_type=KeyType.RSA_2048,
    certificate_id="aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE",
    files={"privkey.pem": "0123456789" * 6 + "0123", "cert.pem": f"{7 * 9**66:x}"[:64]},
    renewal_info=RenewalInfo(NOW, RenewalWindow(NOW, NOW + DAY), NOW + DAY / 3),
    evidence=EVIDENCE,
    origin=ORIGIN,
)


@pytest.mark.parametrize(
    "record",
    [encode_order(FULL_ORDER), encode_certificate(FULL_CERTIFICATE), encode_account(account())],
    ids=["order", "certificate", "account"],
)
def test_what_records_hold_in_life_needs_no_pyyaml(record: dict[str, Any]) -> None:
    assert write_own(record) == dump(record)
    assert read_own(record_bytes(record)) == load(record_bytes(record))


@pytest.mark.parametrize("path", STATES, ids=lambda path: "-".join(path.parts[-4:]))
def test_what_the_program_has_written_so_far_needs_no_pyyaml(path: Path) -> None:
    content = path.read_bytes()
    assert read_own(content) == load(content)
    if "trusted_ca" not in content.decode():  # of several lines
        record = yaml.safe_load(content.replace(b": '20", b": !!str '20"))
        assert write_own(record) == content.decode()


def _edited(record: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    for place, length, text in edits:
        at = place % (len(record) + 1)
        record = record[:at] + text + record[at + length :]
    return record


def _rearranged(record: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    lines = record.split(b"\n")
    for place, length, text in edits:
        at = place % len(lines)
        other = (place + length) % len(lines)
        match length % 5:
            case 0:
                lines.insert(at, lines[other])
            case 1:
                lines[at] = b"  " + lines[at]
            case 2:
                lines[at] = lines[at].removeprefix(b"  ").removeprefix(b"- ")
            case 3:
                del lines[at : at + 1 + length // 4]
                lines.append(b"")
            case _:
                lines.insert(at, text)
    return b"\n".join(lines)


SEEDS = [record_bytes(encode_order(FULL_ORDER)), record_bytes(encode_certificate(FULL_CERTIFICATE))]
SEEDS += [
    b"a:\n- b\n- c: d\n  e:\n    f: g\n  h:\n  - i\nj: ''\n",
    *(path.read_bytes() for path in STATES[:2]),
]
INSERTED = [
    b"\n",
    b" ",
    b"  ",
    b"- ",
    b": ",
    b":",
    b"'",
    b"''",
    b'"',
    b"#",
    b"\n\n  ",
    b"\t",
    b"\r\n",
    b"\xff",
]
INSERTED += [
    b"\xc3\xa9",
    b"\xe2\x80\xa8",
    b"\xef\xbb\xbf",
    b"?",
    b"&a ",
    b"*a",
    b"|",
    b"---\n",
    b"a: b\n",
    b"- c\n",
]
INSERTED += [
    b"<<<<<<< a",
    b"=======",
    b">>>>>>> b",
    b"x:",
    b"  y: z",
    b"{}",
    b"[a]",
    b"",
    b"\0",
    b"%YAML 1.1",
    b"<<: x",
]


@settings(deadline=None, max_examples=500)
@given(
    st.sampled_from(SEEDS),
    st.lists(
        st.tuples(st.integers(0, 5000), st.integers(0, 12), st.sampled_from(INSERTED)), min_size=1, max_size=4
    ),
    st.sampled_from([_edited, _rearranged]),
)
@example(b"a:\n  b:\n- c\n", [(0, 0, b"")], _edited)
@example(b"a: b\n  c: d\n", [(0, 0, b"")], _edited)
@example(b"a:\nb: c\n", [(0, 0, b"")], _edited)
def test_a_record_that_was_edited_is_read_as_by_pyyaml_or_left_to_it(
    record: bytes,
    edits: list[tuple[int, int, bytes]],
    edit: Callable[[bytes, list[tuple[int, int, bytes]]], bytes],
) -> None:
    check_read(edit(record, edits))


OTHERS = [
    "",
    "a: b",
    "a: b\na: c\n",
    "- a\n",
    "a: b\n---\n",
    "# a\na: b\n",
    "a: b # c\n",
    "a: b: c\n",
    "a:\n",
]
OTHERS += ["a: 'b\n\n  \n\n  c'\n", "a: '\n\n  \n\n  '\n"]
OTHERS += ["a: >\n  b\n", "a: &b c\n", "a: b\r\n", "a:\n   b: c\n", "\ufeffa: b\n", "a: [b]\n", "a:\n - b\n"]


@pytest.mark.parametrize("content", OTHERS)
def test_what_has_another_form_is_left_to_pyyaml(content: str) -> None:
    assert read_own(content.encode()) is None


@pytest.mark.parametrize("breaks", range(1, 7))
def test_lines_in_quotes_are_as_many_as_for_pyyaml(breaks: int) -> None:
    for lines in map("".join, product(("\n", "\n  "), repeat=breaks)):
        for text in (f"b{lines}c", f"b{lines}", f"{lines}c", lines):
            content = f"a: '{text}'\nd: e\n".encode()
            assert read_own(content) in (None, load(content))
    assert read_own(b"a: 'b\n\n  c\n\n  '\n") == {"a": "b\nc\n"}


def test_fields_in_fields_have_an_end() -> None:
    deep = "".join(f"{'  ' * level}a:\n" for level in range(2000)) + "  " * 2000 + "a: b\n"
    assert read_own(deep.encode()) is None
    with pytest.raises(UnreadableError):
        load(deep.encode())


def test_times_to_the_microsecond_are_taken() -> None:
    record = {"a": dt.datetime(2026, 1, 31, 12, 0, 0, 1, dt.UTC).isoformat(), "b": True, "c": 1, "d": "1"}
    assert write_own(record) == "a: '2026-01-31T12:00:00.000001+00:00'\nb: true\nc: 1\nd: '1'\n"
