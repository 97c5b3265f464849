from __future__ import annotations

from importlib import import_module

import click
import pytest

from reconciler.cli.main import COMMANDS, cli, run


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there_and_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert isinstance(import_module(f"reconciler.cli.{name}").command, click.Command)
    assert run([name, "--help"]) == 0
    assert f"Usage: reconciler {name}" in capsys.readouterr().out


def test_the_list_of_commands_is_complete(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown and summary in shown for name, summary in COMMANDS.items())


def test_every_command_has_both_formats_and_some_have_more() -> None:
    context = click.Context(cli)
    formats: dict[str, tuple[str, ...]] = {}
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        leaves = command.commands.values() if isinstance(command, click.Group) else [command]
        for leaf in leaves:
            [form] = [each for each in leaf.params if "--format" in each.opts]
            assert isinstance(form.type, click.Choice)
            formats[f"{name} {leaf.name}"] = tuple(form.type.choices)
    assert formats.pop("certificate fetch") == ("pem", "der", "pem_bundle", "pkcs12", "json")
    assert formats.pop("order challenges") == ("text", "json", "zone", "nsupdate", "octodns")
    assert formats.pop("dns records") == ("text", "json", "zone", "octodns", "dnscontrol", "terraform")
    assert formats.pop("plan command") == ("text", "json", "markdown")
    assert set(formats.values()) == {("text", "json")}


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("reconciler, version ")
