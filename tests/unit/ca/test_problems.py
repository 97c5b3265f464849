from __future__ import annotations

import json
from datetime import timedelta

import pytest

from reconciler.ca.http1 import Headers
from reconciler.ca.problems import StatusError, refusal
from reconciler.ca.transport import Answer
from reconciler.errors import CAUnavailableError, ProblemError, ProtocolError
from reconciler.model.problem import Problem
from tests.unit.ca.clock import NOW

ACME = "urn:ietf:params:acme:error:"
URL = "https://ca.example/order"


def answer(status: int, body: object = b"", *headers: tuple[str, str]) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(URL, status, Headers.of(headers), content)


def test_a_problem_document_with_subproblems() -> None:
    error = refusal(
        answer(
            403,
            {
                "type": f"{ACME}compound",
                "detail": "Some of the identifiers\nare bad",
                "status": 499,
                "subproblems": [
                    {
                        "type": f"{ACME}malformed",
                        "detail": "an underscore",
                        "identifier": {"type": "dns", "value": "_example.org"},
                        "subproblems": [{"type": "too deep"}],
                    },
                    {
                        "type": f"{ACME}caa",
                        "identifier": {"type": "dns", "value": "example.net"},
                        "status": 403,
                    },
                    "rubbish",
                ],
            },
        ),
        NOW,
    )
    assert isinstance(error, ProblemError)
    assert error.problem == Problem(
        f"{ACME}compound",
        "Some of the identifiers are bad",
        403,
        subproblems=(
            Problem(f"{ACME}malformed", "an underscore", identifier="_example.org"),
            Problem(f"{ACME}caa", status=403, identifier="example.net"),
        ),
    )
    assert "example.net: caa" in str(error)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"detail": "no type"}, Problem("about:blank", "no type", 400)),
        ({"title": "only a title"}, Problem("about:blank", "only a title", 400)),
        ({"type": 5, "detail": ["x"], "identifier": "a", "subproblems": {}}, Problem("about:blank", "", 400)),
        ({"type": "x", "detail": "\x1b[2Jgone"}, Problem("x", "[2Jgone", 400)),
    ],
)
def test_forgiving_with_what_the_rfc_leaves_open(body: object, problem: Problem) -> None:
    error = refusal(answer(400, body), NOW)
    assert isinstance(error, ProblemError)
    assert error.problem == problem


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, "rateLimited"),
        (403, "rateLimited"),
        (503, "rateLimited"),
        (500, "serverInternal"),
        (400, "badNonce"),
    ],
)
def test_later_is_told_from_never(status: int, kind: str) -> None:
    error = refusal(
        answer(
            status,
            {"type": ACME + kind, "detail": "too many"},
            ("Retry-After", "120"),
            ("Link", '<https://ca.example/dir>;rel="index"'),
            (
                "Link",
                '<https://ca.example/up>;rel="up", <https://ca.example/limits>; title="a, b"; rel="help x"',
            ),
        ),
        NOW,
    )
    assert isinstance(error, CAUnavailableError)
    assert error.retry_after == NOW + timedelta(seconds=120)
    assert error.problem == Problem(ACME + kind, "too many", status, help_url="https://ca.example/limits")
    assert str(error) == f"{URL}: HTTP status {status}: {kind}: too many (see https://ca.example/limits)"


@pytest.mark.parametrize(
    "link", ["", "<https://x>", '<https://x>; rel="helpful"', "<https://x>; title=help", "rel=help"]
)
def test_links_that_are_no_help(link: str) -> None:
    error = refusal(answer(429, {"type": "x"}, ("Link", link)), NOW)
    assert isinstance(error, CAUnavailableError)
    assert error.problem == Problem("x", status=429)


PAGE = (
    b"<html><head><style>p {color: red}</style><title>502 Bad\x1b[31m Gateway</title></head>\r\n"
    b"<body><p>nginx</p>"
)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_an_error_page_is_reported_by_its_first_words(status: int) -> None:
    error = refusal(answer(status, PAGE, ("Retry-After", "Sun, 01 Mar 2026 12:01:00 GMT")), NOW)
    assert isinstance(error, CAUnavailableError)
    assert str(error) == f"{URL}: HTTP status {status}: 502 Bad [31m Gateway nginx"
    assert error.problem is None
    assert error.retry_after == NOW + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (PAGE, "HTTP status 404: 502 Bad"),
        (b"", "HTTP status 404$"),
        (b"[1]", r"HTTP status 404: \[1\]"),
        (b"{}", r"HTTP status 404: \{\}"),
        (b"\xff\xfe", "HTTP status 404: "),
        (b"[" * 100_000, "HTTP status 404: "),
    ],
)
def test_other_refusals_without_a_problem_document(body: bytes, text: str) -> None:
    error = refusal(answer(404, body), NOW)
    assert isinstance(error, ProtocolError)
    with pytest.raises(ProtocolError, match=text):
        raise error


def test_what_is_not_implemented_will_not_be_so_later() -> None:
    error = refusal(answer(501, b"no"), NOW)
    assert isinstance(error, StatusError)
    assert error.status == 501
    assert isinstance(refusal(answer(501, {"type": ACME + "malformed"}), NOW), ProblemError)


@pytest.mark.parametrize(
    ("code", "status"), [("alreadyReplaced", 409), ("alreadyRevoked", 400), ("badRevocationReason", 400)]
)
def test_problems_that_are_told_apart_by_their_codes(code: str, status: int) -> None:
    error = refusal(answer(status, {"type": ACME + code}), NOW)
    assert isinstance(error, ProblemError)
    assert (error.problem.code, error.problem.status) == (code, status)


def test_a_redirect_says_where_to() -> None:
    error = refusal(answer(301, b"", ("Location", "/new")), NOW)
    assert isinstance(error, ProtocolError)
    assert "leads on to https://ca.example/new" in str(error)
    assert "directory_url" in str(error)
