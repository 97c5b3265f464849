"""The password of a PKCS #12 file: from the environment or a file, never from the command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST_LINE = 4096

F = TypeVar("F", bound="Callable[..., Any]")


def password_options(command: F) -> F:
    """Add `--password-env` and `--password-file`."""
    from_file = click.option(
        "--password-file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        help="For pkcs12: the password is the first line of FILE.",
    )
    from_environment = click.option(
        "--password-env",
        metavar="NAME",
        help="For pkcs12: the password is in the environment variable NAME.",
    )
    return from_environment(from_file(command))


def read_password(variable: str | None, path: Path | None, *, is_wanted: bool) -> bytes:
    """Return the password, with the blanks that it has; empty where none is wanted.

    Raises:
        SecretError: it is not where it is said to be.
    """
    given = (variable is not None) + (path is not None)
    if given and not is_wanted:
        raise click.UsageError("only pkcs12 has a password")
    if not is_wanted:
        return b""
    if given != 1:
        raise click.UsageError("pkcs12 wants its password: give --password-env NAME or --password-file FILE")
    return _first_line(path) if path is not None else _from_environment(variable or "")


def _from_environment(variable: str) -> bytes:
    from reconciler.errors import SecretError

    text = os.environ.get(variable, "")
    if not text:
        raise SecretError(f"the environment variable {variable} is not set")
    return os.fsencode(text)


def _first_line(path: Path) -> bytes:
    from reconciler.errors import SecretError

    try:
        with path.open("rb") as file:
            return file.readline(_LONGEST_LINE).rstrip(b"\r\n")
    except OSError as error:
        raise SecretError(f"the secret file {path} cannot be read: {error.strerror}") from None
