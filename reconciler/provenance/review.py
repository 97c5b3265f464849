"""All requests of a tree before the policy: who asked is looked up only for those for which it matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.model.evidence import Unproved
from reconciler.policy import PolicyView, judge, needs_requester

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from reconciler.model.certificate import Certificate, CertificateSpec
    from reconciler.model.desired import Desired
    from reconciler.model.evidence import Evidence, Proof, Requester
    from reconciler.model.finding import Finding
    from reconciler.model.observed import Observed
    from reconciler.model.order import Order
    from reconciler.provenance.trust import Trust

NO_TRUST = Unproved(
    "nothing proves who asked for it, for no policy is trusted",
    "set `trusted_ref` in reconciler.yaml; see docs/explanation/policy.md",
)
"""Why a requester is not proved where the files are taken as they are."""


class Review(Struct, frozen=True):
    """What the policy says of a tree, by the names of certificates: each is in one of the two.

    Attributes:
        evidence: what it is allowed on.
        denials: why it is denied.
    """

    evidence: Mapping[str, Evidence]
    denials: Mapping[str, tuple[Finding, ...]]


def review(desired: Desired, trust: Trust | None, observed: Observed, now: datetime) -> Review:
    """Judge every certificate that is asked for.

    Args:
        desired: the tree.
        trust: which policy counts; None: that of the tree, and then nothing proves who asked.
        observed: for the evidence of certificates in force and of orders under way, which a renewal keeps.
        now: the time for which keys have to be valid.

    Raises:
        RepositoryError: the history cannot be read.
    """
    views = views_of(desired, trust)
    proofs: Mapping[str, Proof] = {}
    if trust is not None:
        needed = [spec for spec in desired.certificates.values() if needs_requester(spec, views)]
        proofs = find_proofs(needed, trust, observed)
    evidence: dict[str, Evidence] = {}
    denials: dict[str, tuple[Finding, ...]] = {}
    for name, spec in desired.certificates.items():
        judgement = judge(spec, views, proofs.get(name, NO_TRUST), now)
        if judgement.evidence is None:
            denials[name] = judgement.findings
        else:
            evidence[name] = judgement.evidence
    return Review(evidence, denials)


def views_of(desired: Desired, trust: Trust | None) -> tuple[PolicyView, ...]:
    """Return the policies that all have to allow a request; an order is made with the first."""
    return trust.views if trust else (PolicyView.of(desired),)


def find_proofs(specs: Collection[CertificateSpec], trust: Trust, observed: Observed) -> dict[str, Proof]:
    """Return what proves who asked for certificates, by their names.

    Args:
        specs: the certificates, as the files have them.
        trust: the repository, and the identities whose keys count.
        observed: for requesters that are recorded: then the history is not asked.

    Raises:
        RepositoryError: the history cannot be read.
    """
    proofs: dict[str, Proof] = {}
    for spec in specs:
        current, order = observed.certificates.get(spec.name), observed.orders.get(spec.name)
        if recorded := recorded_requester(spec, current, order):
            proofs[spec.name] = recorded
    if proofs and not trust.believes_records:
        proofs = {}
    unknown = [spec for spec in specs if spec.name not in proofs]
    if unknown:
        from reconciler.provenance.requesters import find_signatures

        proofs.update(find_signatures(trust, unknown))
    return proofs


def recorded_requester(
    spec: CertificateSpec, certificate: Certificate | None, order: Order | None
) -> Requester | None:
    """Return who the state says has asked for exactly this; None if it does not say."""
    for record in (certificate, order):
        if record is None or record.evidence is None or record.evidence.requester is None:
            continue
        same = record.role_name == spec.role.name and set(record.identifiers) == set(spec.identifiers)
        if same and record.csr_digest == spec.csr_digest:
            return record.evidence.requester
    return None
