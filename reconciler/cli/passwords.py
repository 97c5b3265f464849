"""The password of a PKCS #12 file: from the environment or a file, never from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

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
    """Return the password; empty where none is wanted.

    Raises:
        SecretError: it is not where it is said to be.
    """
    from reconciler.engine.secrets import read_secret
    from reconciler.model.account import SecretReference

    given = (variable is not None) + (path is not None)
    if given and not is_wanted:
        raise click.UsageError("only pkcs12 has a password")
    if not is_wanted:
        return b""
    if given != 1:
        raise click.UsageError("pkcs12 wants its password: give --password-env NAME or --password-file FILE")
    text = read_secret(SecretReference(variable, str(path) if path else None), Path())
    return text.partition("\n")[0].encode()
