"""The folders of the settings: none of them may be reached through a link of the tree."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from reconciler.links import WHAT_TO_DO, find_link, top_of
from reconciler.model.finding import Finding, Location

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reconciler.model.settings import Settings


def links_to_folders(root: Path, settings: Settings) -> tuple[Finding, ...]:
    """Return a finding for each of `state` and `output` that is reached through a link.

    Args:
        root: of the tree.
        settings: say where they are.
    """
    return tuple(_links_to_folders(root, settings))


def _links_to_folders(root: Path, settings: Settings) -> Iterator[Finding]:
    for field, setting in (("state", settings.state), ("output", settings.output)):
        folder = root / setting
        try:
            link = find_link(folder, top_of(root, setting))
        except OSError:
            continue  # whoever uses it says why it cannot be used
        if link is not None:
            said = (
                f"`{field}` leads through a link, which is not followed: what is written would go elsewhere"
            )
            yield Finding("folder-behind-link", said, Location(os.path.relpath(link, root)), hint=WHAT_TO_DO)
