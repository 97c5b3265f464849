"""`reconciler account import | rotate-key | deactivate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.claims import refuse_claimed_account
from reconciler.cli.locking import locked
from reconciler.cli.options import format_option, lock_timeout_option, pass_session
from reconciler.model.account import KeyType
from reconciler.model.log import LogEvent

if TYPE_CHECKING:
    from datetime import timedelta

    from reconciler.cli.session import Session
    from reconciler.cli.workspace import Workspace
    from reconciler.model.account import Account

_KEY_TYPES = [each.value for each in KeyType if each is not KeyType.RSA_3072]


@click.command("import")
@click.argument("name")
@click.option(
    "--key-file",
    required=True,
    type=click.Path(exists=True, path_type=Path),
    metavar="PATH",
    help="The account's key: PEM, or certbot's private_key.json; or the account's folder of certbot or lego.",
)
@lock_timeout_option
@format_option
@pass_session
def import_(session: Session, name: str, *, key_file: Path, lock_timeout: timedelta) -> None:
    """Take over an account that another client has registered: accounts/NAME.yaml says at which CA.

    The key is copied into the state; the CA is asked which account it has.
    """
    from reconciler import pki
    from reconciler.cli.key_files import find_key_file
    from reconciler.cli.lookup import find
    from reconciler.cli.once import with_retries
    from reconciler.cli.workspace import open_workspace
    from reconciler.engine.account_import import import_account
    from reconciler.errors import AccountError

    workspace = open_workspace(session.folder)
    spec = find(workspace.desired.accounts, name, "account")
    path = find_key_file(key_file)
    try:
        with path.open("rb") as file:
            key = pki.read_account_key(file.read(pki.LARGEST_ACCOUNT_KEY + 1))
    except AccountError as error:
        raise AccountError(f"{path}: {error}") from None
    with (
        locked(session, workspace, "reconciler account import", lock_timeout) as log,
        workspace.workplace(session.clock) as place,
    ):
        refuse_claimed_account(session, workspace, name)
        account = with_retries(session, lambda: import_account(place, spec, key))
        log.note(LogEvent.ACCOUNT_IMPORTED, account=account.name, account_url=account.account_url)
    _show_account(session, workspace, account)


@click.command("rotate-key")
@click.argument("name")
@click.option("--key-type", type=click.Choice(_KEY_TYPES), help="Of the new key; otherwise as its file says.")
@click.option("--force", is_flag=True, help="Even while orders are under way: their challenges change.")
@lock_timeout_option
@format_option
@pass_session
def rotate_key(
    session: Session, name: str, *, key_type: str | None, force: bool, lock_timeout: timedelta
) -> None:
    """Put a new key in the place of an account's (RFC 8555 section 7.3.5).

    Refused while orders of the account are under way, for their challenges are tied to the key: with --force
    people have to fulfil them again.
    """
    from reconciler.cli.lookup import find_readable
    from reconciler.cli.once import with_retries
    from reconciler.cli.workspace import open_workspace
    from reconciler.engine.accounts import spec_of
    from reconciler.engine.key_change import change_key
    from reconciler.errors import AccountError
    from reconciler.plan.accounts import under_way
    from reconciler.render.account_changes import rotated_document, rotated_text
    from reconciler.render.documents import dump

    workspace = open_workspace(session.folder)
    with (
        locked(session, workspace, "reconciler account rotate-key", lock_timeout) as log,
        workspace.workplace(session.clock) as place,
    ):
        before = find_readable(workspace.store.accounts, name, "account")
        refuse_claimed_account(session, workspace, name)
        if before.account_url is None:
            raise AccountError(f"the account {name} is not registered yet: apply registers it")
        orders = under_way(name, workspace.store.open_orders_through(name), session.clock.now())
        if orders and not force:
            raise AccountError(
                f"orders of the account {name} are under way: "
                f"{', '.join(each.order_id for each in orders)}; wait until they are done, or give --force"
            )
        spec = spec_of(before, workspace.desired.accounts)
        wanted = KeyType(key_type) if key_type else spec.key_type

        def act() -> Account:
            # What a lost answer has left behind is in the record.
            return change_key(place, spec, place.store.account(name) or before, wanted)

        account = with_retries(session, act)
        log.note(
            LogEvent.ACCOUNT_KEY_ROTATED,
            account=name,
            old_active_key_version=before.active_key_version,
            new_active_key_version=account.active_key_version,
            key_type=wanted,
        )
    if session.is_json:
        session.write(dump(rotated_document(before, account)))
    else:
        by_hand = [each for each in orders if any(one.by_hand for one in each.authorizations)]
        session.write(rotated_text(before, account, by_hand))


@click.command()
@click.argument("name")
@click.option("--force", is_flag=True, help="Even if roles name it: the next apply registers another.")
@lock_timeout_option
@format_option
@pass_session
def deactivate(session: Session, name: str, *, force: bool, lock_timeout: timedelta) -> None:
    """Deactivate an account at its CA, for good, and archive its records and keys.

    Refused while roles name it. Certificates stay valid; they can be revoked by their own keys, where these
    are here: not those for a CSR.
    """
    from reconciler.cli.lookup import find_readable
    from reconciler.cli.once import with_retries
    from reconciler.cli.workspace import open_workspace
    from reconciler.engine import accounts
    from reconciler.errors import AccountError
    from reconciler.render.account_changes import deactivated_document, deactivated_text
    from reconciler.render.documents import dump

    workspace = open_workspace(session.folder)
    with (
        locked(session, workspace, "reconciler account deactivate", lock_timeout) as log,
        workspace.workplace(session.clock) as place,
    ):
        account = find_readable(workspace.store.accounts, name, "account")
        refuse_claimed_account(session, workspace, name)
        roles = sorted(
            role.name for role in workspace.desired.roles.values() if role.acme_account_name == name
        )
        if roles and not force:
            raise AccountError(
                f"the account {name} is named by the roles {', '.join(roles)}: let them name another, or "
                "give --force"
            )
        spec = accounts.spec_of(account, workspace.desired.accounts)
        with_retries(session, lambda: accounts.deactivate(place, spec, account))
        log.note(LogEvent.ACCOUNT_DEACTIVATED, account=name)
    in_tree = name in workspace.desired.accounts
    if session.is_json:
        session.write(dump(deactivated_document(account)))
    else:
        session.write(deactivated_text(account, in_tree=in_tree))


def _show_account(session: Session, workspace: Workspace, account: Account) -> None:
    from reconciler.render.account import AccountView, account_document, render_account
    from reconciler.render.documents import dump

    view = AccountView(account.name, workspace.desired.accounts.get(account.name), account)
    if session.is_json:
        session.write(dump(account_document(view)))
    else:
        session.write(render_account(view, color=session.color))
