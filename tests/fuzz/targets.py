"""What is fuzzed: bytes in; a check that fails if anything but the program's own answer comes of them."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from reconciler.ca.failures import NoHttpError
from reconciler.ca.http1 import Reply, read_reply
from reconciler.errors import (
    InvalidEntryError,
    InvalidIdentifierError,
    InvalidRequestError,
    SavedPlanError,
    StateError,
)
from reconciler.model.identifier import parse_identifier
from reconciler.model.identity import Entity
from reconciler.model.role import DomainOption
from reconciler.pki import read_csr
from reconciler.plan.saved_form import decode_saved_plan, encode_saved_plan
from reconciler.policy import decide
from reconciler.policy.explaining import explain
from reconciler.policy.globs import Glob
from reconciler.policy.templates import parse_template
from reconciler.store.codec import decode_account, decode_certificate, encode_account, encode_certificate
from reconciler.store.order_codec import decode_order, encode_order
from reconciler.store.records import parse_record, record_bytes
from reconciler.tree.document import parse
from reconciler.tree.files import decode_text
from reconciler.tree.source import LINE_BREAK, Source
from tests.unit import values
from tests.unit.ca.test_http1 import WHOLE, Pieces
from tests.unit.pki.csrs import csr
from tests.unit.plan.test_saved import form
from tests.unit.policy import naive
from tests.unit.policy.cases import make_role
from tests.unit.tree.plain import WANTED, check_plain
from tests.unit.tree.trees import VALID, findings_of, make_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from reconciler.model.finding import Finding

EXAMPLES = Path(__file__).parents[2] / "examples"
SECRET = b"S3CR3T"
_NO_TEXT = ("not-utf-8", "control-character", "too-large")
_LONGEST = 1000


def check_findings(findings: Iterable[Finding], data: bytes, path: str) -> None:
    """See to it that places exist, texts are bounded, and a secret is not told."""
    lines = LINE_BREAK.split(data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace"))
    for finding in findings:
        assert len(finding.message) <= _LONGEST
        place = finding.location
        if place.path == path and place.line:
            assert place.line <= len(lines), finding
            assert 1 <= place.column <= len(lines[place.line - 1]) + 1, finding


def check_refusal(error: Exception) -> None:
    """See to it that what is refused is refused in words that are not endless."""
    assert 0 < len(str(error)) < 4 * _LONGEST


def read_yaml(data: bytes) -> None:
    """Read a file as YAML; what is read as plain YAML is read the same."""
    source = _read("certificates/x.yaml", data)
    if not any(finding.code in _NO_TEXT for finding in source.findings):
        for wanted in WANTED:
            check_plain(source.text, wanted)


def read_json(data: bytes) -> None:
    """Read a file as JSON; what Python's reader takes for a small document is no syntax error here."""
    source = _read("certificates/x.json", data)
    if any(finding.code == "syntax" for finding in source.findings):
        try:
            value = json.loads(source.text, parse_constant=_refuse)
        except (ValueError, RecursionError):
            return
        # Half of a pair has no form in UTF-8.
        assert not json.dumps(value, ensure_ascii=False).isascii() or "\\ud" in source.text.lower()


def _refuse(_name: str) -> None:
    raise ValueError


def _read(path: str, data: bytes) -> Source:
    source = Source(path)
    root = parse(source) if decode_text(source, data) else None
    assert root is not None or source.findings
    check_findings(source.findings, data, path)
    return source


FILES = (
    "reconciler.yaml",
    "accounts/le.yaml",
    "roles/web.yaml",
    "identities/a.yaml",
    "dns-providers/a.yaml",
    "certificates/www.yaml",
    "certificates/x.json",
    "roles/x.json",
)


def load(data: bytes) -> None:
    """Put a file into a tree, and load that: the schemas, and what is built of what they allow."""
    if not data:
        return
    path, content = FILES[data[0] % len(FILES)], data[1:]
    with tempfile.TemporaryDirectory() as folder:
        findings = findings_of(make_tree(Path(folder), {path: content}))
    assert all(finding.location.path in {*VALID, path} for finding in findings)
    check_findings(findings, content, path)
    if path.startswith("accounts/") and SECRET in content:
        literal = any(finding.code == "literal-secret" for finding in findings)
        told = " ".join(f"{each.message} {each.hint} {each.source}" for each in findings)
        assert not literal or SECRET.decode() not in told


def judge(data: bytes) -> None:
    """Ask a policy and a second implementation of it: lines of options, entries, denied entries, a name."""
    fields = data.decode("utf-8", "replace").split("\n")
    if len(fields) < 4 or not fields[0]:
        return
    options = [option for number, option in enumerate(DomainOption) if ord(fields[0][0]) >> number & 1]
    entity = Entity("ab", "a-b", {"team": "räk"}, frozenset({"ops"}))
    asked_by = entity if len(fields[0]) % 2 else None
    allowed, denied = fields[1].split("|")[:20], [each for each in fields[2].split("|")[:20] if each]
    role = make_role(allowed, options, denied)
    try:
        identifier = parse_identifier(fields[3])
    except InvalidIdentifierError:
        return
    decision = decide(role, identifier, asked_by)
    ways = naive.ways_to_allow(role, identifier.value, asked_by)
    if identifier.type == "dns":
        assert decision.allowed == bool(ways), (role, identifier)
    assert explain(role, identifier, asked_by).decision == decision


def match(data: bytes) -> None:
    """Match a glob, and fill a template."""
    pattern, _, text = data.decode("utf-8", "replace").partition("\n")
    if "*" in pattern and pattern.isascii() and len(pattern) < 60 and len(text) < 60:
        assert Glob.of(pattern.lower()).matches(text) == naive.matches(pattern.lower(), text)
    try:
        parse_template(pattern).fill(Entity("ab", "a-b", {"team": text}, frozenset({"ops"})))
    except InvalidEntryError as error:
        check_refusal(error)


def request(data: bytes) -> None:
    """Read a CSR: a PEM text, or DER that is put into one."""
    import base64

    begin, end = "-----BEGIN CERTIFICATE REQUEST-----\n", "\n-----END CERTIFICATE REQUEST-----\n"
    for text in (data.decode("latin-1"), f"{begin}{base64.b64encode(data).decode()}{end}"):
        try:
            found = read_csr(text)
        except InvalidRequestError as error:
            check_refusal(error)
        else:
            assert read_csr(found.pem) == found
            assert found.identifiers


def saved_plan(data: bytes) -> None:
    """Read a saved plan."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return
    try:
        saved = decode_saved_plan(document)
    except SavedPlanError as error:
        check_refusal(error)
    else:
        again = {"format_version": "1.0", "kind": "saved_plan", **encode_saved_plan(saved)}
        assert decode_saved_plan(again) == saved


_CODECS: tuple[tuple[Callable[[Any], Any], Callable[[Any], dict[str, Any]]], ...] = (
    (decode_order, encode_order),
    (decode_certificate, encode_certificate),
    (decode_account, encode_account),
)


def record(data: bytes) -> None:
    """Read a record of the state; what is read is written in the same words again."""
    for decode, encode in _CODECS:
        try:
            value = parse_record(data, "record.yaml", decode)
        except StateError as error:
            check_refusal(error)
        else:
            assert parse_record(record_bytes(encode(value)), "record.yaml", decode) == value


def answer(data: bytes) -> None:
    """Read an answer of HTTP: it is the same in whatever pieces it comes."""
    found = _read_answer([data])
    assert found == _read_answer([data[at : at + 1] for at in range(len(data))])
    if isinstance(found, Reply):
        assert len(found.body) <= _LONGEST + 1
        assert all(name == name.lower() and "\n" not in value for name, value in found.headers.pairs)


def _read_answer(pieces: list[bytes]) -> Reply | str:
    try:
        reply = read_reply(Pieces(pieces), "GET", _LONGEST)
    except (NoHttpError, EOFError, ConnectionResetError) as error:
        return type(error).__name__
    # What has not arrived yet is not known to come.
    return replace(reply, is_last=False)


def _trees() -> Iterator[bytes]:
    for number, path in enumerate(FILES):
        folder = path.partition("/")[0].removesuffix(".yaml")
        kind = EXAMPLES.glob(f"**/{folder}/*.yaml") if "/" in path else EXAMPLES.glob("**/reconciler.yaml")
        for file in sorted(kind)[:8]:
            yield bytes([number]) + file.read_bytes()


def _texts() -> list[bytes]:
    return [each[1:] for each in _trees()]


def _requests() -> list[bytes]:
    return [csr("www.example.com").encode(), _der(csr("www.example.com", "*.example.com"))]


_JSON = (b'{"role": "web", "identifiers": ["www.example.com", "*.x"], "a": [1.5e3, null, true, "\\u00e9"]}',)
_POLICIES = (
    "\x0fab\nexample.com|*.example.com|{{identity.entity.name}}.example.com\nadmin.example.com\nww.example.com",
    "\x04ab\n*a*.example.com|räk.example.com\n*-x.example.com|internal\n*.a.example.com",
    "\x02a\nco.uk|{{identity.groups.names.ops}}.co.uk\n\nops.co.uk",
)
_MATCHES = (
    b"*a*.example.com\nba.example.com",
    b"{{identity.entity.metadata.team}}-x.{{ identity.entity.id }}.com\nvalue",
    b"*\n.",
)

TARGETS: Mapping[str, tuple[Callable[[bytes], None], Callable[[], Iterable[bytes]]]] = {
    "reader-yaml": (read_yaml, _texts),
    "reader-json": (read_json, lambda: _JSON),
    "schemas": (load, _trees),
    "policy": (judge, lambda: [each.encode() for each in _POLICIES]),
    "globs": (match, lambda: _MATCHES),
    "csr": (
        request,
        _requests,
    ),
    "http": (answer, lambda: [b"HTTP/1.1 100 A\r\n\r\n" + each for each in WHOLE.values()]),
    "plan-file": (saved_plan, lambda: [json.dumps(form()).encode()]),
    "records": (
        record,
        lambda: [
            record_bytes(encode_order(values.order())),
            record_bytes(encode_certificate(values.certificate())),
            record_bytes(encode_account(values.account())),
        ],
    ),
}


def _der(pem: str) -> bytes:
    import base64

    return base64.b64decode("".join(pem.splitlines()[1:-1]))
