"""`reconciler init`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.options import format_option, pass_session

if TYPE_CHECKING:
    from reconciler.cli.session import Session
    from reconciler.render.text import Paint

_COMMENT = "# Private keys, and what reconciler makes anew: never to be committed."


@dataclass(slots=True)
class _Written:
    """What has been done: paths below the folder, and lines of .gitignore."""

    written: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


@click.command()
@click.argument("folder", metavar="[DIR]", default=Path(), type=click.Path(file_okay=False, path_type=Path))
@format_option
@pass_session
def command(session: Session, folder: Path) -> None:
    """Make a tree to start from; files that are there stay as they are."""
    from reconciler.render.documents import document, dump
    from reconciler.render.text import Paint

    root = session.folder / folder
    done = _Written()
    try:
        _write(root, done)
        _ignore(root / ".gitignore", done)
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from error
    if session.is_json:
        whole = document(
            "init", folder=str(root), written=done.written, kept=done.kept, gitignore_added=done.ignored
        )
        session.write(dump(whole))
    else:
        session.write(_text(root, done, Paint(session.color)))


def _write(root: Path, done: _Written) -> None:
    from reconciler import files
    from reconciler.cli.init_files import SCHEMAS, TREE
    from reconciler.tree.schema import schema_folder

    schemas = {
        f"{SCHEMAS}/{path.name}": path.read_text("utf-8")
        for path in sorted(schema_folder().glob("*.schema.json"))
    }
    for name, content in (TREE | schemas).items():
        path = root / name
        if path.exists() or path.is_symlink():
            done.kept.append(name)
            continue
        files.make_folder(path.parent)
        files.write_file(path, content.encode())
        done.written.append(name)


def _ignore(path: Path, done: _Written) -> None:
    """Add the lines that .gitignore does not have; those it has are left."""
    from reconciler import files
    from reconciler.cli.init_files import IGNORED

    present = path.read_bytes().decode("utf-8", "surrogateescape") if path.exists() else ""
    lines = {line.strip() for line in present.splitlines()}
    missing = [line for line in IGNORED if line not in lines]
    if missing:
        before = present if not present or present.endswith("\n") else f"{present}\n"
        added = "\n".join([_COMMENT, *missing])
        files.write_file(path, f"{before}{added}\n".encode("utf-8", "surrogateescape"))
        done.ignored += missing


def _text(root: Path, done: _Written, paint: Paint) -> str:
    from reconciler.render.text import clean, count

    lines = [f"{paint.good('wrote')} {clean(root / name)}" for name in done.written]
    lines += [f"{paint.change('kept')}  {clean(root / name)} (it was there)" for name in done.kept]
    if done.ignored:
        added = count(len(done.ignored), "line")
        lines.append(f"{paint.good('added')} {added} to {clean(root / '.gitignore')}")
    here = "" if root == Path() else f" -C {clean(root)}"
    lines += ["", f"Put your own names into the files, then: reconciler{here} plan"]
    return "\n".join(lines) + "\n"
