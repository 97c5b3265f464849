"""What a run is made from: the commit that is checked out, and who its requests come from as far as Git says.

For the record, and never for the policy: that asks `requesters` and `review`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.model.origin import CommitAuthor, Origin
from reconciler.policy import requester_of
from reconciler.provenance.history import Wanted, find_origins
from reconciler.provenance.repository import Repository
from reconciler.provenance.signatures import read_signatures
from reconciler.tree.request import request_of_spec

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from reconciler.model.certificate import CertificateSpec
    from reconciler.model.evidence import Requester
    from reconciler.provenance.trust import Trust

_LONGEST = 200  # characters of a name or an address
_AUTHOR = re.compile(rb"^author (.*?) ?<([^<>\n]*)> -?\d+ ", re.MULTILINE)


def find_checkout(root: Path, own: Iterable[Path]) -> Origin:
    """Return the commit of a tree, and whether its files differ from that; nothing outside of Git.

    Args:
        root: of the tree.
        own: folders that the program writes to, which are no part of what is asked for.

    Raises:
        RepositoryError: Git cannot be asked.
    """
    repository = Repository.find(root)
    commit = repository.commit("HEAD") if repository else None
    if repository is None or commit is None:
        return Origin()
    return Origin(commit, is_modified=repository.is_modified(own))


def find_requesters(
    root: Path,
    trust: Trust | None,
    specs: Collection[CertificateSpec],
    now: datetime,
    recorded: Collection[Requester] = (),
) -> Mapping[str, Requester | CommitAuthor]:
    """Return who asked for certificates, by their names; without those of which Git does not say it.

    Args:
        root: of the tree.
        trust: which identities count; None: none do, and nothing is proved.
        specs: the certificates, as the files have them.
        now: the time for which keys have to be valid.
        recorded: whose signature was good when certificates before these were ordered: of the same commit it
            is not asked again.

    Raises:
        RepositoryError: the history cannot be read.
    """
    repository = trust.repository if trust else Repository.find(root)
    head = repository.commit("HEAD") if repository else None
    if repository is None or head is None or not specs:
        return {}
    wanted = {spec.name: Wanted(spec.location.path, request_of_spec(spec)) for spec in specs}
    origins = find_origins(repository, head, wanted.values()).commits
    made = {name: origins[each.path] for name, each in wanted.items() if each.path in origins}
    commits = set(made.values())
    proved = _proved(trust, commits, now, recorded) if trust else {}
    said = {commit: proved.get(commit) or claim_of(repository, commit) for commit in commits}
    return {name: who for name, commit in made.items() if (who := said[commit])}


def claim_of(repository: Repository, commit: str) -> CommitAuthor | None:
    """Return who a commit says is its author; None where it is no commit as Git writes it."""
    headers, _, _ = repository.raw_commit(commit).partition(b"\n\n")
    found = _AUTHOR.search(headers)
    return CommitAuthor(commit, _readable(found[1]), _readable(found[2])) if found else None


def _proved(
    trust: Trust, commits: Collection[str], now: datetime, recorded: Collection[Requester]
) -> dict[str, Requester]:
    # Without identities there is nobody whose signature it could be.
    if not all(view.signers for view in trust.views):
        return {}
    believed = recorded if recorded and trust.believes_records else ()
    known = {who.commit: who for who in believed if who.commit in commits}
    keys = sorted(key.public_key for _, key in trust.views[0].signers.values() if key is not None)
    found = read_signatures(trust.repository, set(commits) - known.keys(), keys)
    for commit, proof in found.items():
        # As for the policy: whose key it is has to be so before the commit that is applied, too.
        who = [requester_of(view, proof, now) for view in trust.views]
        if who[0] is not None and None not in who:
            known[commit] = who[0]
    return known


def _readable(text: bytes) -> str:
    """Return foreign text as a record may have it: short, and nothing in it that acts on a terminal."""
    plain = text.decode("utf-8", "replace")[:_LONGEST]
    return "".join(each if each.isprintable() else "\ufffd" for each in plain).strip()
