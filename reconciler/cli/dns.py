"""`reconciler dns`."""

from __future__ import annotations

import click

from reconciler.cli.dns_records import records
from reconciler.cli.provider_trial import test


@click.group(short_help="Test DNS providers, and show the records that are to stand.")
def command() -> None:
    """Test DNS providers, and show the records of the DNS that are to stand."""


for _each in (test, records):
    command.add_command(_each)
