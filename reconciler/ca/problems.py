"""Answers that say no: problem documents (RFC 8555 section 6.7, RFC 9457), and error pages that are none."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from reconciler.ca.json_reader import JsonError, parse
from reconciler.ca.links import targets
from reconciler.ca.retry_after import retry_after
from reconciler.ca.texts import clean, first_words, url_for_people
from reconciler.errors import CAError, CAUnavailableError, ProblemError, ProtocolError
from reconciler.model.problem import Problem

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.ca.transport import Answer

_SUBPROBLEMS = 100
# All of them are shown, and kept in a record.
_LONGEST, _LONGEST_INNER = 1000, 200
_STATUSES = range(100, 600)
_LATER = frozenset({"rateLimited", "badNonce"})
_LATER_STATUS = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


class StatusError(ProtocolError):
    """The CA refused a request by its HTTP status alone, without a problem document."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def refusal(answer: Answer, now: datetime) -> CAError:
    """Return what to raise for an answer whose status is not 2xx.

    Returns:
        `CAUnavailableError` for 429 and 5xx (but 501: what is not implemented will not be so later), and for
        `rateLimited` and `badNonce` of any status; `ProblemError` for other problem documents;
        `ProtocolError` for what is neither.
    """
    problem = problem_in(answer)
    if _is_later(answer.status) or (problem is not None and problem.code in _LATER):
        said = str(problem) if problem is not None else first_words(answer.body)
        return CAUnavailableError(
            f"{answer.url}: HTTP status {answer.status}{said and f': {said}'}",
            retry_after(answer.headers.get("Retry-After"), now),
            problem,
        )
    if problem is not None:
        return ProblemError(problem)
    if answer.location is not None and answer.status < HTTPStatus.BAD_REQUEST:
        return ProtocolError(
            f"{answer.url}: leads on to {clean(answer.location, 300)}, which is not followed"
            " (if the CA has moved, change directory_url)"
        )
    said = first_words(answer.body)
    return StatusError(f"{answer.url}: HTTP status {answer.status}{said and f': {said}'}", answer.status)


def problem_in(answer: Answer) -> Problem | None:
    """Return the problem document that an answer is, if it is one."""
    if answer.status < HTTPStatus.BAD_REQUEST:
        return None
    try:
        document = parse(answer.body)
    except JsonError:
        return None
    if not isinstance(document, dict) or not ({"type", "detail", "title"} & document.keys()):
        return None
    return problem_from(document, status=answer.status, help_url=help_url(answer))


def problem_from(
    document: dict[str, Any], *, status: int | None = None, help_url: str | None = None, depth: int = 0
) -> Problem:
    """Return the problem in a JSON object; members of wrong types are ignored (RFC 9457 section 3.1)."""
    subproblems = document.get("subproblems")
    if not isinstance(subproblems, list) or depth:
        subproblems = []
    own_status = document.get("status")
    if status is None and type(own_status) is int and own_status in _STATUSES:
        status = own_status
    limit = _LONGEST_INNER if depth else _LONGEST
    return Problem(
        type=_text(document.get("type"), 300) or "about:blank",
        detail=_text(document.get("detail"), limit) or _text(document.get("title"), limit),
        status=status,
        identifier=_identifier(document.get("identifier")),
        subproblems=tuple(
            problem_from(each, depth=depth + 1)
            for each in subproblems[:_SUBPROBLEMS]
            if isinstance(each, dict)
        ),
        help_url=help_url,
    )


def help_url(answer: Answer) -> str | None:
    """Return the URL in `Link: <...>; rel="help"` (RFC 8555 section 6.6), a page for people."""
    return next((url for each in targets(answer, "help") if (url := url_for_people(each))), None)


def _is_later(status: int) -> bool:
    if status == HTTPStatus.NOT_IMPLEMENTED:
        return False
    return status in _LATER_STATUS or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _text(value: object, limit: int) -> str:
    return clean(value, limit) if isinstance(value, str) else ""


def _identifier(value: object) -> str | None:
    return _text(value.get("value"), 300) or None if isinstance(value, dict) else None
