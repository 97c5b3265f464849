"""Why a file cannot be written, or read, and what to do about it."""

from __future__ import annotations

import errno

_ADVICE = {
    errno.EACCES: "give the user that this program runs as the right to",
    errno.EDQUOT: "make room, or raise the quota of this user",
    errno.EEXIST: "what is in its place is of another kind: move that away",
    errno.EFBIG: "raise the limit on the size of files (ulimit -f)",
    errno.EISDIR: "a folder is in its place: move that away",
    errno.EMFILE: "raise the limit on open files (ulimit -n)",
    errno.ENAMETOOLONG: "choose a shorter name, or another file system",
    errno.ENOSPC: "make room on the disk (df -h, df -i)",
    errno.ENOTDIR: "a file is in the place of a folder: move it away",
    errno.EPERM: "only root may, or the file system forbids it",
    errno.EROFS: "mount it for writing, or name another folder in reconciler.yaml",
}


def why(error: OSError) -> str:
    """Return the reason of an error, and what to do where that is known.

    Args:
        error: of the system, or raised with a text that says all.
    """
    reason = error.strerror or str(error)
    advice = _ADVICE.get(error.errno or 0)
    return f"{reason}: {advice}" if advice else reason
