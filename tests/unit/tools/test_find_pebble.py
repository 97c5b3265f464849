from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools import apt_fetch
from tools.apt_source import AptSource
from tools.find_pebble import OVERRIDE, PebbleUnavailableError, find_pebble

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "#!/bin/sh\n# renewalInfo invalidProfile\n"
OLD = "#!/bin/sh\n"
BROKEN = GOOD + "echo 'needs a newer libc' >&2; exit 1\n"
SOURCE = AptSource("list", "http://mirror.example/debian", "deb http://mirror.example/debian sid main\n")


def put_programs(folder: Path, pebble: str) -> None:
    folder.mkdir(parents=True)
    for name, content in (("pebble", pebble), ("pebble-challtestsrv", OLD)):
        (folder / name).write_text(content)
        (folder / name).chmod(0o755)


@pytest.fixture(autouse=True)
def _bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(OVERRIDE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(apt_fetch, "is_possible", lambda: True)
    monkeypatch.setattr(apt_fetch, "system_sources", lambda _: [SOURCE])


def test_programs_on_path_are_taken(tmp_path: Path) -> None:
    put_programs(tmp_path / "bin", GOOD)

    assert find_pebble().pebble == tmp_path / "bin" / "pebble"


def test_the_folder_that_is_set_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_programs(tmp_path / "bin", GOOD)
    put_programs(tmp_path / "mine", GOOD)
    monkeypatch.setenv(OVERRIDE, str(tmp_path / "mine"))

    assert find_pebble().challtestsrv == tmp_path / "mine" / "pebble-challtestsrv"


def test_a_folder_that_is_set_and_has_none_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_programs(tmp_path / "bin", GOOD)
    monkeypatch.setenv(OVERRIDE, str(tmp_path))

    with pytest.raises(PebbleUnavailableError, match=rf"{OVERRIDE}={tmp_path}: no program `pebble`"):
        find_pebble()


@pytest.mark.parametrize("installed", [OLD, BROKEN])
def test_one_that_will_not_do_is_replaced_by_a_fetched_one_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed: str
) -> None:
    fetched = []

    def unpack(package: str, source: AptSource, folder: Path) -> str:
        fetched.append((package, source))
        put_programs(folder / "root" / "usr" / "bin", GOOD)
        return ""

    monkeypatch.setattr(apt_fetch, "unpack", unpack)
    put_programs(tmp_path / "bin", installed)

    first, second = find_pebble(), find_pebble()

    assert first == second
    assert first.pebble.is_relative_to(tmp_path / "cache" / "reconciler-dev")
    assert fetched == [("pebble", SOURCE)]
    assert sorted(path.name for path in (tmp_path / "cache" / "reconciler-dev").iterdir()) == [
        "lock",
        first.pebble.parent.name,
    ]


def test_the_error_says_what_was_tried_and_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apt_fetch, "unpack", lambda *_: "apt-get: could not resolve")

    with pytest.raises(PebbleUnavailableError) as caught:
        find_pebble()

    message = str(caught.value)
    assert "PATH: no program `pebble`" in message
    assert "http://mirror.example/debian sid: apt-get: could not resolve" in message
    assert "go install" in message
    assert OVERRIDE in message


def test_a_system_without_apt_gets_the_same_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apt_fetch, "is_possible", lambda: False)

    with pytest.raises(PebbleUnavailableError, match="no apt-get and dpkg-deb"):
        find_pebble()
