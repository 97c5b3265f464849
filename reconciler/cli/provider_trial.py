"""`reconciler dns test`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from reconciler.cli.exit_codes import ExitCode
from reconciler.cli.option_values import identifier_value
from reconciler.cli.options import format_option, pass_session
from reconciler.cli.signals import say_at_once, stop_on_signals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reconciler.cli.session import Session
    from reconciler.model.dns_provider import DnsProvider

# Asking a name server that does not answer to remove the record takes ten seconds.
_GRACE_SECONDS = 30


@click.command()
@click.argument("name")
@click.option(
    "--identifier",
    type=identifier_value,
    metavar="NAME",
    required=True,
    help="A name that the provider covers: the record is where a dns-01 challenge of it would be.",
)
@click.option("--omit-cleanup", is_flag=True, help="Leave the record in its place, to look at it.")
@format_option
@pass_session
def test(session: Session, name: str, *, identifier: str, omit_cleanup: bool) -> int:
    """Publish a test record through a DNS provider, wait until it is seen everywhere, and remove it.

    CNAMEs are followed. The state is not touched.
    """
    from reconciler.cli.workspace import open_workspace
    from reconciler.engine.provider_trial import prepare_trial, run_trial
    from reconciler.model.identifier import parse_identifier
    from reconciler.render.documents import dump
    from reconciler.render.provider_trial import trial_document, trial_text

    workspace = open_workspace(session.folder)
    provider = _find(workspace.desired.dns_providers, name)
    with workspace.workplace(session.clock) as place, _progress(session) as report:
        report(f"looking for the zone of {identifier}", "")
        trial = prepare_trial(provider, parse_identifier(identifier), place.fulfillers)
        left = f"the TXT record at {trial.record_name} may be left: remove it by hand"
        doing = "stopping; the record stays" if omit_cleanup else "removing the record"
        with stop_on_signals(say_at_once, _GRACE_SECONDS, doing=doing, left=left) as stop:
            report(f"publishing a TXT record at {trial.record_name}, in the zone {trial.zone}", "")
            result = run_trial(trial, place, stop.event, report, omit_cleanup=omit_cleanup)
    session.write(
        dump(trial_document(result)) if session.is_json else trial_text(result, color=session.color)
    )
    if stop.number:
        return stop.exit_code
    return ExitCode.DONE if result.success else ExitCode.ERROR


def _find(providers: Mapping[str, DnsProvider], name: str) -> DnsProvider:
    from reconciler.errors import UnknownResourceError

    if name in providers:
        return providers[name]
    there = f"those are {', '.join(sorted(providers))}" if providers else "there are none"
    raise UnknownResourceError(f"there is no DNS provider `{name}` in dns-providers/; {there}")


@contextmanager
def _progress(session: Session) -> Iterator[Callable[[str, str], None]]:
    """Give what shows where it stands: in one place on a terminal, otherwise a line for each news.

    It takes what is done, and how long it has been, which alone is no news.
    """
    from reconciler.render.text import clean

    if not session.is_live:
        told: set[str] = set()

        def tell(text: str, time: str) -> None:
            if text not in told:
                told.add(text)
                session.say(f"{clean(_with_time(text, time))}\n")

        yield tell
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, no_color=not session.message_color)
    with console.status("") as status:
        yield lambda text, time: status.update(
            Text(clean(_with_time(text, time)), no_wrap=True, overflow="ellipsis")
        )


def _with_time(text: str, time: str) -> str:
    # In front: the end of a long line is not seen.
    return f"{time}: {text}" if time else text
