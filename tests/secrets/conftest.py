"""A CA, a name server and Amazon's API for the scene."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

import pytest

from tests.secrets.scene import EAB_KEY, EAB_KID, Scene, add_zone
from tests.unit.challenges.dns.moto_server import moto_server
from tools.bind import Bind, BindOptions
from tools.pebble import Pebble, PebbleOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


ZONES = ("example.com", "aws.test", "ambient.test")


class MakeScene(Protocol):
    def __call__(self, *, encrypted: bool, eab_key: str = EAB_KEY) -> Scene: ...


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[MakeScene]:
    """Make a scene; the servers end with the test."""
    with ExitStack() as stack:

        def make(*, encrypted: bool, eab_key: str = EAB_KEY) -> Scene:
            options = PebbleOptions(always_valid=True, eab_keys={EAB_KID: eab_key})
            ca = stack.enter_context(Pebble(options))
            bind = stack.enter_context(Bind(BindOptions(zones=dict.fromkeys(ZONES, ()), resolves=True)))
            amazon = stack.enter_context(moto_server())
            amazon.reset()
            for zone in ZONES[1:]:
                add_zone(amazon.url, zone)
            return Scene(tmp_path / "top", ca, bind, amazon.url, encrypted)

        yield make
