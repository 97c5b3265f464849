from __future__ import annotations

from typing import TYPE_CHECKING

from tools.apt_fetch import system_sources

if TYPE_CHECKING:
    from pathlib import Path


def test_sources_are_gathered_from_all_of_apts_places(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text("deb http://one.example/debian bookworm main\n")
    parts = tmp_path / "sources.list.d"
    parts.mkdir()
    (parts / "a.list").write_text("deb http://two.example/apt bookworm main\n")
    (parts / "b.sources").write_text(
        "Types: deb\nURIs: http://three.example/debian\nSuites: bookworm\nComponents: main\n"
    )
    (parts / "c.list.disabled").write_text("deb http://four.example/debian bookworm main\n")

    uris = [source.uri for source in system_sources("sid", tmp_path)]

    assert uris == ["http://one.example/debian", "http://three.example/debian", "http://two.example/apt"]


def test_a_system_without_apt_has_no_sources(tmp_path: Path) -> None:
    assert system_sources("sid", tmp_path / "nowhere") == []
