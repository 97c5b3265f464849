"""Fixtures for tests against a real CA. Without Pebble they fail and say how to get it; none is skipped."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from tools.find_pebble import PebbleUnavailableError, find_pebble
from tools.pebble import Pebble, PebbleOptions
from tools.webroot import Webroot

if TYPE_CHECKING:
    from collections.abc import Iterator


class StartPebble(Protocol):
    def __call__(self, options: PebbleOptions | None = None) -> Pebble: ...


class StartWebroot(Protocol):
    def __call__(self, ca: Pebble, folder: Path | None = None) -> Webroot: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.pebble)


@pytest.fixture(scope="session")
def _pebble_programs() -> None:
    """Find Pebble, or fetch it, once."""
    complaint = ""
    try:
        find_pebble()
    except PebbleUnavailableError as error:
        complaint = str(error)
    if complaint:
        pytest.fail(complaint, pytrace=False)


@pytest.fixture
def pebble(_pebble_programs: None) -> Iterator[StartPebble]:
    """Start a CA of the test's own: `pebble()`, `pebble(PebbleOptions(strict=True))`."""
    with ExitStack() as stack:

        def start(options: PebbleOptions | None = None) -> Pebble:
            return stack.enter_context(Pebble(options))

        yield start


@pytest.fixture
def webroot(tmp_path: Path) -> Iterator[StartWebroot]:
    """Serve a folder where a CA validates http-01: `webroot(ca)`, `webroot(ca, tree / "webroot")`."""
    with ExitStack() as stack:

        def start(ca: Pebble, folder: Path | None = None) -> Webroot:
            return stack.enter_context(Webroot(folder or tmp_path / "webroot", ca.http_port))

        yield start
