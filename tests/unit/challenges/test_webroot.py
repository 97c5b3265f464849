"""http-01 by a folder."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from reconciler.challenges.webroot import Webroot
from reconciler.errors import ChallengeError
from reconciler.model.identifier import Identifier
from reconciler.model.instruction import Instruction
from reconciler.model.role import ChallengeType

if TYPE_CHECKING:
    from pathlib import Path


_TOKEN = "a_Token-1"


def instruction(token: str = _TOKEN) -> Instruction:
    name = Identifier("dns", "www.example.com")
    return Instruction("order", "www", name, ChallengeType.HTTP_01, token, f"{token}.thumb")


def test_the_file_is_there_readable_and_gone_again(tmp_path: Path) -> None:
    webroot = Webroot(tmp_path)
    webroot.present(instruction())
    webroot.present(instruction())
    path = tmp_path / ".well-known/acme-challenge/a_Token-1"
    assert path.read_text() == "a_Token-1.thumb"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert webroot.is_visible(instruction())
    webroot.clean_up(instruction())
    webroot.clean_up(instruction())
    assert not path.exists()
    assert not webroot.is_visible(instruction())


@pytest.mark.parametrize(
    "token", ["", "..", "../../etc/passwd", "/etc/passwd", "a/b", "a\0b", "a b", "x" * 257, "é"]
)
def test_a_token_that_is_none_touches_nothing(tmp_path: Path, token: str) -> None:
    for act in (Webroot(tmp_path).present, Webroot(tmp_path).clean_up):
        with pytest.raises(ChallengeError, match="token"):
            act(instruction(token))
    assert list(tmp_path.iterdir()) == []


def test_a_webroot_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(ChallengeError, match="webroot"):
        Webroot(tmp_path / "typo").present(instruction())
    assert not (tmp_path / "typo").exists()
