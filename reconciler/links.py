"""No link is followed below a tree: whoever may add a file to it could lead what is written anywhere.

The attacker writes in Git, before the run, and not on this machine at the same time: so it is enough to look
at each part of a path before it is used.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

WHAT_TO_DO = "take it away, or name the place that it leads to in reconciler.yaml"


def top_of(root: Path, setting: str) -> Path:
    """Return the folder below which nothing on the way to a folder of the settings may be a link.

    An absolute setting is the machine's, and its links are followed (`/var/lib` may be one), unless it leads
    back into the tree.

    Args:
        root: of the tree.
        setting: the folder, relative to the root or absolute.
    """
    if not os.path.isabs(setting):  # noqa: PTH117 - a setting, and no path yet
        return root
    folder = root / setting
    return next((above for above in folder.parents if _is_same(above, root)), folder)


def find_link(path: Path, top: Path) -> str | None:
    """Return the first part of `path` below `top` that is a link; None where none is, as far as it exists.

    Raises:
        OSError: it cannot be found out.
    """
    place = os.fspath(top)
    for part in path.relative_to(top).parts:
        place = part if place == "." else f"{place.rstrip('/')}/{part}"
        try:
            if stat.S_ISLNK(os.lstat(place).st_mode):
                return place
        except (FileNotFoundError, NotADirectoryError):
            return None
    return None


def refuse_links(path: Path, top: Path) -> None:
    """See that no part of `path` below `top` is a link.

    Raises:
        OSError: one is; says which.
    """
    link = find_link(path, top)
    if link is not None:
        raise link_error(link)


def refuse_planted_links(path: Path) -> None:
    """See that no part of a path that the user has named is a link that somebody else has put there.

    What the kernel may do by itself (Linux: `fs.protected_symlinks`): in a folder that all may write to, such
    as /tmp, a link counts only if it is ours, root's, or the folder's owner's.

    Raises:
        OSError: one is; says which.
    """
    for each in (*reversed(path.parents), path):
        try:
            about = each.lstat()
            above = each.parent.stat()
        except OSError:
            return
        is_ours = about.st_uid in (0, os.geteuid(), above.st_uid)
        if stat.S_ISLNK(about.st_mode) and above.st_mode & stat.S_IWOTH and not is_ours:
            said = (
                f"{each} is a link that somebody else has put there, and is not followed: take another path"
            )
            raise OSError(errno.ELOOP, said, str(each))


def link_error(link: str | Path) -> OSError:
    """Return what to raise where there is a link, and none is followed."""
    where = os.fspath(link)
    return OSError(errno.ELOOP, f"{where} is a link, and is not followed: {WHAT_TO_DO}", where)


def _is_same(folder: Path, other: Path) -> bool:
    try:
        return folder.samefile(other)
    except OSError:
        return False
