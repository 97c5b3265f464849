"""What runs in other clones have claimed, as far as is known here, is no command's to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.cli.session import Session
    from reconciler.cli.workspace import Workspace
    from reconciler.model.claim import Claim
    from reconciler.model.flaw import FlawedRecord
    from reconciler.model.order import Order


def refuse_claimed_order(session: Session, workspace: Workspace, order: Order) -> None:
    """See that nobody else works on the certificate of an order, or on its account.

    The state's lock must be held.

    Raises:
        ClaimedError: somebody does, and says until when.
        RecordError: a claim on it cannot be read.
    """
    _refuse(session, workspace, order.certificate_name, order.account_name)


def refuse_claimed_account(session: Session, workspace: Workspace, name: str) -> None:
    """See that nobody else works on an account, or orders through it.

    The state's lock must be held.

    Raises:
        ClaimedError: somebody does, and says until when.
        RecordError: a claim on it cannot be read.
    """
    _refuse(session, workspace, None, name)


def _refuse(session: Session, workspace: Workspace, certificate: str | None, account: str | None) -> None:
    flawed: list[FlawedRecord] = []
    claims = workspace.store.claims(flawed)
    for each in flawed:
        if (
            not (each.certificates or each.account)
            or certificate in each.certificates
            or account == each.account
        ):
            raise each.error
    if not claims:
        return
    from reconciler.errors import ClaimedError
    from reconciler.plan.claimed import in_the_way
    from reconciler.render.text import clean, time_text
    from reconciler.store.claims import claim_path

    others = [each for each in claims if not _is_of_this_clone(workspace, each)]
    claim = in_the_way(others, session.clock.now(), certificate=certificate, account=account)
    if claim is None:
        return
    page = f", {clean(claim.run_url)}" if claim.run_url else ""
    path = workspace.store.root / claim_path(claim.kind, claim.name)
    raise ClaimedError(
        f"the {claim.kind} {clean(claim.name)} is under way in another run of {clean(claim.command)} "
        f"({clean(claim.holder)}{page}) until {time_text(claim.until)} at the latest, says {clean(str(path))}"
    )


def _is_of_this_clone(workspace: Workspace, claim: Claim) -> bool:
    """Say whether the run is dead: it has claimed from here, and does not hold the lock."""
    from reconciler.errors import RepositoryError
    from reconciler.provenance.git import find_top
    from reconciler.sharing.git import Git
    from reconciler.sharing.run import clone_id

    top = find_top(workspace.root)
    if top is None:
        return False
    try:
        return clone_id(Git(top)) == claim.clone
    except RepositoryError:
        return False
