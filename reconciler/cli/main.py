"""`reconciler`: the entry, the global options, and the list of commands.

A command's module is imported when the command runs, not before: `--help` pays for none of them.
"""

from __future__ import annotations

import resource
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from reconciler import __version__
from reconciler.cli.failures import run_guarded
from reconciler.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "init": "Make a tree to start from.",
    "validate": "Check the tree alone, offline.",
    "plan": "Show what would be done, and why; change nothing.",
    "apply": "Do what the plan says.",
    "status": "Show certificates, expiry, and what waits for whom.",
    "order": "Look at orders, and say what becomes of them.",
    "certificate": "Look at certificates, and fetch them.",
    "account": "Look at ACME accounts, import them, change their keys.",
    "role": "Look at roles, and ask what they allow.",
    "log": "Show what was done, and check that the log of it is whole.",
    "state": "Look whether the state directory fits together.",
    "dns": "Test DNS providers, and show the records that are to stand.",
}
"""The commands and their summaries; a module of each name has the `command`."""


class LazyGroup(click.Group):
    """A group that imports a command's module only when the command is wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a command, None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"reconciler.cli.{cmd_name}").command
        if not isinstance(command, click.Command):
            raise TypeError(cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is named; one that does not exist is an error that says what is near."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            ctx.fail(f"there is no command {args[0]!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without a look at them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-C",
    "--chdir",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    metavar="DIR",
    help="Look for the tree in DIR (and above), not in the working directory.",
)
@click.option("--no-color", is_flag=True, help="No colours (as with NO_COLOR in the environment).")
@click.option("-v", "--verbose", is_flag=True, help="Show every event as a line, and tracebacks.")
@click.version_option(__version__, "--version", prog_name="reconciler")
@click.pass_obj
def cli(session: Session, folder: Path, *, no_color: bool, verbose: bool) -> None:
    """Declarative certificates from any ACME certification authority.

    A tree of YAML files says which certificates are wanted; plan shows what is to be done, apply does it.
    """
    session.folder = folder
    session.no_color = no_color
    session.verbose = verbose


def run(arguments: Sequence[str]) -> int:
    """Run one command line; return the exit code."""
    session = Session()
    return run_guarded(
        session,
        lambda: cli.main(list(arguments), prog_name="reconciler", standalone_mode=False, obj=session),
    )


def main() -> NoReturn:
    """Run the command line of this process, and end the process."""
    _leave_no_core_dump()
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets its code, not a traceback.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


def _leave_no_core_dump() -> None:
    # It would have private keys in it, and lie in a folder that others can read.
    with suppress(OSError, ValueError):
        _soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
