from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools import apt_fetch, find_bind
from tools.find_bind import OVERRIDE, BindUnavailableError

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "#!/bin/sh\necho BIND 9\n"
BROKEN = "#!/bin/sh\necho 'a library is missing' >&2; exit 127\n"
# Only to be had with its own libraries.
FETCHED = '#!/bin/sh\ncase "$LD_LIBRARY_PATH" in */root/usr/lib/*-gnu|*/bind9-*) ;; *) exit 127;; esac\n'


def put_program(folder: Path, content: str) -> Path:
    folder.mkdir(parents=True)
    program = folder / "named"
    program.write_text(content)
    program.chmod(0o755)
    return program


@pytest.fixture(autouse=True)
def _bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(OVERRIDE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(find_bind, "_PLACES", (str(tmp_path / "sbin"),))
    monkeypatch.setattr(apt_fetch, "is_possible", lambda: True)


def test_a_program_on_path_or_where_servers_are_is_taken(tmp_path: Path) -> None:
    in_sbin = put_program(tmp_path / "sbin", GOOD)
    assert find_bind.find_bind().path == in_sbin

    on_path = put_program(tmp_path / "bin", GOOD)
    assert find_bind.find_bind().path == on_path


def test_the_program_that_is_set_comes_first_and_must_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_program(tmp_path / "bin", GOOD)
    monkeypatch.setenv(OVERRIDE, str(put_program(tmp_path / "mine", BROKEN)))

    with pytest.raises(BindUnavailableError, match=f"{OVERRIDE}=.*a library is missing"):
        find_bind.find_bind()


def test_one_that_does_not_run_is_replaced_by_a_fetched_one_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []

    def unpack(packages: tuple[str, ...], folder: Path) -> str:
        fetched.extend(packages)
        put_program(folder / "root" / "usr" / "sbin", FETCHED)
        (folder / "root" / "usr" / "lib" / "x86_64-linux-gnu").mkdir(parents=True)
        return ""

    monkeypatch.setattr(apt_fetch, "unpack_missing", unpack)
    put_program(tmp_path / "bin", BROKEN)

    first, second = find_bind.find_bind(), find_bind.find_bind()

    assert first == second
    assert first.path.is_relative_to(tmp_path / "cache" / "reconciler-dev")
    assert first.environment["LD_LIBRARY_PATH"].startswith(str(tmp_path / "cache"))
    assert fetched == ["bind9", "bind9-dnsutils"]


def test_its_other_programs_are_found_in_the_same_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unpack(_packages: tuple[str, ...], folder: Path) -> str:
        put_program(folder / "root" / "usr" / "sbin", GOOD)
        put_program(folder / "root" / "usr" / "bin", GOOD).rename(
            folder / "root" / "usr" / "bin" / "nsupdate"
        )
        return ""

    monkeypatch.setattr(apt_fetch, "unpack_missing", unpack)
    fetched = find_bind.find_tool("nsupdate").path
    assert fetched.is_relative_to(tmp_path / "cache")
    assert fetched.is_file()
    own = put_program(tmp_path / "bin", GOOD).rename(tmp_path / "bin" / "nsupdate")
    assert find_bind.find_tool("nsupdate").path == own


def test_the_error_says_what_was_tried_and_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apt_fetch, "unpack_missing", lambda *_: "apt-get: could not resolve")

    with pytest.raises(BindUnavailableError) as caught:
        find_bind.find_bind()

    message = str(caught.value)
    assert "PATH: no program `named`" in message
    assert "the Debian package: apt-get: could not resolve" in message
    assert "apt-get install bind9" in message
    assert OVERRIDE in message


def test_a_system_without_apt_gets_the_same_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apt_fetch, "is_possible", lambda: False)

    with pytest.raises(BindUnavailableError, match="no apt-get and dpkg-deb"):
        find_bind.find_bind()
