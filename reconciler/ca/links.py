"""Links to other resources in the header `Link` of an answer (RFC 8288)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from reconciler.ca.texts import https_url
from reconciler.errors import ProtocolError

if TYPE_CHECKING:
    from reconciler.ca.transport import Answer

_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w*]+\s*=\s*(?:\"[^\"]*\"|[^\",;\s]*))*)")
_RELATION = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\",;\s]*))", re.IGNORECASE)
_ALTERNATES = 20


def targets(answer: Answer, relation: str) -> list[str]:
    """Return what an answer links to by a relation, as it stands there: not checked, perhaps relative."""
    found = []
    for header in answer.headers.all("Link"):
        for link in _LINK.finditer(header):
            named = _RELATION.search(link[2])
            if named and relation in (named[1] or named[2] or "").lower().split():
                found.append(link[1])
    return found


def next_page(answer: Answer) -> str | None:
    """Return the URL of the next page of a list (RFC 8555 section 7.1.2.1), None on the last one.

    Raises:
        ProtocolError: when it is no https URL.
    """
    for target in targets(answer, "next"):
        url = _resolved(answer, target)
        https_url(url, f"{answer.url}: the answer's header Link (next)")
        return url
    return None


def alternates(answer: Answer) -> tuple[str, ...]:
    """Return the URLs of other chains for the same certificate (RFC 8555 section 7.4.2).

    What cannot be asked for is left out: the chain that was sent is good without it.
    """
    found: dict[str, None] = {}
    for target in targets(answer, "alternate"):
        url = _resolved(answer, target)
        try:
            https_url(url, "")
        except ProtocolError:
            continue
        if url != answer.url:
            found[url] = None
    return tuple(found)[:_ALTERNATES]


def _resolved(answer: Answer, target: str) -> str:
    try:
        return urljoin(answer.url, target)
    except ValueError:
        return target
