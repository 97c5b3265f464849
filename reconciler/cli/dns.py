"""`reconciler dns`."""

from __future__ import annotations

import click

from reconciler.cli.dns_test import test


@click.group(short_help="Test DNS providers, and show the records that are to stand.")
def command() -> None:
    """Test DNS providers, and show the records of the DNS that are to stand."""


command.add_command(test)
