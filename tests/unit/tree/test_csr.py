"""Certificates whose CSR was made elsewhere."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from reconciler.model.account import KeyType
from reconciler.model.finding import Location
from reconciler.pki import generate_key
from reconciler.tree import load_tree
from reconciler.tree.private_keys import holds_private_key
from tests.unit.tree.requests import csr, indented
from tests.unit.tree.trees import findings_of, found, make_tree

if TYPE_CHECKING:
    from pathlib import Path

FIELD = f"role: web\ncsr: |\n{indented(csr('www.example.com', 'b.example.com'))}"
FILE = "role: web\ncsr_file: www.csr\n"


def test_names_and_key_are_those_of_the_request(tmp_path: Path) -> None:
    pem = csr("www.example.com", "b.example.com", key_type=KeyType.EC_384)
    make_tree(tmp_path, {"certificates/www.yaml": f"role: web\nprofile: classic\ncsr: |\n{indented(pem)}"})
    spec = load_tree(tmp_path).certificates["www"]
    assert sorted(map(str, spec.identifiers)) == ["b.example.com", "www.example.com"]
    assert set(spec.identifier_locations) == {Location("certificates/www.yaml", 3, 6)}
    assert len(spec.identifier_locations) == 2
    assert (spec.csr, spec.csr_key_type, spec.key_type) == (pem, KeyType.EC_384, KeyType.EC_384)
    assert spec.profile == "classic"


@pytest.mark.parametrize(
    ("certificate", "file", "name"),
    [
        ("certificates/shop/www.yaml", "certificates/shop/www.csr", "www.csr"),
        ("certificates/shop/www.yaml", "certificates/shop/requests/a.pem", "requests/a.pem"),
        ("certificates/shop/www.yaml", "requests/a.pem", "../../requests/a.pem"),
        ("certificates/shop/www.yaml", "certificates/a.pem", "./x/../../a.pem"),
    ],
)
def test_a_file_is_found_from_the_certificates_folder(
    tmp_path: Path, certificate: str, file: str, name: str
) -> None:
    make_tree(tmp_path, {certificate: f"role: web\ncsr_file: {name}\n", file: csr("www.example.com")})
    spec = load_tree(tmp_path).certificates["shop/www"]
    assert spec.csr == csr("www.example.com")
    assert spec.identifier_locations == (Location(certificate, 2, 11, len(name)),)


def test_a_request_is_kept_as_every_program_writes_it(tmp_path: Path) -> None:
    pem = csr("www.example.com")
    one_line = f"\n {pem.replace('CERTIFICATE', 'NEW CERTIFICATE').replace(chr(10), ' ')}\r\n"
    make_tree(tmp_path, {"certificates/www.yaml": FILE, "certificates/www.csr": one_line})
    assert load_tree(tmp_path).certificates["www"].csr == pem


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("role: web\n", ["1:1 missing-field"]),
        ("role: web\nidentifers: [a.example]\n", ["1:1 missing-field", "2:1 unknown-field"]),
        (f"{FIELD}identifiers: [a.example]\n", ["conflicting-fields"]),
        (f"{FILE}identifiers: [a.example]\n", ["3:1 conflicting-fields"]),
        (f"{FILE}{FIELD[10:]}identifiers: [a.example]\n", ["3:1 conflicting-fields", "conflicting-fields"]),
        ("role: web\ncsr: www.csr\n", ["2:6 bad-value"]),
        ("role: web\ncsr: [x]\n", ["2:6 wrong-type"]),
        ("role: web\ncsr: ''\n", ["2:6 bad-value"]),
        ("role: web\ncsr_file: ''\n", ["2:11 bad-value"]),
        ("role: web\ncsr_file: none.csr\n", ["2:11 bad-csr-file"]),
        ("role: web\ncsr_file: ../../www.csr\n", ["2:11 bad-csr-file"]),
        ("role: web\ncsr_file: ..\n", ["2:11 bad-csr-file"]),
        ("role: web\ncsr_file: .\n", ["2:11 bad-csr-file"]),
        ("role: web\ncsr_file: /etc/passwd\n", ["2:11 bad-csr-file"]),
        ("role: web\ncsr_file: x/../../../etc/passwd\n", ["2:11 bad-csr-file"]),
        ('role: web\ncsr_file: "a\\0b"\n', ["2:11 bad-csr-file", "2:11 control-character"]),
        (f"role: web\ncsr_file: {'x' * 900}\n", ["2:11 bad-csr-file"]),
        (f"role: web\ncsr_file: {'x' * 5000}\n", ["2:11 bad-value"]),
        ("role: web\ncsr_file: www.yaml\n", ["2:11 invalid-csr"]),
        (f"role: web\ncsr: |\n{indented(csr('www.example.com') * 2)}", ["2:6 invalid-csr"]),
        (f"role: web\ncsr: |\n{indented(csr('www.example.com')[:-60])}", ["2:6 invalid-csr"]),
    ],
)
def test_what_is_wrong_with_a_request(tmp_path: Path, text: str, expected: list[str]) -> None:
    make_tree(tmp_path / "tree", {"certificates/www.yaml": text})
    (tmp_path / "www.csr").write_text(csr("www.example.com"))
    findings = [each.removeprefix("certificates/www.yaml:") for each in found(tmp_path / "tree")]
    assert len(findings) == len(expected)
    assert all(map(str.endswith, findings, expected))


def test_the_alternatives_are_named(tmp_path: Path) -> None:
    make_tree(tmp_path, {"certificates/a.yaml": "role: web\nidentifers: [a.example]\n"})
    missing, unknown = findings_of(tmp_path)
    assert missing.message == "the file lacks one of the fields `csr`, `csr_file`, `identifiers`"
    assert missing.hint is not None
    assert "`identifiers: [www.example.com, api.example.com]`" in missing.hint
    assert unknown.hint == "did you mean `identifiers`?"
    make_tree(tmp_path, {"certificates/a.yaml": f"{FIELD}identifiers: [a.example]\n"})
    (finding,) = findings_of(tmp_path)
    assert finding.message == "`csr` and `identifiers` exclude each other"


def test_names_of_a_request_are_held_against_the_challenges(tmp_path: Path) -> None:
    role = "acme_account_name: le\nallowed_challenge_types: http-01\n"
    pem = csr("www.example.com", "*.example.com")
    text = f"role: web\ncsr: |\n{indented(pem)}"
    make_tree(tmp_path, {"roles/web.yaml": role, "certificates/www.yaml": text})
    assert found(tmp_path) == ["certificates/www.yaml:2:6 wildcard-needs-dns-01"]


def test_a_file_that_is_none_or_too_large(tmp_path: Path) -> None:
    make_tree(tmp_path, {"certificates/www.yaml": FILE, "certificates/www.csr/README": ""})
    (finding,) = findings_of(tmp_path)
    assert finding.code == "bad-csr-file"
    assert "directory" in finding.message or "no regular file" in finding.message
    (tmp_path / "certificates/www.csr/README").unlink()
    (tmp_path / "certificates/www.csr").rmdir()
    os.mkfifo(tmp_path / "certificates/www.csr")
    (finding,) = findings_of(tmp_path)
    assert "no regular file" in finding.message
    (tmp_path / "certificates/www.csr").unlink()
    (tmp_path / "certificates/www.csr").write_bytes(b"\n" * (64 * 1024) + csr("www.example.com").encode())
    (finding,) = findings_of(tmp_path)
    assert "larger than 64 KiB" in finding.message


@pytest.mark.parametrize("link", ["www.csr", "folder"])
def test_links_are_not_followed(tmp_path: Path, link: str) -> None:
    root = make_tree(
        tmp_path / "tree", {"certificates/real/www.csr": csr("www.example.com"), "certificates/www.yaml": ""}
    )
    path = "www.csr" if link == "www.csr" else "folder/www.csr"
    (root / "certificates/www.yaml").write_text(f"role: web\ncsr_file: {path}\n")
    target = "real/www.csr" if link == "www.csr" else "real"
    (root / "certificates" / link).symlink_to(target)
    (finding,) = [each for each in findings_of(root) if each.code == "bad-csr-file"]
    assert "leads through a link" in finding.message
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/www.csr").write_text(csr("www.example.com"))
    (root / "certificates" / link).unlink()
    (root / "certificates" / link).symlink_to(tmp_path / "outside" / target.removeprefix("real").strip("/"))
    assert "certificates/www.yaml:2:11 bad-csr-file" in found(root)


def test_the_root_may_be_reached_by_a_link(tmp_path: Path) -> None:
    make_tree(
        tmp_path / "tree", {"certificates/www.yaml": FILE, "certificates/www.csr": csr("www.example.com")}
    )
    (tmp_path / "link").symlink_to("tree")
    assert load_tree(tmp_path / "link").certificates["www"].csr == csr("www.example.com")


KEY = generate_key(KeyType.EC_256).decode()
SECRET = KEY.splitlines()[1]


@pytest.mark.parametrize(
    "changes",
    [
        {"certificates/www.yaml": FILE, "certificates/www.csr": KEY},
        {"certificates/www.yaml": FILE, "certificates/www.csr": csr("www.example.com") + KEY},
        {"certificates/www.yaml": f"role: web\ncsr: |\n{indented(KEY)}"},
        {"certificates/www.yaml": f"role: web\ncsr: |\n{indented(KEY, '')}"},
        {"certificates/www.yaml": "role: web\ncsr: '" + KEY.replace("\n", " ") + "'\n"},
        {"certificates/x.json": '{"role": "web", "csr": "' + KEY.replace("\n", "\\n") + '"}'},
        {
            "certificates/x.json": '{"csr": "'
            + KEY.replace("\n", "\\n").replace("PRIVATE", "\\u0050RIVATE")
            + '"}'
        },
        {"roles/x.yaml": f"acme_account_name: le\nallowed_domains: [{SECRET}]\n# {KEY}"},
        {"reconciler.yaml": "state: '" + KEY.replace("\n", " ") + "'\n"},
        {"accounts/le.yaml": f"directory_url: https://ca.example/\ntrusted_ca: |\n{indented(KEY)}"},
        {"identities/a.yaml": f"id: a\nssh_keys:\n  - |\n{indented(KEY, '    ')}"},
        {"identities/a.yaml": f"id: a\nssh_keys:\n  - {KEY}"},
        {"identities/a.yaml": "id: [\nname: b3BlbnNzaC1rZXktdjEAAAAABG5vbmU" + SECRET},
    ],
)
def test_a_private_key_is_an_error_and_not_repeated(tmp_path: Path, changes: dict[str, str]) -> None:
    make_tree(tmp_path, changes)
    findings = findings_of(tmp_path)
    assert "private-key" in [each.code for each in findings]
    for each in findings:
        assert SECRET[:12] not in f"{each.message} {each.hint} {each.source}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-----BEGIN PRIVATE KEY-----", True),
        ("-----BEGIN EC PRIVATE KEY-----", True),
        ("-----BEGIN ENCRYPTED PRIVATE KEY-----", True),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", True),
        ("-----BEGIN PGP PRIVATE KEY BLOCK-----", True),
        ("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----", True),
        ("x b3BlbnNzaC1rZXktdjEAAAAABG5vbmU", True),
        ("PuTTY-User-Key-File-3: ssh-ed25519", True),
        ("AGE-SECRET-KEY-1QQPQ", True),
        ("-----BEGIN PUBLIC KEY-----", False),
        ("-----BEGIN CERTIFICATE REQUEST-----", False),
        ("# begin with a PRIVATE KEY in the HSM", False),
    ],
)
def test_what_a_private_key_looks_like(text: str, expected: bool) -> None:
    assert holds_private_key(text) is expected
