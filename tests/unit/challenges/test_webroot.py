"""http-01 by a folder."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from reconciler.challenges.webroot import Webroot, top_of_webroot
from reconciler.errors import ChallengeError
from reconciler.model.role import ChallengeType
from tests.unit.challenges.instructions import THUMBPRINT, hostile, instruction

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = hostile(ChallengeType.HTTP_01)


def test_the_file_is_there_readable_and_gone_again(tmp_path: Path) -> None:
    webroot = Webroot(tmp_path)
    webroot.present(instruction())
    webroot.present(instruction())
    path = tmp_path / ".well-known/acme-challenge/a_Token-1"
    assert path.read_text() == f"a_Token-1.{THUMBPRINT}"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o755
    assert webroot.missing(instruction()) is None
    webroot.clean_up([instruction()])
    webroot.clean_up([instruction()])
    assert not path.exists()
    assert webroot.missing(instruction()) == f"the file {path} is not there, or is another"
    webroot.close()
    assert not webroot.lives_here(instruction())


def test_several_are_cleaned_up_at_once_and_a_bad_one_holds_none_up(tmp_path: Path) -> None:
    webroot = Webroot(tmp_path)
    several = [instruction(token=token) for token in ("one", "two", "three")]
    for each in several:
        webroot.present(each)
    bad = instruction(token="../x")
    failures = webroot.clean_up([several[0], bad, *several[1:]])
    assert list(failures) == [bad]
    assert "token" in str(failures[bad])
    assert list((tmp_path / ".well-known/acme-challenge").iterdir()) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_token_touches_nothing(tmp_path: Path, name: str) -> None:
    webroot = Webroot(tmp_path)
    with pytest.raises(ChallengeError):
        webroot.present(HOSTILE[name])
    assert list(webroot.clean_up([HOSTILE[name]])) == [HOSTILE[name]]
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_has_left_is_written_over_and_removed(tmp_path: Path) -> None:
    folder = tmp_path / ".well-known/acme-challenge"
    folder.mkdir(parents=True)
    (folder / ".order").write_text("half")
    (folder / instruction().token).write_text("half")
    webroot = Webroot(tmp_path)
    assert webroot.missing(instruction()) is not None
    webroot.present(instruction())
    assert webroot.missing(instruction()) is None
    assert [each.name for each in folder.iterdir()] == [instruction().token]
    (folder / ".order").write_text("half")
    webroot.clean_up([instruction()])
    assert list(folder.iterdir()) == []


def test_a_webroot_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(ChallengeError, match="webroot"):
        Webroot(tmp_path / "typo").present(instruction())
    assert not (tmp_path / "typo").exists()


@pytest.mark.parametrize("link", ["www", "www/.well-known", "www/.well-known/acme-challenge"])
def test_nothing_is_written_through_a_link_of_the_tree(tmp_path: Path, link: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / ".well-known/acme-challenge").mkdir(parents=True)
    (tmp_path / link).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / link).symlink_to(elsewhere)
    webroot = Webroot(tmp_path / "www", top_of_webroot(tmp_path, "www"))
    with pytest.raises(ChallengeError, match=f"{tmp_path}/{link} is a link, and is not followed"):
        webroot.present(instruction())
    assert webroot.clean_up([instruction()])
    assert not [path for path in elsewhere.rglob("*") if path.is_file()]


def test_links_of_a_webroot_outside_of_the_tree_are_its_administrators(tmp_path: Path) -> None:
    assert top_of_webroot(tmp_path / "tree", str(tmp_path / "www")) is None
    (tmp_path / "shared").mkdir()
    (tmp_path / "www/.well-known").mkdir(parents=True)
    (tmp_path / "www/.well-known/acme-challenge").symlink_to(tmp_path / "shared")
    Webroot(tmp_path / "www").present(instruction())
    assert len(list((tmp_path / "shared").iterdir())) == 1
