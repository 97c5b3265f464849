"""Which names may be trusted."""

from __future__ import annotations

import pytest

from reconciler.tree import trusted_ref_of, trusted_ref_problem


@pytest.mark.parametrize(
    "ref",
    [
        "main",
        "origin/main",
        "refs/heads/main",
        "refs/remotes/origin/release/1.2",
        "origin/feature_x",
        "origin/HEAD",
        "origin/a@b",
        "headless",
        "ARROWHEAD",
        "deadbeef",
        "a" * 39,
        "räk",
    ],
)
def test_names_of_branches(ref: str) -> None:
    assert trusted_ref_problem(ref) is None


@pytest.mark.parametrize(
    ("ref", "told"),
    [
        ("HEAD", "whatever is checked out"),
        ("FETCH_HEAD", "whatever is checked out"),
        ("ORIG_HEAD", "whatever is checked out"),
        ("@", "whatever is checked out"),
        ("0123456789abcdef0123456789abcdef01234567", "is a commit"),
        ("0123456789ABCDEF0123456789abcdef01234567", "is a commit"),
        ("ab" * 32, "is a commit"),
        ("main~1", "an expression"),
        ("main^", "an expression"),
        ("main^{commit}", "an expression"),
        ("a..b", "an expression"),
        ("main@{1}", "an expression"),
        ("@{upstream}", "an expression"),
        ("main:roles", "an expression"),
        (":/text", "an expression"),
        ("--upload-pack=x", "cannot be the name"),
        ("-main", "cannot be the name"),
        ("", "cannot be the name"),
        ("a b", "cannot be the name"),
        ("main\n", "cannot be the name"),
        ("main\u00a0", "cannot be the name"),
        ("a\x00b", "cannot be the name"),
        ("origin/*", "cannot be the name"),
        ("a?", "cannot be the name"),
        ("[a]", "cannot be the name"),
        ("a\\b", "cannot be the name"),
        ("/main", "cannot be the name"),
        ("origin//main", "cannot be the name"),
        ("origin/", "cannot be the name"),
        (".main", "cannot be the name"),
        ("origin/.main", "cannot be the name"),
        ("main.", "cannot be the name"),
        ("main.lock", "cannot be the name"),
        ("refs/heads/main.lock/x", "cannot be the name"),
    ],
)
def test_what_is_no_name_of_a_branch(ref: str, told: str) -> None:
    problem = trusted_ref_problem(ref)
    assert problem is not None
    message, hint = problem
    assert told in message
    assert "protected branch" in hint


@pytest.mark.parametrize(
    ("path", "data", "expected"),
    [
        ("reconciler.yaml", b"trusted_ref: origin/main\n", "origin/main"),
        ("reconciler.yaml", b"trusted_ref: 'HEAD'\nother: x\n", "HEAD"),
        ("reconciler.json", b'{"trusted_ref": "origin/main"}', "origin/main"),
        ("reconciler.yaml", b"", None),
        ("reconciler.yaml", b"state: x\n", None),
        ("reconciler.yaml", b"trusted_ref: [x]\n", None),
        ("reconciler.yaml", b"trusted_ref:\n", None),
        ("reconciler.yaml", b"[x\n", None),
        ("reconciler.yaml", b"\xff", None),
        ("reconciler.json", b"12", None),
    ],
)
def test_the_ref_in_a_file_of_any_time(path: str, data: bytes, expected: str | None) -> None:
    assert trusted_ref_of(path, data) == expected
