"""The tree, its state directory and its output folder, as commands need them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reconciler.cli.paths import short_path
from reconciler.errors import InvalidTreeError
from reconciler.links import top_of
from reconciler.model.selection import EVERYTHING
from reconciler.policy import needs_requester
from reconciler.provenance.keys_in_git import keys_in_git
from reconciler.provenance.review import NO_TRUST, find_proofs, review, views_of
from reconciler.provenance.trust import find_trust
from reconciler.store import Store
from reconciler.store.age import AgeCipher
from reconciler.tree import add_source_lines, find_root, links_to_folders, load_settings, load_tree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from reconciler.engine.clock import Clock
    from reconciler.engine.work import Workplace
    from reconciler.model.account import SecretReference
    from reconciler.model.certificate import CertificateSpec
    from reconciler.model.desired import Desired
    from reconciler.model.evidence import Proof
    from reconciler.model.flaw import FlawedRecord
    from reconciler.model.observed import Observed
    from reconciler.model.selection import Selection
    from reconciler.plan.actions import Plan
    from reconciler.policy import PolicyView
    from reconciler.provenance.trust import Trust
    from reconciler.store.age import IdentityText


class Workspace(Struct, frozen=True):
    """A valid tree and what belongs to it.

    Attributes:
        root: of the tree, as short as the reader of a message would write it.
        desired: the tree; under a trusted policy, with that policy.
        trust: which policy counts; None: that of the files.
        proposed: under a trusted policy, the tree with its own one, where a change is looked at before it is
            merged: what would be refused then is said now.
        is_partial: whether the tree has errors, so that only its settings are known.
    """

    root: Path
    desired: Desired
    trust: Trust | None = None
    proposed: Desired | None = None
    is_partial: bool = False

    @property
    def store(self) -> Store:
        """The state directory, as what reads and writes it."""
        return Store(self.state, self.cipher, self.top_of_state)

    @property
    def state(self) -> Path:
        """The state directory."""
        return self.root / self.desired.settings.state

    @property
    def top_of_state(self) -> Path:
        """The folder below which no link is followed to the state."""
        return top_of(self.root, self.desired.settings.state)

    @property
    def cipher(self) -> AgeCipher:
        """What encrypts private keys, as the settings say."""
        encryption = self.desired.settings.encryption
        recipients = encryption.recipients if encryption else ()
        find_identity = partial(_find_identity, encryption.identity if encryption else None, self.root)
        return AgeCipher(recipients, find_identity)

    @property
    def output(self) -> Path:
        """The folder for certificates."""
        return self.root / self.desired.settings.output

    @property
    def instructions_folder(self) -> str:
        """The folder of all instructions."""
        return str(self.store.instructions_folder("")).rstrip("/")

    def observe(self) -> Observed:
        """Return what is there now."""
        from reconciler.deliver.rules import rules_of  # many commands look at the tree or the records alone
        from reconciler.engine.observe import observe

        settings = self.desired.settings
        rules = rules_of(self.root, settings)
        observed = observe(self.store, self.output, self.desired.certificates, rules)
        return replace(observed, flawed=self.in_tree(observed.flawed)) if observed.flawed else observed

    def in_tree(self, flawed: Iterable[FlawedRecord]) -> tuple[FlawedRecord, ...]:
        """Return what there is to say of records with their paths as findings have them: from the root on."""
        return tuple(
            replace(each, path=path.relative_to(self.root).as_posix())
            if (path := Path(each.path)).is_relative_to(self.root)
            else each
            for each in flawed
        )

    def refuse_unsafe_folders(self) -> None:
        """See to it that what is written stays where it belongs: not behind links, and keys not in Git.

        Raises:
            InvalidTreeError: the folders of the settings are reached by links; or Git has a private key in
                clear, or would take one.
        """
        settings = self.desired.settings
        found = links_to_folders(self.root, settings) or keys_in_git(self.root, settings)
        if found:
            raise InvalidTreeError((*self.desired.warnings, *found))

    @property
    def views(self) -> tuple[PolicyView, ...]:
        """The policies that all have to allow a request; an order is made with the first."""
        return views_of(self.desired, self.trust)

    def proof(self, asked: CertificateSpec) -> Proof:
        """Return what proves who asked for a certificate of the tree; looked up only where it matters.

        Args:
            asked: the certificate; its role may be another one than in the tree.

        Raises:
            RepositoryError: the history cannot be read.
        """
        if self.trust is None or not needs_requester(asked, self.views):
            return NO_TRUST
        spec = self.desired.certificates[asked.name]
        return find_proofs([spec], self.trust, self.observe())[spec.name]

    def plan(
        self,
        now: datetime,
        observed: Observed | None = None,
        allowed_removals: Collection[str] = (),
        selection: Selection = EVERYTHING,
    ) -> Plan:
        """Return what is to be done; its findings show their lines.

        Args:
            now: the time.
            observed: what is there; None to look.
            allowed_removals: the roles that may go though orders of theirs are under way.
            selection: which part of it.

        Raises:
            RepositoryError: who asked for a certificate matters, and the history cannot be read.
        """
        from reconciler.plan.diff import make_plan  # likewise
        from reconciler.plan.refusals import joined, refusals

        observed = observed or self.observe()
        reviewed = review(self.desired, self.trust, observed, now)
        denials, said = reviewed.denials, {}
        if self.proposed is not None or selection.is_partial:
            said = refusals(self.desired, observed, now, allowed_removals)
        if self.proposed is not None:
            proposed = refusals(self.proposed, observed, now, allowed_removals)
            denials = joined(denials, {name: proposed[name] for name in proposed.keys() - said.keys()})
        plan = make_plan(self.desired, observed, now, denials, reviewed.evidence, allowed_removals)
        if selection.is_partial:
            from reconciler.plan.selecting import select

            plan = select(plan, selection, self.desired, observed, joined(denials, said))
        return replace(plan, denied=add_source_lines(self.root, plan.denied))

    def workplace(
        self, clock: Clock, connections: int | None = None, *, is_shared: bool = False
    ) -> AbstractContextManager[Workplace]:
        """Return what is needed to do it; to write the state, hold its lock."""
        from reconciler.engine.workplace import open_workplace

        return open_workplace(
            self.store,
            self.output,
            self.root,
            self.desired,
            clock,
            connections,
            is_shared=is_shared,
        )


def open_workspace(folder: Path) -> Workspace:
    """Return the workspace that a folder lies in, with the policy of its files.

    Raises:
        InvalidTreeError: the tree has errors, or there is none.
    """
    root = short_path(find_root(folder))
    return Workspace(root, load_tree(root))


def open_trusted(
    folder: Path, *, ref: str | None = None, applying: bool = False, is_shared: bool = False
) -> Workspace:
    """Return the workspace that a folder lies in, with the policy that counts.

    Args:
        folder: in the tree.
        ref: what the user names as trusted; otherwise the settings say.
        applying: whether orders are to be made, or a change is looked at before it is merged.
        is_shared: whether the state comes by Git, from wherever it is pushed to.

    Raises:
        InvalidTreeError: the tree, or the trusted policy, has errors, or there is no tree.
        RepositoryError: the trusted policy cannot be read.
    """
    workspace = open_workspace(folder)
    trust = find_trust(workspace.root, workspace.desired, ref=ref, applying=applying)
    if trust is None:
        return workspace
    trust = replace(trust, has_shared_state=is_shared)
    proposed = None if applying else workspace.desired
    return Workspace(workspace.root, trust.desired, trust, proposed)


def open_records(folder: Path) -> Workspace:
    """Return the workspace that a folder lies in, for what is about the state: the tree may have errors.

    Raises:
        InvalidTreeError: there is no tree, or its settings have errors: nothing says where the state is.
    """
    root = short_path(find_root(folder))
    try:
        return Workspace(root, load_tree(root))
    except InvalidTreeError:
        return Workspace(root, load_settings(root), is_partial=True)


def open_settings(folder: Path) -> Workspace:
    """Return the workspace that a folder lies in; nothing of the tree is read but its settings.

    Raises:
        InvalidTreeError: there is no tree, or its settings have errors.
    """
    root = short_path(find_root(folder))
    return Workspace(root, load_settings(root), is_partial=True)


def _find_identity(reference: SecretReference | None, root: Path) -> IdentityText:
    from reconciler.engine.secrets import find_identity

    return find_identity(reference, root)
