"""`reconciler log`."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import click

from reconciler.cli.exit_codes import ExitCode
from reconciler.cli.option_values import duration
from reconciler.cli.options import format_option, pass_session

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from reconciler.cli.session import Session
    from reconciler.store import Store

_HASH = re.compile(r"[0-9a-f]{64}")


def _hash(text: str) -> str:
    if not _HASH.fullmatch(text):
        raise click.BadParameter(
            f"{text!r} is no SHA-256 in hexadecimal, as `reconciler log --verify` shows it"
        )
    return text


@click.command()
@click.option("--verify", is_flag=True, help="Check the whole log instead: ends with 1 if it was altered.")
@click.option("--expect", type=_hash, metavar="HASH", help="The same, and that an entry with HASH is there.")
@click.option("--certificate", metavar="NAME", help="Only what was done about this certificate.")
@click.option("--since", type=duration, metavar="DURATION", help="Only what was done since: 24h, 30d.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    metavar="N",
    default=100,
    show_default=True,
    help="Only the last N entries; 0 for all.",
)
@format_option
@pass_session
def command(
    session: Session,
    *,
    verify: bool,
    expect: str | None,
    certificate: str | None,
    since: timedelta | None,
    limit: int,
) -> int:
    """Show what was done, the newest last: by which run, of whom, and on which commit of the tree.

    Of a certificate, the beginnings of the runs that have done something about it are shown with it.
    """
    store = _open_store(session.folder)
    if verify or expect:
        return _verify(session, store, expect)
    from reconciler.cli.log_lines import chosen_lines
    from reconciler.render.documents import dump
    from reconciler.render.log import log_document, render_log

    after = session.clock.now() - since if since else None
    lines = chosen_lines(store.event_log, certificate=certificate, after=after, limit=min(limit, sys.maxsize))
    session.write(dump(log_document(lines)) if session.is_json else render_log(lines, color=session.color))
    return ExitCode.DONE


def _open_store(folder: Path) -> Store:
    """Return the state; nothing of the tree is read but its settings, which say where that is."""
    from reconciler.cli.paths import short_path
    from reconciler.links import top_of
    from reconciler.store import Store
    from reconciler.tree import find_root, load_settings

    root = short_path(find_root(folder))
    state = load_settings(root).settings.state
    return Store(root / state, top=top_of(root, state))


def _verify(session: Session, store: Store, expect: str | None) -> int:
    from reconciler.render.documents import dump
    from reconciler.render.log import render_verification, verification_document
    from reconciler.store.event_log import look_through

    found = look_through(store.event_log, store.lineage, expect)
    if session.is_json:
        session.write(dump(verification_document(found)))
    else:
        session.write(render_verification(found, color=session.color))
    return ExitCode.ERROR if found.problems else ExitCode.DONE
