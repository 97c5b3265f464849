"""Options and arguments that several commands have."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from reconciler.cli.limits import LimitOptions
from reconciler.cli.session import OutputFormat, Session
from reconciler.model.safety import LimitKind, Safety
from reconciler.model.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.model.safety import Limit

F = TypeVar("F", bound="Callable[..., Any]")

pass_session = click.make_pass_decorator(Session)

_LONGEST = 100_000  # of any unit: beyond that a date is out of what dates can be
_DURATION = re.compile("".join(f"(?:([0-9]{{1,9}}){unit})?" for unit in "dhms"))

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


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
        type=_trusted_ref,
        metavar="REF",
        envvar="RECONCILER_TRUSTED_REF",
        show_envvar=True,
        help="The protected branch whose policy counts: origin/main. Otherwise: as reconciler.yaml says.",
    )
    return option(command)


def base_option(command: F) -> F:
    """Add `--base`."""
    option = click.option(
        "--base",
        type=_base,
        metavar="REF",
        envvar="RECONCILER_BASE",
        show_envvar=True,
        help="Show what this branch changes against REF (origin/main, or a commit), and apart from it what "
        "was due anyway.",
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


def role_removal_option(command: F) -> F:
    """Add `--allow-role-removal`."""
    option = click.option(
        "--allow-role-removal",
        "allowed_removals",
        metavar="ROLE",
        multiple=True,
        help="Let this role go though orders of it are under way; may be given several times.",
    )
    return option(command)


def selection_options(command: F) -> F:
    """Add `--select`, `--exclude`, `--role` and `--account`; the command gets them as one `selection`."""

    @wraps(command)
    def with_selection(
        *args: object,
        select: tuple[str, ...],
        exclude: tuple[str, ...],
        roles: tuple[str, ...],
        accounts: tuple[str, ...],
        **others: object,
    ) -> object:
        return command(*args, selection=Selection(select, exclude, roles, accounts), **others)

    glob = "as in .gitignore: * stays in a folder, ** does not"
    for option in (
        _several(
            "--account", "accounts", "NAME", "Only certificates of this account, and the account itself"
        ),
        _several("--role", "roles", "NAME", "Only certificates of this role"),
        _several("--exclude", "exclude", "GLOB", "Not the certificates whose name matches"),
        _several("--select", "select", "GLOB", f"Only the certificates whose name matches, {glob}"),
    ):
        with_selection = option(with_selection)
    return cast("F", with_selection)


def limit_options(command: F) -> F:
    """Add `--max-changes`, `--max-replace`, `--max-forget` and `--allow-empty-tree`, as one `limits`."""

    @wraps(command)
    def with_limits(*args: object, allow_empty_tree: bool, **others: object) -> object:
        overrides = Safety(**{kind: others.pop(kind) for kind in LimitKind})  # type: ignore[arg-type]
        return command(*args, limits=LimitOptions(overrides, allow_empty_tree), **others)

    flag = click.option(
        "--allow-empty-tree",
        is_flag=True,
        help="A tree that asks for no certificate is meant: all that are known are forgotten.",
    )
    with_limits = flag(with_limits)
    for kind, what in reversed(_LIMITED.items()):
        option = click.option(
            f"--{kind.replace('_', '-')}",
            kind,
            type=_limit,
            metavar="N|P%",
            help=f"How many certificates may be {what} in this run; otherwise as reconciler.yaml says.",
        )
        with_limits = option(with_limits)
    return cast("F", with_limits)


_LIMITED = {
    LimitKind.MAX_CHANGES: "changed",
    LimitKind.MAX_REPLACE: "replaced (but for renewals)",
    LimitKind.MAX_FORGET: "forgotten",
}


def _limit(text: str) -> Limit:
    from reconciler.tree.safety import parse_limit

    try:
        return parse_limit(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _several(flag: str, name: str, metavar: str, says: str) -> Callable[[F], F]:
    says = f"{says}; may be given several times."
    return click.option(flag, name, metavar=metavar, multiple=True, callback=_not_empty, help=says)


def _not_empty(
    _context: click.Context, _parameter: click.Parameter, texts: tuple[str, ...]
) -> tuple[str, ...]:
    # An unset variable of a pipeline must not come to mean everything.
    if not all(texts):
        raise click.BadParameter("an empty text")
    return texts


def _trusted_ref(text: str) -> str:
    from reconciler.tree import trusted_ref_problem

    problem = trusted_ref_problem(text)
    if problem is not None:
        raise click.BadParameter("; ".join(problem))
    return text


def _base(text: str) -> str:
    from reconciler.provenance.repository import base_problem

    problem = base_problem(text)
    if problem is not None:
        raise click.BadParameter(problem)
    return text


def duration(text: str) -> timedelta:
    """Return the duration that a text means: `90s`, `10m`, `1h30m`, `2d`; for `type=` of an option."""
    match = _DURATION.fullmatch(text)
    if not match or not any(match.groups()):
        raise click.BadParameter(f"{text[:80]!r} is no duration; write 90s, 10m, 1h30m or 2d")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    if days + hours + minutes + seconds > _LONGEST:
        raise click.BadParameter(f"{text!r} is too long")
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def plan_digest(text: str) -> str:
    """Return the digest of a plan; for `type=` of an option."""
    if not _DIGEST.fullmatch(text):
        raise click.BadParameter(
            f"{text[:80]!r} is no digest; `reconciler plan --digest` shows it: sha256:..."
        )
    return text


def identifier_value(text: str) -> str:
    """Return the canonical value of a name or an address in any spelling; for `type=` of an option."""
    from reconciler.errors import InvalidIdentifierError
    from reconciler.model.identifier import parse_identifier

    try:
        return parse_identifier(text).value
    except InvalidIdentifierError as error:
        raise click.BadParameter(str(error)) from None
