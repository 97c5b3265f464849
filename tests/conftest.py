"""What holds for all tests: nothing of the developer's environment, and no connection beyond this machine."""

from __future__ import annotations

import ipaddress
import os
import socket
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

_FIGURE = "figure"


class RecordFigure(Protocol):
    def __call__(self, promise: str, figure: str) -> None: ...


# On a busy machine an example takes what it takes; the whole test has its limit.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")

# What would make a program behave in another way on another machine.
_PROXIES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY")
_TRUST = ("REQUESTS_CA_BUNDLE", "SSL_CERT_DIR", "SSL_CERT_FILE")
_TERMINAL = ("CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR")
_CI = ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITLAB_CI")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--chaos", action="store_true", help="run the tests that take minutes, and only these")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take either the long tests or the others."""
    wanted = config.getoption("--chaos")
    others = [each for each in items if (each.get_closest_marker("chaos") is not None) is not wanted]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [each for each in items if each not in frozenset(others)]


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Show what the tests have measured, for docs/reliability.md."""
    figures = sorted(
        {
            value
            for reports in terminalreporter.stats.values()
            for report in reports
            for name, value in getattr(report, "user_properties", ())
            if name == _FIGURE
        }
    )
    if figures:
        terminalreporter.section("figures")
        for figure in figures:
            terminalreporter.write_line(figure)


@pytest.fixture
def record_figure(record_property: Any) -> RecordFigure:  # noqa: ANN401 - as pytest has it
    """Take a figure for the table of docs/reliability.md: `record_figure("crash", "killed 164 times")`."""
    return lambda promise, figure: record_property(_FIGURE, f"{promise}: {figure}")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what differs from machine to machine."""
    for name in (*_PROXIES, *_TRUST, *_TERMINAL, *_CI):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what plans find out of the developer's cache, and out of other tests."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "no-cache" / "yet"))
    monkeypatch.setenv("RECONCILER_NO_CACHE", "1")


@pytest.fixture(autouse=True)
def _no_foreign_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test fail that would talk to another machine."""
    connect = socket.socket.connect

    def checked(self: socket.socket, address: Any) -> None:  # noqa: ANN401 - as the socket module has it
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = address[0]
            if host != "localhost" and not _is_loopback(host):
                pytest.fail(f"a test tried to connect to {address}", pytrace=False)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", checked)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
