"""Records as YAML files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from reconciler import files
from reconciler.errors import StateError
from reconciler.store.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_SUFFIX = ".yaml"

T = TypeVar("T")


def write_record(path: Path, record: dict[str, Any]) -> None:
    """Write a record, durably.

    Raises:
        StateError: it could not be written; the one that was there is as it was.
    """
    text = yaml.dump(record, Dumper=_DUMPER, sort_keys=False, allow_unicode=True, width=1000)
    try:
        files.make_folder(path.parent)
        files.write_file(path, text.encode())
    except OSError as error:
        raise StateError(f"{path}: cannot be written: {error.strerror}") from error


def read_record(path: Path, decode: Callable[[Fields], T]) -> T:
    """Read a record.

    Raises:
        StateError: it cannot be read, or is not what it should be.
        FileNotFoundError: there is none.
    """
    try:
        # BaseLoader leaves every scalar the text it is; what it means is for the codec to say.
        values = yaml.load(path.read_bytes(), Loader=_LOADER)  # noqa: S506 - builds texts, lists and mappings only
        return decode(Fields(values, str(path)))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StateError(f"{path}: cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise StateError(
            f"{path}{line}: not a readable record: {getattr(error, 'problem', error)}"
        ) from error


def record_names(folder: Path) -> Iterator[str]:
    """Yield the names of all records below `folder`: their paths without the suffix."""
    if not folder.is_dir():
        return
    for path in sorted(folder.rglob(f"*{_SUFFIX}")):
        if not path.name.startswith("."):
            yield path.relative_to(folder).as_posix().removesuffix(_SUFFIX)


def record_path(folder: Path, name: str) -> Path:
    """Return where the record of that name lies."""
    return folder / f"{name}{_SUFFIX}"
