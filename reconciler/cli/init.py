"""`reconciler init`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct, field

from reconciler.cli.options import format_option, pass_session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.cli.init_repository import Repository
    from reconciler.cli.session import Session
    from reconciler.render.text import Paint

_COMMENT = "# Private keys, and what reconciler makes anew: never to be committed."


class _Written(Struct):
    """What has been done: paths seen from the folder, lines of .gitignore, and what people have to do."""

    written: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    to_do: list[str] = field(default_factory=list)


@click.command()
@click.argument("folder", metavar="[DIR]", default=Path(), type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--ci",
    type=click.Choice(["github", "gitlab", "none"]),
    help="Whose pipeline to write. By default that of the forge that the repository's files and remotes "
    "speak of, and GitHub's if they speak of none.",
)
@format_option
@pass_session
def command(session: Session, folder: Path, *, ci: str | None) -> None:
    """Make a tree to start from, with a pipeline; files that are there stay as they are.

    The pipeline is written to the root of the Git repository that the tree is in.
    """
    from reconciler.cli.init_repository import find_repository
    from reconciler.render.documents import document, dump
    from reconciler.render.text import Paint

    root = session.folder / folder
    done = _Written()
    repository = find_repository(root)
    try:
        _write(root, _tree(), done)
        _write_pipeline(root, repository, ci or repository.forge, done)
        _ignore(root / ".gitignore", done)
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from error
    if session.is_json:
        whole = document(
            "init",
            folder=str(root),
            written=done.written,
            kept=done.kept,
            gitignore_added=done.ignored,
            to_do=done.to_do,
        )
        session.write(dump(whole))
    else:
        session.write(_text(root, done, Paint(session.color)))


def _tree() -> dict[str, str]:
    from reconciler.cli.init_files import SCHEMAS, TREE
    from reconciler.tree.schema import schema_folder

    schemas = {
        f"{SCHEMAS}/{path.name}": path.read_text("utf-8")
        for path in sorted(schema_folder().glob("*.schema.json"))
    }
    return TREE | schemas


def _write_pipeline(root: Path, repository: Repository, ci: str, done: _Written) -> None:
    from reconciler.cli import pipelines
    from reconciler.cli.init_repository import installed_package, plain_folder

    if ci == "none":
        return
    folder = plain_folder(root, repository)
    if folder is None:
        done.to_do.append("No pipeline: it can name a folder of letters, digits and . _ - @ + only.")
        return
    package = installed_package()
    if ci == "github":
        files = pipelines.github(package=package, folder=folder, branch=repository.branch)
    else:
        files = pipelines.gitlab(package=package, folder=folder)
    up = os.path.relpath(repository.root, root.resolve())
    _write(root, {os.path.normpath(f"{up}/{name}"): text for name, text in files.items()}, done)
    if not package:
        done.to_do.append("Say in the pipeline, as RECONCILER, what pip is to install.")
    done.to_do.append(
        "Before the pipeline's first apply: have the keys encrypted, give it the identity as a secret, and "
        "let it push; see docs/how-to/run-in-ci.md."
    )
    included = os.path.normpath(f"{up}/{pipelines.GITLAB_ROOT}")
    if included in done.kept and ci == "gitlab":
        done.to_do.append(f"Let {included} include {pipelines.GITLAB}, if it does not yet.")


def _write(root: Path, contents: Mapping[str, str], done: _Written) -> None:
    from reconciler import files

    for name, content in contents.items():
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

    lines = [f"{paint.good('wrote')} {_shown(root, name)}" for name in done.written]
    lines += [f"{paint.change('kept')}  {_shown(root, name)} (it was there)" for name in done.kept]
    if done.ignored:
        added = count(len(done.ignored), "line")
        lines.append(f"{paint.good('added')} {added} to {clean(root / '.gitignore')}")
    here = "" if root == Path() else f" -C {clean(root)}"
    lines += ["", *map(clean, done.to_do), f"Put your own names into the files, then: reconciler{here} plan"]
    return "\n".join(lines) + "\n"


def _shown(root: Path, name: str) -> str:
    from reconciler.render.text import clean

    return clean(os.path.normpath(root / name))
