"""`plan` and its cache: what is asked of it, and what is kept."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler import files
from reconciler.plan.actions import Plan
from reconciler.render.shown import ShownPlan
from reconciler.verdict.kept import cache_folder
from reconciler.verdict.places import FOLDERS, Places, root_of
from reconciler.verdict.run import PlanCache

if TYPE_CHECKING:
    from reconciler.cli.session import Session
    from reconciler.cli.workspace import Workspace
    from reconciler.model.observed import Observed


class Verdicts:
    """What was found before, for a plan of all of the tree, of which nothing more is asked."""

    def __init__(self, cache: PlanCache, root: Path) -> None:
        """Use a cache; `root` is that of the tree."""
        self._cache = cache
        self.root = root

    def recall(self, session: Session, *, with_digest: bool) -> ShownPlan | None:
        """Return the plan that would be made, where it is known that there is nothing to do."""
        verdict = self._cache.recall(with_digest=with_digest)
        if verdict is None:
            return None
        plan = Plan(session.clock.now(), unchanged=verdict.unchanged)
        return ShownPlan(plan, digest=verdict.digest if with_digest else None)

    def look(self, workspace: Workspace, observed: Observed) -> None:
        """Begin to look at what the plan looks at, if it may well be that there is nothing to do."""
        from reconciler.model.encryption import KeyEncryption

        wanted, settings = workspace.desired.certificates, workspace.desired.settings
        is_likely = wanted.keys() == observed.certificates.keys() and not observed.file_changes
        if is_likely and _is_by_files_alone(workspace):
            places = Places(
                str(self.root),
                str(self.root / settings.state),
                str(self.root / settings.output),
                counts_keys=observed.keys != KeyEncryption(),
            )
            self._cache.look(places)

    def keep(self, workspace: Workspace, observed: Observed, shown: ShownPlan) -> None:
        """Keep for the next plan that there is nothing to do, if that is so."""
        from reconciler.plan.lasting import lasts_until

        until = lasts_until(shown.plan, workspace.desired, observed)
        if until is None:
            self._cache.give_up()
        else:
            self._cache.keep(until, shown.plan.unchanged, shown.digest)


def open_verdicts(session: Session) -> Verdicts | None:
    """Return the verdicts on the tree that a run is about; None where there is no tree, or no cache."""
    folder, root = cache_folder(os.environ), root_of(session.folder)
    if folder is None or root is None:
        return None
    return Verdicts(PlanCache(folder, root, session.clock.now()), Path(root))


def _is_by_files_alone(workspace: Workspace) -> bool:
    """Say whether all that a plan depends on is seen by a look at files and by what Git is asked."""
    said = workspace.desired.settings.output_permissions
    names = [each for each in (said.owner, said.group) if each is not None and not each.isdecimal()]
    # Who is called that, the machine may say otherwise tomorrow, or another one on the network.
    if names or workspace.trust is not None:
        return False
    return not any(
        spec.csr is not None
        and "csr_file" in spec.places.fields
        and _is_beyond(workspace.root, spec.location.path)
        for spec in workspace.desired.certificates.values()
    )


def _is_beyond(root: Path, certificate: str) -> bool:
    """Say whether the CSR that a certificate's file names lies where nobody would look for a change."""
    from reconciler.tree.request import csr_path_of

    try:
        path = csr_path_of(certificate, files.read_file(root / certificate)) or "."
    except OSError:  # it is gone by now
        return True
    return path.split("/")[0] not in FOLDERS or any(part.startswith(".") for part in path.split("/"))
