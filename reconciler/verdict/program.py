"""Which program has decided: another version of it, of Python or of a library might decide otherwise."""

from __future__ import annotations

import os
import sys
from hashlib import blake2b
from pathlib import Path

import reconciler
from reconciler.verdict.sweep import facts

_PACKAGES = "-packages"  # site-packages, dist-packages


def program_digest() -> str:
    """Return a digest of the program: by its version and its files, and for whom it runs.

    Libraries are known by the folder that they are installed in: who installs another version there changes
    that. To ask for their versions would take longer than all the rest.
    """
    package = Path(reconciler.__file__).parent
    # In a repository the schemas lie beside the package.
    folders = [str(package), str(package.parent / "schemas")]
    files = [f"{path}/{name}" for folder in folders for path, name in _program_files(folder)]
    libraries = [folder for folder in sys.path if folder.endswith(_PACKAGES)]
    whose = (os.geteuid(), os.getegid(), sorted(os.getgroups()))
    known = (reconciler.__version__, sys.version, files, facts((*files, *libraries)), libraries, whose)
    return blake2b(repr(known).encode("utf-8", "surrogateescape"), digest_size=32).hexdigest()


def _program_files(top: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for path, folders, names in os.walk(top):
        folders[:] = sorted(each for each in folders if each != "__pycache__")
        found += [(path, name) for name in sorted(names)]
    return found
