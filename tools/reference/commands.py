"""The command line, read from the commands themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.main import cli
from tools.reference.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = "reconciler"


def command_overview() -> str:
    """Return a table of all commands that do something."""
    rows = [
        (
            f"[`{context.command_path}`](#{_anchor(context.command_path)})",
            context.command.get_short_help_str(200),
        )
        for context in _contexts(_root())
        if not isinstance(context.command, click.Group)
    ]
    return table(("Command", "What it does"), rows)


def global_options() -> str:
    """Return the options that stand before the command."""
    return _options(_root())


def command_sections() -> str:
    """Return a section for each command: usage, what it does, arguments and options."""
    return "\n\n".join(
        _section(context) for context in _contexts(_root()) if not isinstance(context.command, click.Group)
    )


def _root() -> click.Context:
    return click.Context(cli, info_name=_NAME, **cli.context_settings)


def _contexts(parent: click.Context) -> Iterator[click.Context]:
    """Yield all commands below `parent`, groups before what is in them."""
    group = parent.command
    if not isinstance(group, click.Group):
        return
    for name in group.list_commands(parent):
        command = group.get_command(parent, name)
        if command is not None:
            context = click.Context(command, info_name=name, parent=parent)
            yield context
            yield from _contexts(context)


def _section(context: click.Context) -> str:
    command = context.command
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    parts = [f"## {context.command_path}", f"    {usage}", _prose(command.help or ""), _options(context)]
    return "\n\n".join(part for part in parts if part)


def _options(context: click.Context) -> str:
    records = [
        record
        for parameter in context.command.get_params(context)
        if (record := parameter.get_help_record(context)) is not None
    ]
    # Arguments stand in the usage; every command has --help.
    rows = [(f"`{names}`", text) for names, text in records if text and not names.endswith("--help")]
    return table(("Option", "Meaning"), rows) if rows else ""


def _prose(text: str) -> str:
    """Return a help text as Markdown: a paragraph a line; what click keeps as it is becomes a code block."""
    paragraphs = text.split("\n\n")
    return "\n\n".join(
        "\n".join(f"    {line}" for line in each.removeprefix("\b").strip("\n").splitlines())
        if each.startswith("\b")
        else " ".join(each.split())
        for each in paragraphs
    )


def _anchor(heading: str) -> str:
    return heading.lower().replace(" ", "-")
