"""The border to the libraries of the DNS services: their absence, their logs, their words."""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from reconciler.errors import ChallengeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_URL = re.compile(r"\b[a-z+]+://\S+", re.IGNORECASE)
_SHORTEST_SECRET = 4


@contextmanager
def library(extra: str, *loggers: str) -> Iterator[None]:
    """Import a service's library in the body: lazily, for it is slow, and perhaps not there.

    Args:
        extra: the name under which this program's package knows it.
        loggers: what it logs to. It is kept quiet: what matters, it raises; what it logs, may be a secret.

    Raises:
        ChallengeError: it is not installed.
    """
    for name in loggers:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    except ImportError as error:
        raise ChallengeError(
            f"DNS providers of type {extra} need a library that is not installed ({error.name or error}): "
            f"pip install {_requirements(extra)}"
        ) from error


def _requirements(extra: str) -> str:
    """Return what `pip install` takes to install the libraries of an extra, as the package declares them."""
    from importlib.metadata import requires

    of_extra = re.compile(rf"extra == [\"']{extra}[\"']")
    wanted = (each.partition(";") for each in requires("reconciler") or ())
    return " ".join(f"'{name.strip()}'" for name, _, marker in wanted if of_extra.search(marker))


def shown(text: object, secrets: Iterable[str | None] = (), limit: int = 300) -> str:
    """Return what a library said, fit to be shown: one line, no URL (keys may be in it), no secret.

    Args:
        text: the exception, or what is to be shown of it.
        secrets: what must not be in it, in whatever form URLs have it either.
        limit: of characters.
    """
    said = str(text)
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        # What is shorter is no secret, and its letters are in any word.
        if len(secret) >= _SHORTEST_SECRET:
            for form in (
                secret,
                quote(secret),
                quote(secret, safe=""),
                quote_plus(secret),
                repr(secret)[1:-1],
            ):
                said = said.replace(form, "***")
    said = _URL.sub("(URL)", said[: 4 * limit])
    said = " ".join("".join(each if each.isprintable() else " " for each in said).split())
    return said if len(said) <= limit else f"{said[: limit - 1]}…"
