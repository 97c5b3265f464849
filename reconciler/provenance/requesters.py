"""Who asked for which certificate: the history says which commit, Git whose signature that has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.evidence import Signature, Unproved
from reconciler.provenance.git import DEEPEN
from reconciler.provenance.history import Wanted, find_origins
from reconciler.provenance.signatures import read_signatures
from reconciler.tree.request import request_of_spec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.model.certificate import CertificateSpec
    from reconciler.provenance.trust import Trust

_COMMIT = Unproved(
    "the request is not committed as it is in this file",
    "commit it, signed (`git commit -S`); a file behind a link proves nothing",
)
_CUT_OFF = Unproved("the clone is shallow, and the commit that last changed the request is not in it", DEEPEN)


def find_signatures(trust: Trust, specs: Iterable[CertificateSpec]) -> Mapping[str, Signature | Unproved]:
    """Return, by the names of certificates, the signature of the commit that last changed each request.

    Args:
        trust: the repository, and the identities whose keys count.
        specs: the certificates, as the files have them.

    Raises:
        RepositoryError: the history cannot be read.
    """
    wanted = {spec.name: Wanted(spec.location.path, request_of_spec(spec)) for spec in specs}
    origins = find_origins(trust.repository, trust.head, wanted.values())
    commits = set(origins.commits.values())
    keys = {key.public_key for view in trust.views for _, key in view.signers.values() if key is not None}
    signatures = read_signatures(trust.repository, commits, sorted(keys))
    found: dict[str, Signature | Unproved] = {}
    for name, each in wanted.items():
        if each.path in origins.uncommitted:
            found[name] = _COMMIT
        elif each.path in origins.cut_off:
            found[name] = _CUT_OFF
        else:
            found[name] = signatures[origins.commits[each.path]]
    return found
