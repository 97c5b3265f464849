"""Text from outside, made fit to be shown; URLs from outside, made fit to be asked."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from reconciler.errors import ProtocolError

_LONGEST_URL = 2048
_LONGEST_PAGE_URL = 500
_KEY = "PRIVATE KEY-----"
_WITHHELD = "(not shown: there is a private key in it)"
_TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_PORTS = range(1, 65536)


class HttpsUrl(NamedTuple):
    """An https URL, taken apart for a request."""

    host: str
    port: int
    target: str


def clean(text: str, limit: int = 1000) -> str:
    """Return `text` on one line, without what could steer a terminal, and not longer than `limit`.

    Nothing of a text with a private key in it is shown.
    """
    if _KEY in text:
        return _WITHHELD
    shown = " ".join("".join(each if each.isprintable() else " " for each in text[: 4 * limit]).split())
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"


def first_words(body: bytes, *, tags: bool = False) -> str:
    """Return what an answer that makes no sense says first; nothing of a private key.

    Args:
        body: the answer's.
        tags: whether to leave those of HTML in it.
    """
    if _KEY.encode() in body:
        return _WITHHELD
    text = body[:4000].decode("utf-8", "replace")
    return clean(text if tags else _TAG.sub(" ", text), 120)


def url_for_people(value: object) -> str | None:
    """Return a web page's URL to show; it is never asked for, so http will do."""
    if not isinstance(value, str) or len(value) > _LONGEST_PAGE_URL:
        return None
    return clean(value, _LONGEST_PAGE_URL) if value.lower().startswith(("https://", "http://")) else None


def https_url(value: str, where: str) -> HttpsUrl:
    """Return the parts of an https URL, whoever gave it (RFC 8555 section 6.1).

    Any host is one here; which of them may be asked says `reconciler.ca.hosts`.

    Args:
        value: the URL.
        where: whose URL this is, for the message.

    Raises:
        ProtocolError: when it is anything else.
    """
    parts = _parts(value)
    if isinstance(parts, str):
        raise ProtocolError(f"{where} {parts}: {clean(value, 200)!r}")
    return parts


@lru_cache(1024)
def _parts(value: str) -> HttpsUrl | str:
    """Return the parts, or what is wrong; the same few URLs are looked at again and again."""
    if len(value) > _LONGEST_URL or not value.isascii() or not value.isprintable() or " " in value:
        return "is no URL"
    try:
        parts = urlsplit(value)
        port = 443 if parts.port is None else parts.port
    except ValueError:
        return "is no URL"
    if parts.scheme != "https" or not parts.hostname or port not in _PORTS:
        return "is no https URL"
    if "@" in parts.netloc:
        return "has a user name in it"
    path = parts.path or "/"
    return HttpsUrl(parts.hostname, port, f"{path}?{parts.query}" if parts.query else path)
