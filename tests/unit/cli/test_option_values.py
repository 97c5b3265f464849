from __future__ import annotations

from datetime import timedelta

import click
import pytest

from reconciler.cli.option_values import duration, identifier_value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", timedelta(seconds=90)),
        ("10m", timedelta(minutes=10)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("2d", timedelta(days=2)),
        ("0s", timedelta()),
    ],
)
def test_durations(text: str, expected: timedelta) -> None:
    assert duration(text) == expected


@pytest.mark.parametrize("text", ["", "10", "m", "-1s", "1.5h", "10 m", "5m1h", "1w", f"{10**12}d", "٣s\n"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(click.BadParameter):
        duration(text)


def test_identifiers_become_canonical() -> None:
    assert identifier_value("Bücher.Example.") == "xn--bcher-kva.example"
    assert identifier_value("2001:DB8::0") == "2001:db8::"
    with pytest.raises(click.BadParameter, match="single label"):
        identifier_value("localhost")
