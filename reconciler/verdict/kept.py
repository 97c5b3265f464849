"""The verdict as a file of the user's cache: `$XDG_CACHE_HOME/reconciler/plan-HASH.json`, one for each tree.

Whoever cannot read or write it does without. It has digests, a number and times in it; no secret, and nothing
of the tree but the paths of its folders.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct
from msgspec.json import decode, encode

from reconciler import files
from reconciler.verdict.places import Places  # noqa: TC001 - msgspec looks at the types of fields

if TYPE_CHECKING:
    from collections.abc import Mapping

_FORMAT = 1

# Of a time without a zone nobody could say whether it is over.
_Time = Annotated[datetime, Meta(tz=True)]


class Verdict(Struct, frozen=True):
    """There was nothing to do.

    Attributes:
        places: where the plan has looked.
        program: which program has decided, as a digest.
        seen: what it has looked at, and what Git has said, as a digest.
        made, until: when this was so, and until when it is, if nothing changes.
        unchanged: how many certificates are as the tree wants them.
        digest: of the plan; None where nobody has asked for it.
    """

    places: Places
    program: str
    seen: str
    made: _Time
    until: _Time
    unchanged: int
    digest: str | None = None
    format: int = _FORMAT


def cache_folder(environment: Mapping[str, str]) -> Path | None:
    """Return the folder of the cache (XDG Base Directory Specification); None where there is none."""
    base = environment.get("XDG_CACHE_HOME", "")
    if os.path.isabs(base):  # noqa: PTH117 - what is not is to be ignored
        return Path(base, "reconciler")
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - `Path.home` raises
    return home / ".cache" / "reconciler" if home.is_absolute() and home.is_dir() else None


def read_verdict(folder: Path, root: str) -> Verdict | None:
    """Return the verdict on a tree; None where there is none that can be used, for whatever reason."""
    try:
        data, about = files.look_at(_path(folder, root))
        verdict = decode(data, type=Verdict)
    except (OSError, ValueError, RecursionError):  # of JSON that is wrong, or no text, or too deep
        return None
    is_ours = about.st_uid == os.geteuid()
    return verdict if is_ours and verdict.format == _FORMAT and verdict.places.root == root else None


def write_verdict(folder: Path, verdict: Verdict) -> None:
    """Keep a verdict, if that can be.

    No lock is held. Of two that write at once one may fail, or what it has begun become the file: a part of a
    verdict is none.
    """
    # A path may have bytes that are no text.
    with suppress(OSError, ValueError):
        content = encode(verdict)
        files.make_folder(folder.parent, files.PRIVATE_FOLDER)
        files.make_private_folder(folder)
        files.write_file(_path(folder, verdict.places.root), content, files.PRIVATE_FILE)


def _path(folder: Path, root: str) -> Path:
    name = blake2b(root.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
    return folder / f"plan-{name}.json"
