"""What plan and apply are told alike, and how `apply` shares the state: groups of options."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, cast

import click

from reconciler.cli.limits import LimitOptions
from reconciler.cli.option_values import base, limit
from reconciler.model.safety import LimitKind, Safety
from reconciler.model.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.cli.options import F
    from reconciler.model.safety import Limit

_LIMITED = {
    LimitKind.MAX_CHANGES: "changed",
    LimitKind.MAX_REPLACE: "replaced (but for renewals)",
    LimitKind.MAX_FORGET: "forgotten",
}


def base_option(command: F) -> F:
    """Add `--base`."""
    option = click.option(
        "--base",
        type=base,
        metavar="REF",
        envvar="RECONCILER_BASE",
        show_envvar=True,
        help="Show what this branch changes against REF (origin/main, or a commit), and apart from it what "
        "was due anyway.",
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
    def with_limits(
        *args: object,
        max_changes: Limit | None,
        max_replace: Limit | None,
        max_forget: Limit | None,
        allow_empty_tree: bool,
        **others: object,
    ) -> object:
        overrides = Safety(max_changes, max_replace, max_forget)
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
            type=limit,
            metavar="N|P%",
            help=f"How many certificates may be {what} in this run; otherwise as reconciler.yaml says.",
        )
        with_limits = option(with_limits)
    return cast("F", with_limits)


def sharing_options(command: F) -> F:
    """Add `--commit` and `--push-to`."""
    commit = click.option(
        "--commit",
        is_flag=True,
        help="Share the state by Git: fetch it, claim what is to be done, and push what has become of it.",
    )
    push_to = click.option(
        "--push-to",
        metavar="REMOTE/BRANCH",
        help="With --commit: the branch. Otherwise the trusted ref, or the upstream of what is checked out.",
    )
    return commit(push_to(command))


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
