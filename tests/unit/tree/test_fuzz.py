"""Whatever a file holds, the answer is findings with places in the file, never anything else."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.tree.source import LINE_BREAK
from tests.unit.tree.trees import VALID, findings_of, make_tree

# What means something to one of the two parsers, or to the schemas.
PIECES = [
    "\n",
    "  ",
    "\t",
    "- ",
    ": ",
    ":",
    "? ",
    "{",
    "}",
    "[",
    "]",
    ",",
    '"',
    "'",
    "&a ",
    "*a",
    "<<",
    "!",
    "!!str ",
    "|",
    ">",
]
PIECES += [
    "#",
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "\\",
    "\\u0000",
    "\\ud800",
    "\r",
    "\x85",
    "\u2028",
    "\x00",
    "\ufeff",
    "@",
    "`",
]
PIECES += [
    "role",
    "identifiers",
    "directory_url",
    "eab_key",
    "env",
    "renew",
    "before",
    "33%",
    "web",
    "le",
    "*.example.com",
    "true",
]
PIECES += [
    "null",
    "1e3",
    "acme_account_name",
    "allowed_domains",
    "{{identity.entity.name}}",
    "räksmörgås.se",
    "日本",
    "🎈",
    "e\u0301",
]
PIECES += [
    "ssh_keys",
    "gpg_fingerprints",
    "metadata",
    "csr_file",
    "../",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKE8BNyHB57msrY+rsjGakOUUGoavau1Hk6SLXShq83g",
    'namespaces="git"',
    "-----BEGIN CERTIFICATE REQUEST-----",
    "-----BEGIN PRIVATE KEY-----",
    "10.0.0.0/8",
    "subdomains, globs",
]

texts = st.text() | st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=40).map("".join)
lines = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "role",
                "identifiers",
                "renew",
                "directory_url",
                "eab_key",
                "challenge_type",
                "state",
                "trusted_ref",
                "allowed_domains",
                "allowed_domain_options",
                "denied_domains",
                "allowed_ip_ranges",
                "max_identifiers",
                "id",
                "metadata",
                "groups",
                "ssh_keys",
                "gpg_fingerprints",
                "csr",
                "csr_file",
            ]
        ),
        texts,
    ).map(lambda pair: f"{pair[0]}: {pair[1]}"),
    max_size=6,
).map("\n".join)
FILES = [
    "reconciler.yaml",
    "accounts/le.yaml",
    "roles/web.yaml",
    "identities/a.yaml",
    "certificates/www.yaml",
    "certificates/x.json",
    "roles/x.json",
]


@given(
    st.sampled_from(FILES),
    st.binary() | (texts | lines).map(lambda text: text.encode("utf-8", "surrogatepass")),
)
@example("roles/web.yaml", b"acme_account_name: !!python/object/apply:os.system [true]")
@example("certificates/www.yaml", b"role: &a [*a]\nidentifiers: {? *a : b}")
@example("certificates/www.yaml", b'role: "\\UFFFFFFFF"')
@example("certificates/www.yaml", b"%YAML " + b"1" * 5000 + b".1\n---\n")
@example("certificates/x.json", b'{"a": ' + b"1" * 5000 + b"}")
@example("certificates/x.json", b'{"a": "' + b"\\" * 99999)
def test_nothing_but_findings(path: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        findings = findings_of(make_tree(Path(folder), {path: data}))
    for finding in findings:
        assert finding.location.path in {*VALID, path}
        if finding.location.path == path and finding.location.line:
            _check_place(data, finding.location.line, finding.location.column, finding.source)


def _check_place(data: bytes, line: int, column: int, source: str | None) -> None:
    shown = LINE_BREAK.split(data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace"))
    assert 1 <= line <= len(shown)
    assert 1 <= column <= len(shown[line - 1]) + 1
    assert source is None or source == shown[line - 1]


@pytest.mark.parametrize("path", ["accounts/le.yaml", "accounts/x.json"])
@given(texts | lines, st.data())
def test_a_secret_is_never_told(path: str, text: str, data: st.DataObject) -> None:
    """Wherever in an account's file something secret stands as a value, no finding has it."""
    secret = "S3CR3T"
    field = data.draw(
        st.sampled_from(["eab_key", "eab-key", "eabkey", "eab_key:\n  value", "eab_key: {env", '{"eab_key"'])
    )
    literal = data.draw(
        st.sampled_from(
            [secret, f'"{secret}"', f"|\n  {secret}\n", f"[{secret}]", f"{{{secret}}}", f"{secret}, x: [y"]
        )
    )
    content = data.draw(st.sampled_from([f"{field}: {literal}\n{text}", f"{text}\n{field}: {literal}\n"]))
    with tempfile.TemporaryDirectory() as folder:
        findings = findings_of(make_tree(Path(folder), {path: content.encode("utf-8", "replace")}))
    for finding in findings:
        told = f"{finding.message} {finding.hint} {finding.source}"
        assert secret not in told, finding


@pytest.mark.parametrize("path", FILES)
@given(texts | lines, st.data())
def test_a_private_key_is_never_told(path: str, text: str, data: st.DataObject) -> None:
    """Wherever in a file a private key was pasted, no finding has anything of it."""
    secret = "S3CR3TS3CR3T"
    lines_of_key = ["-----BEGIN OPENSSH PRIVATE KEY-----", secret, "-----END OPENSSH PRIVATE KEY-----"]
    separator = data.draw(st.sampled_from(["\n", "\n  ", " ", "\\n", "\r\n"]))
    key = separator.join(lines_of_key)
    field = data.draw(
        st.sampled_from(
            ["csr: ", "ssh_keys:\n  - ", "id: ", "", "csr: |\n  ", "csr: '", "role: >\n  ", '{"csr": "']
        )
    )
    content = data.draw(st.sampled_from([f"{field}{key}\n{text}", f"{text}\n{field}{key}"]))
    with tempfile.TemporaryDirectory() as folder:
        findings = findings_of(make_tree(Path(folder), {path: content.encode("utf-8", "replace")}))
    for finding in findings:
        assert secret not in f"{finding.message} {finding.hint} {finding.source}", finding
