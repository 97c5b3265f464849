"""Options and arguments that several commands have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from reconciler.cli.option_values import duration, trusted_ref
from reconciler.cli.session import OutputFormat, Session

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")

pass_session = click.make_pass_decorator(Session)


def format_option(command: F) -> F:
    """Add `--format`; the session remembers it, for errors are shown in it as well."""

    def remember(context: click.Context, _parameter: click.Parameter, value: str) -> None:
        context.ensure_object(Session).output_format = OutputFormat(value)

    option = click.option(
        "--format",
        type=click.Choice([each.value for each in OutputFormat]),
        default=OutputFormat.TEXT.value,
        show_default=True,
        expose_value=False,
        callback=remember,
        # Before the others, so that what is wrong with them is said in this form.
        is_eager=True,
        help="For people, or for programs.",
    )
    return option(command)


def formats_option(
    *more: str, for_whom: str = "For people, for programs, or for those who publish DNS records."
) -> Callable[[F], F]:
    """Add `--format` with forms beside text and JSON; the command gets the chosen one as `form`.

    Args:
        more: these forms.
        for_whom: whom the forms are for, in the order of the choice.
    """

    def remember(context: click.Context, _parameter: click.Parameter, value: str) -> str:
        is_json = value == OutputFormat.JSON
        context.ensure_object(Session).output_format = OutputFormat.JSON if is_json else OutputFormat.TEXT
        return value

    return click.option(
        "--format",
        "form",
        type=click.Choice([*(each.value for each in OutputFormat), *more]),
        default=OutputFormat.TEXT.value,
        show_default=True,
        callback=remember,
        is_eager=True,
        help=for_whom,
    )


def trusted_ref_option(command: F) -> F:
    """Add `--trusted-ref`."""
    option = click.option(
        "--trusted-ref",
        type=trusted_ref,
        metavar="REF",
        envvar="RECONCILER_TRUSTED_REF",
        show_envvar=True,
        help="The protected branch whose policy counts: origin/main. Otherwise: as reconciler.yaml says.",
    )
    return option(command)


def lock_timeout_option(command: F) -> F:
    """Add `--lock-timeout`."""
    option = click.option(
        "--lock-timeout",
        type=duration,
        metavar="DURATION",
        default="0s",
        show_default=True,
        help="How long to wait for another run that holds the state's lock.",
    )
    return option(command)
