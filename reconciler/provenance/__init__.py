"""What Git can prove: which policy is trusted, and who asked for a certificate."""

from __future__ import annotations

from reconciler.provenance.checkout import find_checkout, find_requesters
from reconciler.provenance.keys_in_git import keys_in_git
from reconciler.provenance.requesters import NO_TRUST
from reconciler.provenance.review import Review, find_proofs, review, views_of
from reconciler.provenance.trust import Trust, find_trust

__all__ = [
    "NO_TRUST",
    "Review",
    "Trust",
    "find_checkout",
    "find_proofs",
    "find_requesters",
    "find_trust",
    "keys_in_git",
    "review",
    "views_of",
]
