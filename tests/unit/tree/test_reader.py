"""Each rule of strictness, with the place that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.tree.trees import findings_of, found, make_tree

if TYPE_CHECKING:
    from pathlib import Path

CERTIFICATE = "role: web\nidentifiers: [www.example.com]\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("role: web\nidentifiers: [a.example\n", "3:1 syntax", id="open bracket"),
        pytest.param("role: web\n\tidentifiers: x\n", "2:1 syntax", id="tab"),
        pytest.param('role: "web\n', "2:1 syntax", id="open quote"),
        pytest.param("role: a: b\n", "1:8 syntax", id="two colons"),
        pytest.param("role: web\nidentifiers: [*.example.com]\n", "2:16 syntax", id="bare wildcard"),
        pytest.param("role: web\nidentifiers: [*anchor]\n", "2:15 syntax", id="unknown alias"),
        pytest.param("role: !x!y web\n", "1:7 syntax", id="unknown tag handle"),
        pytest.param("%YAML 3.0\n---\nrole: web\n", "1:1 syntax", id="another version"),
        pytest.param('role: "\\UFFFFFFFF"\n', "1:10 syntax", id="escape beyond Unicode"),
        pytest.param(CERTIFICATE + "role: mail\n", "3:1 duplicate-key", id="duplicate key"),
        pytest.param(CERTIFICATE + "'role': mail\n", "3:1 duplicate-key", id="duplicate key in quotes"),
        pytest.param(CERTIFICATE + "---\nrole: web\n", "3:1 several-documents", id="two documents"),
        pytest.param("role: !!python/name:os.system web\n" + CERTIFICATE[10:], "1:7 tag", id="python tag"),
        pytest.param("role: web\nidentifiers: !!set [www.example.com]\n", "2:14 tag", id="tag of a list"),
        pytest.param("!!map\nrole: web\nidentifiers: [www.example.com]\n", "1:1 tag", id="tag of the whole"),
        pytest.param("role: !mine web\n" + CERTIFICATE[10:], "1:7 tag", id="local tag"),
        pytest.param(CERTIFICATE + "<<: {role: web}\n", "3:1 merge-key", id="merge key"),
        pytest.param(CERTIFICATE + "? [a, b]\n: c\n", "3:3 bad-key", id="list as key"),
        pytest.param(CERTIFICATE + "? {a: b}\n: c\n", "3:3 bad-key", id="mapping as key"),
        pytest.param(CERTIFICATE + "? {{x}}\n: c\n", "3:3 bad-key", id="template as key"),
        pytest.param(CERTIFICATE + "'': c\n", "3:1 bad-key", id="empty key"),
        pytest.param("role: &r [x]\n? *r\n: b\n", "2:3 bad-key", id="alias of a list as key"),
        pytest.param("role: &r [*r]\n", "1:11 alias-bomb", id="alias to itself"),
        pytest.param("role: we\x07b\n", "1:9 control-character", id="bell"),
        pytest.param("role: we\x85b\n", "1:9 control-character", id="next line, a line break to YAML 1.1"),
        pytest.param("# \u202e\nrole: web\n", "1:3 control-character", id="bidirectional override"),
        pytest.param("role: web\n# \ufeff\n", "2:3 control-character", id="a second byte order mark"),
        pytest.param(
            'role: web\nidentifiers: ["a\\0.example"]\n', "2:15 control-character", id="escaped NUL"
        ),
        pytest.param("- role: web\n", "1:1 wrong-type", id="a list"),
        pytest.param("just text\n", "1:1 wrong-type", id="text"),
        pytest.param("''\n", "1:1 wrong-type", id="empty text"),
    ],
)
def test_strictness(tmp_path: Path, text: str, expected: str) -> None:
    make_tree(tmp_path, {"certificates/www.yaml": text})
    assert f"certificates/www.yaml:{expected}" in found(tmp_path)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"role: web\nidentifiers: \xff\n", ["2:14 not-utf-8"], id="a bad byte"),
        pytest.param("role: wéb\n".encode("latin-1"), ["1:8 not-utf-8"], id="Latin-1"),
        pytest.param("röle: ".encode() + b"\xc3(", ["1:7 not-utf-8"], id="columns are characters"),
        pytest.param("role: web\n".encode("utf-16"), ["1:1 not-utf-8"], id="UTF-16"),
        pytest.param(
            b"\xef\xbb\xbfrolle: web\nidentifiers: a.example", ["1:1 missing-field", "1:1 unknown-field"]
        ),
        pytest.param(
            b"role: web\r\nidentifers: x\r\n", ["1:1 missing-field", "2:1 unknown-field"], id="CRLF"
        ),
        pytest.param(b"#" * (1 << 20) + b"#", [" too-large"], id="over 1 MiB"),
    ],
)
def test_bytes(tmp_path: Path, data: bytes, expected: list[str]) -> None:
    make_tree(tmp_path, {"certificates/www.yaml": data})
    assert [
        each.removeprefix("certificates/www.yaml").removeprefix(":") for each in found(tmp_path)
    ] == expected


def test_exactly_one_mebibyte_is_read(tmp_path: Path) -> None:
    make_tree(tmp_path, {"certificates/www.yaml": CERTIFICATE + "#" * ((1 << 20) - len(CERTIFICATE))})
    assert found(tmp_path) == []


def test_the_line_of_a_bad_byte_is_shown(tmp_path: Path) -> None:
    make_tree(tmp_path, {"certificates/www.yaml": b"role: web\nidentifiers: \xff\n"})
    (finding,) = findings_of(tmp_path)
    assert finding.source == "identifiers: \ufffd"
    assert "offset 23" in finding.message


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "{", '{"a":['])
@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_deep_nesting_is_an_error_and_nothing_worse(tmp_path: Path, opening: str, suffix: str) -> None:
    make_tree(tmp_path, {f"certificates/deep.{suffix}": opening * 100_000})
    (finding,) = findings_of(tmp_path)
    assert finding.location.path == f"certificates/deep.{suffix}"
    assert finding.code in ("too-deep", "syntax", "bad-key")


def test_brackets_a_hundred_thousand_deep_are_too_deep(tmp_path: Path) -> None:
    make_tree(tmp_path, {"roles/deep.yaml": "[" * 100_000, "roles/deeper.json": "[" * 100_000})
    assert found(tmp_path) == ["roles/deep.yaml:1:33 too-deep", "roles/deeper.json:1:33 too-deep"]


def test_thirty_two_levels_are_not_too_deep(tmp_path: Path) -> None:
    text = CERTIFICATE + f"x: {'[' * 31}{']' * 31}\n"
    make_tree(tmp_path, {"certificates/www.yaml": text})
    assert found(tmp_path) == ["certificates/www.yaml:3:1 unknown-field"]


def test_depth_counts_what_aliases_add(tmp_path: Path) -> None:
    text = f"a: &a {'[' * 20}{']' * 20}\nb: {'[' * 20}*a{']' * 20}\n"
    make_tree(tmp_path, {"certificates/www.yaml": text})
    assert found(tmp_path) == ["certificates/www.yaml:2:24 too-deep"]


def test_an_alias_bomb_is_an_error(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    make_tree(tmp_path, {"certificates/www.yaml": "\n".join(lines)})
    (finding,) = findings_of(tmp_path)
    assert finding.code == "alias-bomb"
    assert finding.location.line == 5


def test_more_values_than_anyone_writes_by_hand_are_an_error(tmp_path: Path) -> None:
    make_tree(
        tmp_path, {"roles/web.yaml": "acme_account_name: le\nallowed_domains: [" + "a," * 100_001 + "]"}
    )
    (finding,) = findings_of(tmp_path)
    assert finding.code == "alias-bomb"


def test_a_harmless_alias_is_allowed(tmp_path: Path) -> None:
    make_tree(tmp_path, {"certificates/www.yaml": "role: &web web\nidentifiers: [www.example.com]\n"})
    assert found(tmp_path) == []
    make_tree(tmp_path, {"reconciler.yaml": "state: &s a/b\noutput: *s\n"})
    assert found(tmp_path) == ["reconciler.yaml:1:8 bad-folder"]


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "---\n...\n", "{}\n"])
def test_an_empty_file_is_an_empty_mapping(tmp_path: Path, text: str) -> None:
    make_tree(tmp_path, {"reconciler.yaml": text, "certificates/www.yaml": text})
    missing = ["certificates/www.yaml:1:1 missing-field"] * 2
    assert found(tmp_path) == missing


def test_the_findings_of_all_files_come_at_once_and_in_order(tmp_path: Path) -> None:
    changes = {
        "certificates/a.yaml": "role: wbe\nidentifiers: [a_b.example, x.example, X.example]\nrnew: 1\n",
        "accounts/le.yaml": "directory_url: ftp://x\nkey_type: ec\n",
        "roles/web.yaml": "acme_account_name: none\n",
        "reconciler.yaml": "stat: x\n",
    }
    make_tree(tmp_path, changes)
    assert found(tmp_path) == [
        "accounts/le.yaml:1:16 bad-value",
        "accounts/le.yaml:2:11 unknown-value",
        "certificates/a.yaml:1:7 unknown-reference",
        "certificates/a.yaml:2:15 invalid-identifier",
        "certificates/a.yaml:2:39 duplicate-identifier",
        "certificates/a.yaml:3:1 unknown-field",
        "reconciler.yaml:1:1 unknown-field",
        "roles/web.yaml:1:20 unknown-reference",
    ]


def test_without_libyaml_the_pure_parser_reads_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_tree(
        tmp_path, {"certificates/b.yaml": 'role: "web"\nidentifers: [{a: *x}]\n', "roles/y.yaml": "a: b: c"}
    )
    expected = found(tmp_path)
    monkeypatch.delattr("yaml.CSafeLoader")
    assert found(tmp_path) == expected
    assert expected == ["certificates/b.yaml:2:18 syntax", "roles/y.yaml:1:5 syntax"]
