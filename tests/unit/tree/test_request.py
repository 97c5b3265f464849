"""What a certificate's file asks for: the same for every way to write it, and nothing but that."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.tree import load_tree
from reconciler.tree.request import Request, csr_path_of, request_of, request_of_spec
from tests.unit.tree.requests import csr, indented
from tests.unit.tree.test_fuzz import lines, texts
from tests.unit.tree.trees import make_tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PATH = "certificates/shop/www.yaml"
CSR = csr("www.example.com", "b.example.com")
OTHER_CSR = csr("c.example.com")
NAMES = Request("web", frozenset(("www.example.com", "xn--rksmrgs-5wao1o.se", "2001:db8::1")))


def nothing(_path: str) -> None:
    return None


def request(text: str, path: str = PATH, files: Mapping[str, str] | None = None) -> Request | None:
    there = {name: content.encode() for name, content in (files or {}).items()}
    return request_of(path, text.encode(), there.get)


@pytest.mark.parametrize(
    "text",
    [
        "role: web\nidentifiers: [www.example.com, räksmörgås.se, '2001:db8::1']\n",
        "# why\nidentifiers:\n  - '2001:DB8:0::1'\n  - RÄKSMÖRGÅS.se.\n\n  - WWW.example.com\nrole: 'web'\n",
        "role: web\nidentifiers: www.example.com, xn--rksmrgs-5wao1o.se,2001:db8::1\n",
        "role: &r web\nidentifiers: [www.example.com, ra\u0308ksmo\u0308rga\u030as.se, '2001:db8::1']\n",
        "{role: web, identifiers: [www.example.com, www.example.com., räksmörgås.se, '2001:db8::1']}",
        "\ufeffrole: web\r\nidentifiers: [www.example.com, räksmörgås.se, '2001:db8::1']\r\n",
        "role: web\nrenew: {before: 1d}\nchallenge_type: dns-01\nprofile: x\n"
        "identifiers: [www.example.com, räksmörgås.se, '2001:db8::1']\n",
    ],
)
def test_ways_to_write_one_request(text: str) -> None:
    assert request(text) == NAMES
    assert hash(request(text)) == hash(NAMES)


@pytest.mark.parametrize(
    "identifiers",
    [["www.example.com", "räksmörgås.se", "2001:db8::1"], "2001:db8::1, www.example.com,räksmörgås.se"],
)
def test_json_is_no_other_request(identifiers: object) -> None:
    text = json.dumps({"identifiers": identifiers, "role": "web", "renew": {"before": "9d"}})
    assert request(text, "certificates/x.json") == NAMES


@pytest.mark.parametrize(
    "text",
    [
        "role: web2\nidentifiers: [www.example.com, räksmörgås.se, '2001:db8::1']\n",
        "role: web\nidentifiers: [www.example.com, räksmörgås.se, '2001:db8::2']\n",
        "role: web\nidentifiers: [www.example.com, räksmörgås.se]\n",
        "role: web\nidentifiers: [www.example.com, räksmörgås.se, '2001:db8::1', '*.example.com']\n",
        f"role: web\ncsr: |\n{indented(CSR)}",
    ],
)
def test_what_is_another_request(text: str) -> None:
    assert request(text) is not None
    assert request(text) != NAMES


@pytest.mark.parametrize(
    "text",
    [
        "",
        "role: web\n",
        "identifiers: [www.example.com]\n",
        "role: ''\nidentifiers: [www.example.com]\n",
        "role: [web]\nidentifiers: [www.example.com]\n",
        "role: web\nidentifiers: []\n",
        "role: web\nidentifiers:\n",
        "role: web\nidentifiers: [www.example.com, a..b]\n",
        "role: web\nidentifiers: a.example,,b.example\n",
        "role: web\nidentifiers: [[www.example.com]]\n",
        "role: web\nidentifiers: {www.example.com: x}\n",
        "role: web\nrole: mail\nidentifiers: [www.example.com]\n",
        "role: !x web\nidentifiers: [www.example.com]\n",
        "role: web\nidentifiers: [www.example.com\n",
        "role: web\nidentifiers: [www.example.com]\n---\nrole: web\n",
        "../shared/www.yaml",
        "role: web\ncsr: x\nidentifiers: [www.example.com]\n",
        "role: web\ncsr: ''\n",
        "role: web\ncsr: [x]\n",
        "role: web\ncsr_file: missing.csr\n",
        "role: web\ncsr_file: ../../../etc/passwd\n",
        "role: web\ncsr_file: [a]\n",
    ],
)
def test_what_is_no_request(text: str) -> None:
    assert request(text) is None


def test_bytes_that_are_no_text() -> None:
    assert request_of(PATH, b"role: web\nidentifiers: \xff\n", nothing) is None
    assert request_of(PATH, b"#" * (2 << 20), nothing) is None
    assert csr_path_of(PATH, b"csr_file: \xff") is None


@pytest.mark.parametrize(
    "pem",
    [
        CSR,
        f"\n\n{CSR}\n ",
        CSR.replace("\n", "\r\n"),
        CSR.replace("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"),
        f"{CSR[:100]}\n{CSR[100:]}",
        CSR.replace("\n", " "),
    ],
)
def test_a_csr_is_known_by_its_content(pem: str) -> None:
    inline = request(f"role: web\ncsr: |\n{indented(CSR)}")
    assert inline is not None
    assert inline.csr is not None
    assert inline.identifiers == frozenset()
    files = {"certificates/shop/a.csr": pem}
    assert request("role: web\ncsr_file: a.csr\n", files=files) == inline
    assert request("csr_file: ./x/../a.csr # c\nrole: web\n", files=files) == inline
    text = json.dumps({"csr": pem, "role": "web"})
    assert request(text, "certificates/x.json") == inline


@pytest.mark.parametrize(
    "pem", [OTHER_CSR, CSR + CSR, CSR + "x", "x\n" + CSR, CSR[:-30], "x", CSR.replace("M", "N", 1)]
)
def test_another_csr_is_another_request(pem: str) -> None:
    inline = request(f"role: web\ncsr: |\n{indented(CSR)}")
    other = request("role: web\ncsr_file: a.csr\n", files={"certificates/shop/a.csr": pem})
    assert other is not None
    assert other != inline


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("csr_file: a.csr\n", "certificates/shop/a.csr"),
        ("role: web\ncsr_file: ../../x/a.csr\n", "x/a.csr"),
        ('"csr\\x5ffile": a.csr\n', "certificates/shop/a.csr"),
        ("? csr_file\n: a.csr\n", "certificates/shop/a.csr"),
        ("csr_file: ../../../a.csr\n", None),
        ("csr_file: /a.csr\n", None),
        ("csr_file: [a.csr]\n", None),
        ("csr_file: [a.csr\n", None),
        ("# csr_file: a.csr\n", None),
        ("role: web\nidentifiers: [a.example]\n", None),
        ("csr: x\n", None),
    ],
)
def test_the_file_that_a_request_depends_on(text: str, expected: str | None) -> None:
    assert csr_path_of(PATH, text.encode()) == expected


FILES = {
    "certificates/a.yaml": "role: web\nidentifiers: [B.example., a.example]\n",
    "certificates/b.yaml": "identifiers: 'a.example , b.example'\nrole: web\nrenew: {before: 10%}\n",
    "certificates/c.json": '{"role": "web", "identifiers": ["b.example", "a.example"], "profile": "x"}',
    "certificates/d/e.yaml": "role: web\nidentifiers: [RÄKSMÖRGÅS.se, '*.b.example', '::1', 192.0.2.1]\n",
    "certificates/d/f.yaml": "role: web\nidentifiers: ['*.b.example', '0::1', 192.0.2.1, räksmörgås.se.]\n",
    "certificates/g.yaml": f"role: web\ncsr: |\n{indented(CSR)}",
    "certificates/h.yaml": "role: web\ncsr_file: d/h.csr\nchallenge_type: http-01\n",
    "certificates/d/h.csr": f"\r\n{CSR.replace('CERTIFICATE', 'NEW CERTIFICATE')}",
    "certificates/i.json": json.dumps({"role": "web", "csr": OTHER_CSR}),
}
SAME = ["a b c", "d/e d/f", "g h", "i", "www"]


def test_the_tree_and_its_history_agree(tmp_path: Path) -> None:
    tree = load_tree(make_tree(tmp_path, FILES))
    requests = {name: request_of_spec(spec) for name, spec in tree.certificates.items()}
    for name, spec in tree.certificates.items():
        data = (tmp_path / spec.location.path).read_bytes()
        found = request_of(spec.location.path, data, lambda path: (tmp_path / path).read_bytes())
        assert found == requests[name]
    groups = {
        each: " ".join(name for name in sorted(requests) if requests[name] == each)
        for each in requests.values()
    }
    assert sorted(groups.values()) == SAME


@given(
    st.sampled_from(["certificates/a.yaml", "certificates/a.json"]),
    st.binary() | (texts | lines).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.none() | st.binary(),
)
def test_it_never_fails(path: str, data: bytes, other: bytes | None) -> None:
    asked: list[str] = []

    def read_file(name: str) -> bytes | None:
        asked.append(name)
        return other

    found = request_of(path, data, read_file)
    assert found is None or isinstance(hash(found), int)
    assert set(asked) <= {csr_path_of(path, data)}


@given(st.lists(st.text(max_size=6) | texts, min_size=1, max_size=4))
def test_no_name_makes_it_fail(identifiers: list[str]) -> None:
    data = json.dumps({"role": "web", "identifiers": identifiers}).encode()
    found = request_of("certificates/a.json", data, nothing)
    assert found is None or found.role == "web"
