from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools import apt_fetch, find_powerdns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without PowerDNS; returns where its cache is."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(find_powerdns, "_MORE_FOLDERS", ())
    return tmp_path / "reconciler-dev"


def make_files(root: Path) -> None:
    for name in (
        "usr/sbin/pdns_server",
        "usr/lib/x86_64-linux-gnu/pdns/libgsqlite3backend.so",
        "usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql",
    ):
        path = root / name
        path.parent.mkdir(parents=True)
        path.touch(0o755)


def test_it_is_fetched_once_and_whole(nothing_installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[Sequence[str]] = []

    def unpack(packages: Sequence[str], folder: Path) -> str:
        fetched.append(packages)
        make_files(folder / "root")
        return ""

    monkeypatch.setattr(apt_fetch, "is_possible", lambda: True)
    monkeypatch.setattr(apt_fetch, "unpack_missing", unpack)
    first = find_powerdns.find_powerdns()
    assert find_powerdns.find_powerdns() == first
    assert fetched == [("pdns-server", "pdns-backend-sqlite3")]
    assert nothing_installed in first.program.parents
    assert first.schema.is_file()
    libraries = first.program.parents[1] / "lib/x86_64-linux-gnu"
    assert first.arguments == (f"--module-dir={libraries / 'pdns'}",)
    assert first.environment == {"LD_LIBRARY_PATH": str(libraries)}
    assert sorted(each.name for each in nothing_installed.iterdir()) == [
        "lock",
        first.program.parents[2].name,
    ]


def test_a_failure_says_what_was_tried_and_what_to_do(
    nothing_installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apt_fetch, "is_possible", lambda: True)
    monkeypatch.setattr(apt_fetch, "unpack_missing", lambda *_: "no network")
    with pytest.raises(find_powerdns.PowerDnsUnavailableError) as caught:
        find_powerdns.find_powerdns()
    message = str(caught.value)
    assert "no program `pdns_server`" in message
    assert "no network" in message
    assert "apt-get install pdns-server pdns-backend-sqlite3" in message
    assert [each.name for each in nothing_installed.iterdir()] == ["lock"]


def test_a_system_without_apt_is_told(nothing_installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apt_fetch, "is_possible", lambda: False)
    with pytest.raises(find_powerdns.PowerDnsUnavailableError, match="no apt-get and dpkg-deb"):
        find_powerdns.find_powerdns()
